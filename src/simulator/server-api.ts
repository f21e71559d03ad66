// Reads the server's own account of a call and of itself from its API.
import { z } from 'zod';

const stagesMs = z.record(z.string(), z.number());
const turnRecord = z.object({
  /** Null for what the agent says on its own. */
  heard: z.string().nullable(),
  replied: z.string(),
  stagesMs: stagesMs.nullable(),
  bargedIn: z.boolean(),
});
const callRecord = z.object({
  callSid: z.string(),
  agent: z.string(),
  state: z.string(),
  outcome: z.string(),
  result: z.string().nullable(),
  collected: z.record(z.string(), z.string()),
  turns: z.array(turnRecord),
  counters: z.record(z.string(), z.number()),
});
const serverStatus = z.object({
  warmupMs: z.number(),
  firstInferenceMs: z.number(),
  eventLoopDelayMs: z.object({ p50: z.number().optional(), p99: z.number(), max: z.number().optional() }),
  memoryMb: z.object({ rss: z.number(), heap: z.number() }).optional(),
});

export type ServerTurn = z.output<typeof turnRecord>;
export type ServerCall = z.output<typeof callRecord>;
export type ServerStatus = z.output<typeof serverStatus>;

export interface ServerApi {
  /** Null when the server does not know the call. Rejects with ApiError. */
  call(callSid: string): Promise<ServerCall | null>;
  status(): Promise<ServerStatus>;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
}

const API_TIMEOUT_MS = 5_000;

export function serverApi(target: string, apiKey: string): ServerApi {
  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    try {
      const response = await fetch(new URL(path, target), {
        headers: { Authorization: `Bearer ${apiKey}` },
        signal: AbortSignal.timeout(API_TIMEOUT_MS),
      });
      return { status: response.status, body: response.ok ? await response.json() : await response.text() };
    } catch (error) {
      throw new ApiError(`GET ${path}: ${String(error)}`, { cause: error });
    }
  };
  const read = <S extends z.ZodType>(path: string, schema: S, body: unknown): z.output<S> => {
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw new ApiError(`GET ${path}: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  };
  return {
    call: async (callSid) => {
      const path = `/api/calls/${callSid}`;
      const { status, body } = await get(path);
      if (status === 404) return null;
      if (status !== 200) throw new ApiError(`GET ${path}: status ${status}`);
      return read(path, callRecord, body);
    },
    status: async () => {
      const path = '/api/status';
      const { status, body } = await get(path);
      if (status !== 200) throw new ApiError(`GET ${path}: status ${status}`);
      return read(path, serverStatus, body);
    },
  };
}
