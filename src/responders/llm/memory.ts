// What a model remembers of a conversation: the turn in progress, and of those before what was heard and what tools have done.
import {
  EMPTY_HISTORY,
  settledTurn,
  withTurn,
  type History,
  type ModelTurn,
  type ToolUse,
} from '../../dialogue/model-history.ts';
import type { HeardExtent } from '../../ports/responder.ts';
import type { Logger } from '../../ports/telemetry.ts';

/** One answer of the model in the turn in progress. */
export interface WorkingStep {
  readonly clauses: string[];
  readonly uses: ToolUse[];
}

/** The turn in progress. */
export interface Working {
  readonly turn: number;
  readonly caller: string | null;
  readonly steps: WorkingStep[];
  requests: number;
  /** What can be taken back, newest last. */
  readonly undo: (() => Promise<void>)[];
  isOver: boolean;
}

export class ModelMemory {
  readonly #logger: Logger;
  #history: History = EMPTY_HISTORY;
  #working: Working | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get history(): History {
    return this.#history;
  }

  begin(turn: number, caller: string | null): Working {
    this.#working = { turn, caller, steps: [], requests: 0, undo: [], isOver: false };
    return this.#working;
  }

  /** Of the turn in progress. A tool may come to its end after its turn. */
  used(working: Working, step: WorkingStep, use: ToolUse): void {
    if (!working.isOver) step.uses.push(use);
    else if (use.lasting) {
      const steps = [{ clauses: [], uses: [use] }];
      this.#remember({ turn: working.turn, caller: null, steps, interrupted: true });
    } else this.#takeBack(working);
  }

  /** Texts that were said behind the model's own in the same turn. */
  add(turn: number, clauses: readonly string[]): void {
    if (this.#working?.turn === turn) this.#working.steps.push({ clauses: [...clauses], uses: [] });
  }

  /** A turn that went without the model: what was heard of it is known all the same. */
  note(
    {
      turn,
      caller,
      clauses,
    }: { readonly turn: number; readonly caller: string | null; readonly clauses: readonly string[] },
    heard: { readonly extent: HeardExtent; readonly text: string },
  ): void {
    const whole: ModelTurn = { turn, caller, steps: [{ clauses, uses: [] }], interrupted: false };
    this.#remember(settledTurn(whole, heard.extent, heard.text));
  }

  /** The turn as it was in progress; null for any other one, which changes nothing. */
  settle(turn: number, extent: HeardExtent, heardText: string): Working | null {
    const working = this.#working;
    if (working?.turn !== turn) return null;
    this.#working = null;
    working.isOver = true;
    if (extent === 'none') this.#takeBack(working);
    const { caller, steps } = working;
    this.#remember(settledTurn({ turn, caller, steps, interrupted: false }, extent, heardText));
    return working;
  }

  #takeBack(working: Working): void {
    for (const undo of working.undo.splice(0).toReversed()) {
      undo().catch((error: unknown) => {
        this.#logger.error({ err: error, turn: working.turn }, 'a tool could not be undone');
      });
    }
  }

  #remember(turn: ModelTurn | null): void {
    if (turn !== null) this.#history = withTurn(this.#history, turn);
  }
}

export function nextStep(working: Working): WorkingStep {
  const step = { clauses: [], uses: [] };
  working.steps.push(step);
  return step;
}
