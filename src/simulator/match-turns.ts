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
const SPLIT_COST = 0.25;
/** Turns and utterances drift apart by no more than this, beyond the difference of their numbers. */
const MAX_DRIFT = 64;

interface Cell {
  readonly cost: number;
  /** Turns taken by the last utterance; -1 when the last turn was left over instead. */
  readonly taken: number;
}

/** The cheapest assignment by word errors. Turns with heard = null are the agent's own and match nothing. */
export function matchTurns(utterances: readonly Utterance[], turns: readonly ServerTurn[]): TurnMatch {
  const heard = turns.filter((turn) => turn.heard !== null);
  const words = heard.map((turn) => normalizeWords(turn.heard ?? ''));
  const band = MAX_DRIFT + Math.abs(utterances.length - heard.length);
  const table: Cell[][] = [];
  for (let row = 0; row <= utterances.length; row += 1) {
    const cells: Cell[] = [];
    table.push(cells);
    for (let column = 0; column <= heard.length; column += 1) {
      cells.push(Math.abs(row - column) > band ? FAR : cheapest(row, column));
    }
  }
  return trace(table, utterances.length, heard);

  function cheapest(row: number, column: number): Cell {
    if (row === 0 && column === 0) return { cost: 0, taken: 0 };
    let best = FAR;
    const consider = (cost: number, taken: number): void => {
      if (cost < best.cost) best = { cost, taken };
    };
    const utterance = utterances[row - 1];
    if (utterance !== undefined) {
      for (let taken = 0; taken <= Math.min(MAX_SPLIT, column); taken += 1) {
        const before = table[row - 1]?.[column - taken]?.cost ?? Infinity;
        consider(before + matchCost(utterance, words.slice(column - taken, column)), taken);
      }
    }
    const left = table[row]?.[column - 1];
    if (left !== undefined) consider(left.cost + (words[column - 1]?.length ?? 0) + 0.5, -1);
    return best;
  }
}

const FAR: Cell = { cost: Infinity, taken: -1 };

function matchCost(utterance: Utterance, taken: readonly (readonly string[])[]): number {
  const split = Math.max(0, taken.length - 1) * SPLIT_COST;
  if (utterance.kind === 'keys') return taken.length === 0 ? 0.5 : keysCost(utterance, taken) + split;
  if (utterance.said === null) return taken.length === 0 ? 3 : 0.5 + split * 4;
  const said = normalizeWords(utterance.said);
  if (taken.length === 0) return said.length + 1;
  return editDistance(said, taken.flat()) + split;
}

function keysCost(utterance: Utterance, taken: readonly (readonly string[])[]): number {
  return taken.flat().join('') === normalizeWords(utterance.said ?? '').join('') ? 0 : 3;
}

function trace(table: readonly (readonly Cell[])[], rows: number, heard: readonly ServerTurn[]): TurnMatch {
  const ofUtterance: (readonly ServerTurn[])[] = [];
  const unsaid: ServerTurn[] = [];
  let row = rows;
  let column = heard.length;
  while (row > 0 || column > 0) {
    const taken = table[row]?.[column]?.taken ?? -1;
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
