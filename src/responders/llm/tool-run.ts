// Runs the tools that a model has asked for: those that only look at once and together, those that change something when the turn is over.
import type { ToolUse } from '../../dialogue/model-history.ts';
import type { ReplyControl, ReplyPart } from '../../ports/responder.ts';
import { ToolFault, type ModelTool, type ToolCall, type ToolOutcome } from './tools/tool.ts';

export interface WantedTool {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  /** Why the input does not fit. */
  readonly fault: string | null;
}

export interface ToolRun {
  readonly wanted: readonly WantedTool[];
  readonly tools: ReadonlyMap<string, ModelTool>;
  readonly call: Omit<ToolCall, 'signal'>;
  readonly control: ReplyControl;
  /** Told of each use as it is over, also after the reply was cancelled. */
  readonly onUse: (use: ToolUse, tool: ModelTool | null) => void;
}

export interface ToolRunResult {
  readonly end: NonNullable<ToolOutcome['end']> | null;
  readonly parts: readonly ReplyPart[];
}

/** A tool that changes something is not broken off: this is all the time it has. */
const LASTING_LIMIT_MS = 30_000;
const MAX_OUTPUT_CHARS = 20_000;

/** Everything that runs has ended, or the reply is cancelled. @throws the signal's reason. */
export async function runTools(run: ToolRun): Promise<ToolRunResult> {
  const { wanted, tools, control } = run;
  const looking = wanted.filter(({ name }) => tools.get(name)?.effects !== 'lasting');
  const lasting = wanted.filter(({ name }) => tools.get(name)?.effects === 'lasting');
  const outcomes = await Promise.all(looking.map((one) => runOne(run, one, control.signal)));
  if (lasting.length > 0) await aborted(control.signal, control.released);
  for (const one of lasting) {
    control.signal.throwIfAborted();
    outcomes.push(await aborted(control.signal, runOne(run, one, AbortSignal.timeout(LASTING_LIMIT_MS))));
  }
  control.signal.throwIfAborted();
  return {
    end: outcomes.find(({ end }) => end !== undefined)?.end ?? null,
    parts: outcomes.flatMap(({ part }) => (part === undefined ? [] : [part])),
  };
}

/** Never fails: the model is told what went wrong, the caller is not. */
async function runOne(run: ToolRun, one: WantedTool, signal: AbortSignal): Promise<ToolOutcome> {
  const tool = run.tools.get(one.name) ?? null;
  const outcome = await outcomeOf(run, one, { tool, signal });
  const { id, name, input } = one;
  const output = outcome.output.slice(0, MAX_OUTPUT_CHARS);
  run.onUse({ id, name, input: input ?? {}, output, lasting: tool?.afterCancel === 'keep' }, tool);
  return outcome;
}

async function outcomeOf(
  { call }: ToolRun,
  { name, input, fault }: WantedTool,
  { tool, signal }: { readonly tool: ModelTool | null; readonly signal: AbortSignal },
): Promise<ToolOutcome> {
  if (tool === null) return { output: `Error: there is no tool ${name}.` };
  if (fault !== null) return { output: `Error: the input does not fit. ${fault}` };
  try {
    return await tool.run(input, { ...call, signal });
  } catch (error) {
    const isTold = error instanceof ToolFault;
    if (!isTold && !signal.aborted) call.services.logger.warn({ err: error, tool: name }, 'tool failed');
    return { output: `Error: ${isTold ? error.message : 'the tool failed.'}` };
  }
}

/** Whatever comes first; work goes on for itself. @throws the signal's reason. */
function aborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
