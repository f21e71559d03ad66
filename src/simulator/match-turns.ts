// Finds out which of the server's turns answer which thing the caller said, both lists being in order.
import type { Utterance } from './caller.ts';
import type { ServerTurn } from './server-api.ts';
import { editDistance, normalizeWords } from './word-error-rate.ts';

export interface TurnMatch {
  /**
   * For each utterance the turns that heard it: one as a rule, several when it was split, none when it was missed. A
   * silence has what the agent said of its own accord meanwhile, and so have keys of which the server made no turn.
   */
  readonly ofUtterance: readonly (readonly ServerTurn[])[];
  /** Turns in which the server heard something that nobody said. */
  readonly unsaid: readonly ServerTurn[];
  /** For each utterance the last turn before it: the one whose reply it may have interrupted. */
  readonly before: readonly (ServerTurn | null)[];
  /** For each utterance what the agent said of its own accord between that turn and the next that heard something. */
  readonly ownAround: readonly (readonly ServerTurn[])[];
}

/** One utterance is heard as this many turns at most. */
const MAX_SPLIT = 3;
/** Makes a stray word a turn of its own rather than a part of the utterance before it. */
const SPLIT_COST = 0.5;
/** Turns and utterances drift apart by no more than this, beyond the difference of their numbers. */
const MAX_DRIFT = 8;

/** The cheapest assignment by word errors; turns with heard = null, the agent's own, then go to who waited for them. */
export function matchTurns(utterances: readonly Utterance[], turns: readonly ServerTurn[]): TurnMatch {
  const heard = turns.filter((turn) => turn.heard !== null);
  const { heardBy, unsaid } = new Alignment(utterances, heard).trace(heard);
  const nextAt = nextHeardAt(heardBy, turns);
  const claims = utterances.map(
    ({ kind }, index) => heardBy[index]?.length === 0 && CLAIM_OWN.includes(kind),
  );
  const ofUtterance: (readonly ServerTurn[])[] = [];
  const before: (ServerTurn | null)[] = [];
  const ownAround: (readonly ServerTurn[])[] = [];
  let given = 0;
  for (const [index, untilAt] of nextAt.entries()) {
    const own = turns.slice(given, untilAt).filter((turn) => turn.heard === null);
    const rival = claims.some((claim, other) => claim && other > index && nextAt[other] === untilAt);
    const parts = claims[index] === true ? own.slice(0, rival ? 1 : undefined) : (heardBy[index] ?? []);
    const wasHeard = parts[0]?.heard != null;
    before.push((wasHeard ? turns[untilAt - 1] : (turns[given - 1] ?? own[0])) ?? null);
    ofUtterance.push(parts);
    ownAround.push(own);
    const last = parts.at(-1);
    if (last !== undefined) given = turns.indexOf(last) + 1;
  }
  return { ofUtterance, unsaid, before, ownAround };
}

/** What the agent says of its own accord answers these, when the server made no turn of them. */
const CLAIM_OWN: readonly Utterance['kind'][] = ['silence', 'keys'];

/** For each utterance where in the record the first turn stands that heard it or a later one. */
function nextHeardAt(
  heardBy: readonly (readonly ServerTurn[])[],
  turns: readonly ServerTurn[],
): readonly number[] {
  let at = turns.length;
  return heardBy
    .toReversed()
    .map(([first]) => (at = first === undefined ? at : turns.indexOf(first)))
    .toReversed();
}

interface Heard {
  readonly heardBy: readonly (readonly ServerTurn[])[];
  readonly unsaid: readonly ServerTurn[];
}

interface Cell {
  readonly cost: number;
  /** Turns taken by the last utterance; -1 when the last turn was left over instead. */
  readonly taken: number;
}

const FAR: Cell = { cost: Infinity, taken: -1 };
const BEGIN: Cell = { cost: 0, taken: 0 };

interface SaidWords {
  readonly kind: Utterance['kind'];
  /** Null for a recording whose words nobody wrote down. */
  readonly words: readonly string[] | null;
}

/** A cell (row, column) stands for the first `row` utterances heard as the first `column` turns. */
class Alignment {
  readonly #said: readonly SaidWords[];
  readonly #heard: readonly (readonly string[])[];
  readonly #cells: Cell[][] = [];

  constructor(utterances: readonly Utterance[], heard: readonly ServerTurn[]) {
    this.#said = utterances.map(({ kind, said }) => ({
      kind,
      words: said === null ? null : normalizeWords(said),
    }));
    this.#heard = heard.map((turn) => normalizeWords(turn.heard ?? ''));
    const band = MAX_DRIFT + Math.abs(utterances.length - heard.length);
    for (let row = 0; row <= utterances.length; row += 1) {
      const cells: Cell[] = [];
      this.#cells.push(cells);
      for (let column = 0; column <= heard.length; column += 1) {
        cells.push(Math.abs(row - column) > band ? FAR : this.#cheapest(row, column));
      }
    }
  }

  /** Walks back from the last cell. */
  trace(heard: readonly ServerTurn[]): Heard {
    const heardBy: (readonly ServerTurn[])[] = [];
    const unsaid: ServerTurn[] = [];
    let row = this.#said.length;
    let column = heard.length;
    while (row > 0 || column > 0) {
      const { taken } = this.#cell(row, column);
      if (taken < 0) {
        column -= 1;
        unsaid.unshift(...heard.slice(column, column + 1));
      } else {
        heardBy.unshift(heard.slice(column - taken, column));
        column -= taken;
        row -= 1;
      }
    }
    return { heardBy, unsaid };
  }

  #cell(row: number, column: number): Cell {
    return this.#cells[row]?.[column] ?? FAR;
  }

  #cheapest(row: number, column: number): Cell {
    if (row === 0 && column === 0) return BEGIN;
    let best = this.#leftOver(row, column);
    const said = this.#said[row - 1];
    for (let taken = 0; said !== undefined && taken <= Math.min(MAX_SPLIT, column); taken += 1) {
      const heard = this.#heard.slice(column - taken, column);
      const cost = this.#cell(row - 1, column - taken).cost + matchCost(said, heard);
      if (cost < best.cost) best = { cost, taken };
    }
    return best;
  }

  #leftOver(row: number, column: number): Cell {
    return { cost: this.#cell(row, column - 1).cost + (this.#heard[column - 1]?.length ?? 0), taken: -1 };
  }
}

function matchCost({ kind, words }: SaidWords, taken: readonly (readonly string[])[]): number {
  const split = Math.max(0, taken.length - 1) * SPLIT_COST;
  if (kind === 'silence') return taken.length === 0 ? 0 : Infinity;
  if (kind === 'ignored') return taken.length === 0 ? 0 : ignoredCost(words, taken.flat()) + split;
  if (words === null) return taken.length === 0 ? 3 : 0.5 + split * 4;
  if (kind === 'keys') {
    if (taken.length === 0) return 0.5;
    return (taken.flat().join('') === words.join('') ? 0 : 3) + split;
  }
  return taken.length === 0 ? words.length + 1 : editDistance(words, taken.flat()) + split;
}

/** Always a little cheaper than leaving the turns over: a stray turn beside such a sound was made of it. */
function ignoredCost(words: readonly string[] | null, heard: readonly string[]): number {
  const stray = heard.length - 0.25;
  return words === null ? stray : Math.min(0.5 + editDistance(words, heard), stray);
}
