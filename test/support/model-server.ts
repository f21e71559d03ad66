// An OpenAI-compatible server of our own: real HTTP and server-sent events, its answers and its faults scripted.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly max_tokens?: number;
  readonly temperature?: number;
}

/** What came in, and when its connection was over. */
export interface SeenRequest {
  readonly body: ChatRequest;
  readonly authorization: string | undefined;
  readonly at: number;
  /** When the first word was sent. */
  firstAt: number | null;
  /** When the connection was closed from outside before the answer was whole. */
  closedAt: number | null;
  isDone: boolean;
}

export interface ToolCallScript {
  readonly name: string;
  readonly input: unknown;
}

/** How one request is answered. */
export interface Answer {
  readonly text?: string;
  readonly tools?: readonly ToolCallScript[];
  readonly firstTokenMs?: number;
  readonly tokenMs?: number;
  /** An HTTP error instead. */
  readonly status?: number;
  /** The connection is cut behind so many tokens. */
  readonly cutAfter?: number;
  /** A chunk that is no JSON, behind so many tokens. */
  readonly malformedAfter?: number;
  /** Behind so many tokens nothing comes any more. */
  readonly stallAfter?: number;
}

export type Script = (request: ChatRequest, nth: number) => Answer;

export class ModelServer {
  readonly requests: SeenRequest[] = [];
  script: Script;
  readonly #server: Server;
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(script: Script) {
    this.script = script;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => {
        response.destroy();
      });
    });
  }

  static async start(script: Script): Promise<ModelServer> {
    const server = new ModelServer(script);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** Answers under way now. */
  get open(): number {
    return this.requests.filter(({ isDone, closedAt }) => !isDone && closedAt === null).length;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'test', object: 'model' }] }));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ChatRequest;
    const { authorization } = request.headers;
    const seen: SeenRequest = {
      body,
      authorization,
      at: performance.now(),
      firstAt: null,
      closedAt: null,
      isDone: false,
    };
    this.requests.push(seen);
    response.on('close', () => {
      if (!seen.isDone) seen.closedAt = performance.now();
    });
    await this.#play(this.script(body, this.requests.length), seen, response);
  }

  async #play(answer: Answer, seen: SeenRequest, response: ServerResponse): Promise<void> {
    const { status = 200, firstTokenMs = 0, tokenMs = 0 } = answer;
    if (status !== 200) {
      response.writeHead(status, { 'content-type': 'application/json' });
      seen.isDone = true;
      response.end(JSON.stringify({ error: { message: `scripted ${status}`, type: 'test', code: null } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    response.flushHeaders();
    await this.#wait(firstTokenMs);
    const pieces = [...textPieces(answer.text ?? ''), ...toolPieces(answer.tools ?? [])];
    for (const [index, delta] of pieces.entries()) {
      if (response.destroyed) return;
      if (answer.stallAfter === index) return;
      if (answer.cutAfter === index) {
        seen.isDone = true;
        // What was sent arrives; the answer's end does not.
        response.socket?.end();
        return;
      }
      if (answer.malformedAfter === index) response.write('data: {"choices": [{"delta": \n\n');
      if (index > 0) await this.#wait(tokenMs);
      seen.firstAt ??= performance.now();
      response.write(chunk({ delta, finish_reason: null }));
    }
    response.write(
      chunk({ delta: {}, finish_reason: (answer.tools ?? []).length > 0 ? 'tool_calls' : 'stop' }),
    );
    const usage = {
      prompt_tokens: JSON.stringify(seen.body.messages).length >> 2,
      completion_tokens: pieces.length,
    };
    response.write(
      `data: ${JSON.stringify({ ...HEAD, choices: [], usage: { ...usage, total_tokens: 0 } })}\n\n`,
    );
    response.write('data: [DONE]\n\n');
    seen.isDone = true;
    response.end();
  }

  #wait(delayMs: number): Promise<void> {
    if (delayMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, delayMs);
      this.#timers.add(timer);
    });
  }
}

const HEAD = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'test' };

const chunk = (choice: object): string =>
  `data: ${JSON.stringify({ ...HEAD, choices: [{ index: 0, ...choice }] })}\n\n`;

/** As tokens mostly are: a blank and up to five letters. */
export const tokensOf = (text: string): readonly string[] => text.match(/\s*\S{1,5}|\s+$/g) ?? [];

const textPieces = (text: string): readonly object[] =>
  tokensOf(text).map((content) => ({ role: 'assistant', content }));

/** The name comes first, its input in pieces of a few characters. */
function toolPieces(tools: readonly ToolCallScript[]): readonly object[] {
  return tools.flatMap(({ name, input }, index) => {
    const text = JSON.stringify(input);
    const first = { index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } };
    const rest = (text.match(/[\s\S]{1,7}/g) ?? []).map((piece) => ({
      index,
      function: { arguments: piece },
    }));
    return [first, ...rest].map((call) => ({ tool_calls: [call] }));
  });
}

/** What the caller said last. */
export function lastSaid({ messages }: ChatRequest): string {
  const last = messages.findLast(({ role }) => role === 'user')?.content;
  return typeof last === 'string' ? last : JSON.stringify(last ?? '');
}

/** Results of the tools that were used since then, by name. */
export function toolResults({ messages }: ChatRequest): Readonly<Record<string, string>> {
  const since = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1);
  const names = new Map(
    since.flatMap(({ tool_calls = [] }) => tool_calls.map((call) => [call.id, call.function.name])),
  );
  return Object.fromEntries(
    since
      .filter(({ role }) => role === 'tool')
      .map(({ tool_call_id = '', content }) => [names.get(tool_call_id) ?? '', String(content)]),
  );
}
