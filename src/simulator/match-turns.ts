// Finds out which of the server's turns answer which thing the caller said, both lists being in order.
import type { Utterance } from './caller.ts';
import type { ServerTurn } from './server-api.ts';
import { editDistance, normalizeWords } from './word-error-rate.ts';

export interface TurnMatch {
  /** For each utterance the turns that heard it: one as a rule, several when it was split, none when it was missed. */
  readonly ofUtterance: readonly (readonly ServerTurn[])[];
  /** Turns in which the server heard something that nobody said. */
  readonly unsaid: readonly ServerTurn[];
}

/** One utterance is heard as this many turns at most. */
const MAX_SPLIT = 3;
/** Makes a stray word a turn of its own rather than a part of the utterance before it. */
const SPLIT_COST = 0.5;
/** Turns and utterances drift apart by no more than this, beyond the difference of their numbers. */
const MAX_DRIFT = 8;

/** The cheapest assignment by word errors. Turns with heard = null are the agent's own and match nothing. */
export function matchTurns(utterances: readonly Utterance[], turns: readonly ServerTurn[]): TurnMatch {
  const heard = turns.filter((turn) => turn.heard !== null);
  return new Alignment(utterances, heard).trace(heard);
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
  trace(heard: readonly ServerTurn[]): TurnMatch {
    const ofUtterance: (readonly ServerTurn[])[] = [];
    const unsaid: ServerTurn[] = [];
    let row = this.#said.length;
    let column = heard.length;
    while (row > 0 || column > 0) {
      const { taken } = this.#cell(row, column);
      if (taken < 0) {
        column -= 1;
        unsaid.unshift(...heard.slice(column, column + 1));
      } else {
        ofUtterance.unshift(heard.slice(column - taken, column));
        column -= taken;
        row -= 1;
      }
    }
    return { ofUtterance, unsaid };
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
  if (words === null) return taken.length === 0 ? 3 : 0.5 + split * 4;
  if (kind === 'keys') {
    if (taken.length === 0) return 0.5;
    return (taken.flat().join('') === words.join('') ? 0 : 3) + split;
  }
  return taken.length === 0 ? words.length + 1 : editDistance(words, taken.flat()) + split;
}
