// Tools of MCP servers: connected once a process, and again when a connection has failed.
import { createMCPClient, type MCPClient } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as StdioTransport } from '@ai-sdk/mcp/mcp-stdio';
import type { Clock } from '../../../ports/clock.ts';
import type { Logger } from '../../../ports/telemetry.ts';
import type { Variables } from '../providers.ts';
import { ToolFault, type ModelTool } from './tool.ts';
import type { McpServerFile } from './tools-schema.ts';

const CONNECT_MS = 10_000;
/** A server that could not be reached is tried again when a call begins, but not more often. */
const AGAIN_MS = 30_000;
const MAX_OUTPUT_CHARS = 20_000;

export interface McpDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly environment: Variables;
}

export class McpServer {
  readonly #name: string;
  readonly #file: McpServerFile;
  readonly #deps: McpDeps;
  #client: MCPClient | null = null;
  #tools: readonly ModelTool[] = [];
  #connecting: Promise<void> | null = null;
  #triedAt = -Infinity;

  constructor(name: string, file: McpServerFile, deps: McpDeps) {
    this.#name = name;
    this.#file = file;
    this.#deps = deps;
  }

  /** Those known by now; a server that is away has none. */
  get tools(): readonly ModelTool[] {
    return this.#tools;
  }

  /** Resolves when it has answered or failed; the failure is logged. Cheap when it is connected. */
  async connect(): Promise<void> {
    const { clock, logger } = this.#deps;
    if (this.#client !== null || clock.now() - this.#triedAt < AGAIN_MS) return this.#connecting ?? undefined;
    this.#triedAt = clock.now();
    this.#connecting ??= this.#connect()
      .catch((error: unknown) => {
        logger.error({ err: error, server: this.#name }, 'MCP server not reached');
      })
      .finally(() => {
        this.#connecting = null;
      });
    await this.#connecting;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    this.#tools = [];
    await client?.close();
  }

  async #connect(): Promise<void> {
    const client = await within(CONNECT_MS, createMCPClient({ transport: this.#transport() }));
    try {
      const all = await within(CONNECT_MS, client.tools());
      const wanted = this.#file.tools;
      const missing = (wanted ?? []).filter((name) => !(name in all));
      if (missing.length > 0) {
        this.#deps.logger.warn({ server: this.#name, missing }, 'MCP server lacks tools');
      }
      const chosen = Object.entries(all).filter(([name]) => wanted === undefined || wanted.includes(name));
      this.#tools = chosen.map(([name, tool]) => this.#modelTool(name, tool));
      this.#client = client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  #transport(): Parameters<typeof createMCPClient>[0]['transport'] {
    const file = this.#file;
    if ('command' in file) return new StdioTransport({ command: file.command, args: file.args });
    const { environment } = this.#deps;
    const headers = Object.fromEntries(
      Object.entries(file.headers).map(([name, value]) => [
        name,
        value.replace(/\{\{\s*env:(\w+)\s*\}\}/g, (_place, variable: string) => environment[variable] ?? ''),
      ]),
    );
    return { type: 'http', url: file.url, headers };
  }

  #modelTool(name: string, tool: McpTools[string]): ModelTool {
    return {
      name,
      description: tool.description ?? name,
      input: tool.inputSchema,
      // What a tool of somebody else's does is not known.
      effects: 'lasting',
      afterCancel: 'keep',
      run: async (input, { signal }) => {
        try {
          const result: unknown = await tool.execute(input, {
            toolCallId: name,
            messages: [],
            abortSignal: signal,
          });
          return { output: textOf(result).slice(0, MAX_OUTPUT_CHARS) };
        } catch (error) {
          signal.throwIfAborted();
          await this.close();
          throw new ToolFault('The tool did not answer.', { cause: error });
        }
      },
    };
  }
}

type McpTools = Awaited<ReturnType<MCPClient['tools']>>;

/** The texts of a result; whatever else it holds is named. */
function textOf(result: unknown): string {
  const { content } = (result ?? {}) as { content?: unknown };
  if (!Array.isArray(content)) return JSON.stringify(result);
  return content
    .map((part: { type?: unknown; text?: unknown }) =>
      typeof part.text === 'string' ? part.text : `(${String(part.type)})`,
    )
    .join('\n');
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${limitMs} ms`));
    }, limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
