// One request to one model: text and tool calls as they come, failures in our own terms, and a stream that ends when it is cancelled.
import {
  streamText,
  tool,
  type FlexibleSchema,
  type LanguageModel,
  type ModelMessage,
  type TextStreamPart,
  type ToolSet,
} from 'ai';
import type { Clock } from '../../ports/clock.ts';
import { ms } from '../../audio/units.ts';
import { ModelError, modelErrorOf } from './model-error.ts';
import type { Tokens } from './spending.ts';

/** What the model is told about a tool; it is run by whoever asked. */
export interface ToolOffer {
  readonly name: string;
  readonly description: string;
  readonly input: FlexibleSchema;
}

export interface ModelRequest {
  readonly model: LanguageModel;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolOffer[];
  readonly temperature: number;
  readonly maxTokens: number;
  readonly firstTokenMs: number;
  readonly stallMs: number;
  readonly clock: Clock;
}

export type ModelPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `fault` where the input does not fit the tool's schema. */
  | {
      readonly kind: 'tool-call';
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
      readonly fault: string | null;
    }
  | { readonly kind: 'end'; readonly tokens: Tokens };

/**
 * Ends with one `end`. Leaving the loop, or aborting the signal, closes the connection.
 * @throws ModelError @throws the signal's reason.
 */
export async function* streamModel(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelPart> {
  signal.throwIfAborted();
  const over = new AbortController();
  const watch = new Watch(request, over);
  const onAbort = (): void => {
    over.abort(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const result = streamText({
      model: request.model,
      system: request.system,
      messages: [...request.messages],
      tools: toolsOf(request.tools),
      temperature: request.temperature,
      maxOutputTokens: request.maxTokens,
      maxRetries: 0,
      abortSignal: over.signal,
      // Errors are parts of the stream; the SDK would write them to the console as well.
      onError: () => undefined,
    });
    for await (const part of result.fullStream) {
      // Reasoning and the input of a tool on its way are signs of life, too; the SDK begins before the server does.
      if (!STARTS.includes(part.type)) watch.alive();
      if (part.type === 'abort')
        throw watch.reason() ?? new ModelError('broken-stream', 'the answer was broken off');
      const read = partOf(part);
      if (read === null) continue;
      watch.pause();
      yield read;
      if (read.kind === 'end') return;
      watch.alive();
    }
    throw new ModelError('broken-stream', 'the answer ended without its end');
  } catch (error) {
    signal.throwIfAborted();
    throw watch.reason() ?? modelErrorOf(error);
  } finally {
    watch.pause();
    signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}

const STARTS: readonly string[] = ['start', 'start-step'];

type StreamPart = TextStreamPart<ToolSet>;

/** Null for what is of no interest. @throws ModelError */
function partOf(part: StreamPart): ModelPart | null {
  if (part.type === 'text-delta') return part.text === '' ? null : { kind: 'text', text: part.text };
  if (part.type === 'error') throw modelErrorOf(part.error);
  if (part.type === 'finish') return { kind: 'end', tokens: tokensOf(part.totalUsage) };
  if (part.type !== 'tool-call') return null;
  const { toolCallId: id, toolName: name, input } = part;
  return { kind: 'tool-call', id, name, input, fault: part.invalid === true ? faultOf(part.error) : null };
}

const faultOf = (error: unknown): string =>
  (error instanceof Error ? error.message : 'the input does not fit').slice(0, 500);

function tokensOf(usage: { inputTokens: number | undefined; outputTokens: number | undefined }): Tokens {
  return { input: usage.inputTokens ?? 0, output: usage.outputTokens ?? 0 };
}

/** Without `execute` the SDK hands the calls to us and ends. */
const toolsOf = (offers: readonly ToolOffer[]): ToolSet =>
  Object.fromEntries(
    offers.map(({ name, description, input }) => [name, tool({ description, inputSchema: input })]),
  );

/** Ends a request that is silent for too long. */
class Watch {
  readonly #request: ModelRequest;
  readonly #over: AbortController;
  #stopTimer: () => void;
  #timedOut: ModelError | null = null;

  constructor(request: ModelRequest, over: AbortController) {
    this.#request = request;
    this.#over = over;
    this.#stopTimer = this.#timer(request.firstTokenMs, `no word within ${request.firstTokenMs} ms`);
  }

  alive(): void {
    this.#stopTimer();
    const { stallMs } = this.#request;
    this.#stopTimer = this.#timer(stallMs, `no word for ${stallMs} ms in the middle of the answer`);
  }

  /** Whoever reads is busy with what came. */
  pause(): void {
    this.#stopTimer();
  }

  reason(): ModelError | null {
    return this.#timedOut;
  }

  #timer(limitMs: number, message: string): () => void {
    return this.#request.clock.after(ms(limitMs), () => {
      this.#timedOut = new ModelError('timeout', message);
      this.#over.abort(this.#timedOut);
    });
  }
}
