// Tools that people write themselves: a TypeScript file beside the agent file that exports `tools`.
import { createRequire } from 'node:module';
import { createJiti } from 'jiti';
import { z } from 'zod';
import { ToolFault, type ModelTool, type ToolCall } from './tool.ts';

/** What such a file may know of the call. */
export interface OwnToolCall {
  readonly callSid: string;
  readonly from: string;
  readonly to: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** For the call's record and the export. */
  readonly collect: (name: string, value: string) => void;
}

/** One entry of `tools`. */
export interface OwnTool<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly description: string;
  readonly input: S;
  /** `lasting`: it changes something, and waits until the caller has finished speaking. */
  readonly effects?: 'none' | 'lasting';
  /** Of a turn that nobody heard. */
  readonly afterCancel?: 'keep' | 'undo';
  run(input: z.output<S>, call: OwnToolCall): unknown;
  undo?(input: z.output<S>, output: string, call: OwnToolCall): unknown;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';

const ownTool = z
  .object({
    name: z.string().regex(/^[a-z][a-z0-9_]{0,47}$/, 'a name of small letters, digits and underscores'),
    description: z.string().trim().min(1),
    input: z.custom<z.ZodObject>(
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        '_zod' in value &&
        isFunction((value as { parse?: unknown }).parse),
      'a schema made with z.object',
    ),
    effects: z.enum(['none', 'lasting']).default('none'),
    afterCancel: z.enum(['keep', 'undo']).default('keep'),
    run: z.custom<OwnTool['run']>(isFunction, 'a function'),
    undo: z.custom<NonNullable<OwnTool['undo']>>(isFunction, 'a function').optional(),
  })
  .refine(({ afterCancel, undo }) => afterCancel === 'keep' || undo !== undefined, {
    path: ['undo'],
    message: 'a function, for afterCancel is undo',
  });

const ownFile = z.object({ tools: z.array(ownTool).min(1, 'at least one tool') });

/** Why a file is of no use, in words for whoever wrote it. */
export class OwnToolsError extends Error {
  override readonly name = 'OwnToolsError';
}

/** Runs the file, as any program of this machine's owner. @throws OwnToolsError */
export async function loadOwnTools(file: string): Promise<readonly ModelTool[]> {
  const require = createRequire(import.meta.url);
  // The file may lie anywhere: it finds the same zod as we do.
  const jiti = createJiti(import.meta.url, {
    fsCache: false,
    moduleCache: false,
    alias: { zod: require.resolve('zod') },
  });
  let loaded: unknown;
  try {
    loaded = await jiti.import(file);
  } catch (error) {
    throw new OwnToolsError(error instanceof Error ? firstLine(error.message) : 'it cannot be run', {
      cause: error,
    });
  }
  const read = ownFile.safeParse(loaded);
  if (!read.success) throw new OwnToolsError(z.prettifyError(read.error).replaceAll(/\s*\n\s*/g, ' '));
  return read.data.tools.map(modelTool);
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

function modelTool({
  name,
  description,
  input,
  effects,
  afterCancel,
  run,
  undo,
}: z.output<typeof ownTool>): ModelTool {
  return {
    name,
    description,
    input,
    effects,
    afterCancel,
    run: async (given, call) => {
      const output = await run(parsed(input, given), ownCall(call));
      return { output: typeof output === 'string' ? output : JSON.stringify(output ?? null) };
    },
    ...(undo !== undefined && {
      undo: async (given: unknown, output: string, call: ToolCall) => {
        await undo(parsed(input, given), output, ownCall(call));
      },
    }),
  };
}

function parsed(schema: z.ZodObject, given: unknown): Record<string, unknown> {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  throw new ToolFault(z.prettifyError(read.error));
}

const ownCall = ({ facts, variables, signal, collect }: ToolCall): OwnToolCall => ({
  callSid: facts.callSid,
  from: facts.from,
  to: facts.to,
  variables,
  signal,
  collect,
});
