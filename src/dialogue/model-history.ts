// What a language model is told of a conversation: who said what, which tools were used, and of its own words only those heard. Pure.
import { heardPartOf } from './transcript.ts';

/** One use of a tool, with its result. */
export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  /** As it was told to the model. */
  readonly output: string;
  /** False: a turn that nobody heard leaves no trace of it. */
  readonly lasting: boolean;
}

/** One answer of the model within a turn: what it said, then the tools that it asked for. */
export interface ModelStep {
  readonly clauses: readonly string[];
  readonly uses: readonly ToolUse[];
}

export interface ModelTurn {
  readonly turn: number;
  /** Null where the agent spoke first. */
  readonly caller: string | null;
  readonly steps: readonly ModelStep[];
  /** The caller cut the agent's words. */
  readonly interrupted: boolean;
}

export interface History {
  readonly turns: readonly ModelTurn[];
  /** Turns that had to make room. */
  readonly dropped: number;
}

export const EMPTY_HISTORY: History = { turns: [], dropped: 0 };

/** Overflow policy: the oldest turns go. Some ten minutes of talk. */
const MAX_TURNS = 80;
const MAX_CHARS = 24_000;

/** A turn as it was heard. `heardText` is what was played, to the word, of all its clauses together. */
export function settledTurn(
  turn: ModelTurn,
  extent: 'all' | 'some' | 'none',
  heardText: string,
): ModelTurn | null {
  if (extent === 'all') return turn;
  if (extent === 'none') return unheard(turn);
  const clauses = turn.steps.flatMap((step) => step.clauses);
  const { whole, begun } = heardPartOf(clauses, heardText);
  let index = 0;
  const steps = turn.steps.map(({ clauses: said, uses }): ModelStep => {
    const from = index;
    index += said.length;
    const kept = said.slice(0, Math.max(0, whole - from));
    const cut = from <= whole && whole < index && begun !== null && begun !== '' ? [begun] : [];
    return { clauses: [...kept, ...cut], uses };
  });
  return { ...turn, steps: withoutEmpty(steps), interrupted: true };
}

/** Of a turn that nobody heard, what its tools have done for good. */
function unheard(turn: ModelTurn): ModelTurn | null {
  const steps = turn.steps.map(({ uses }) => ({ clauses: [], uses: uses.filter(({ lasting }) => lasting) }));
  const kept = withoutEmpty(steps);
  // The words themselves come again, before those that follow them.
  return kept.length === 0 ? null : { ...turn, caller: null, steps: kept, interrupted: true };
}

const withoutEmpty = (steps: readonly ModelStep[]): readonly ModelStep[] =>
  steps.filter(({ clauses, uses }) => clauses.length > 0 || uses.length > 0);

export function withTurn(history: History, turn: ModelTurn): History {
  const turns = [...history.turns, turn];
  let size = turns.reduce((sum, one) => sum + sizeOf(one), 0);
  let drop = Math.max(0, turns.length - MAX_TURNS);
  while (size > MAX_CHARS && drop < turns.length - 1) {
    const oldest = turns[drop];
    size -= oldest === undefined ? 0 : sizeOf(oldest);
    drop += 1;
  }
  return { turns: turns.slice(drop), dropped: history.dropped + drop };
}

function sizeOf({ caller, steps }: ModelTurn): number {
  const said = steps.flatMap((step) => step.clauses).join(' ').length;
  const used = steps.flatMap((step) => step.uses).reduce((sum, { output }) => sum + output.length + 100, 0);
  return (caller?.length ?? 0) + said + used;
}
