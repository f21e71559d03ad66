// What a policy comes to over many turns: false cut-offs, and the delay after the true end.
import { percentile } from '../percentiles.ts';
import type { PauseKind, TurnPause } from './recipe.ts';
import { replay, type ReplayTurn, type Waiting } from './replay.ts';

export interface PauseFigures {
  readonly pauses: number;
  /** In how many of them the turn was ended. */
  readonly cut: number;
}

export interface TurnFigures extends PauseFigures {
  /** Of every pause inside a turn of 200 ms and more, the speakers' own among them. */
  readonly cutShare: number;
  readonly byKind: Readonly<Record<PauseKind, PauseFigures>>;
  readonly cutElsewhere: number;
  readonly ends: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

export function figuresOf(turns: readonly ReplayTurn[], waiting: Waiting): TurnFigures {
  const outcomes = turns.map((turn) => replay(turn, waiting));
  const pauses = turns.flatMap((turn) => turn.pauses);
  const cut = outcomes.flatMap((outcome) => outcome.cut);
  const delays = outcomes.flatMap(({ delayMs }) => delayMs ?? []);
  const ofKind = (kind: PauseKind): PauseFigures => {
    const is = (pause: TurnPause): boolean => pause.kind === kind;
    return { pauses: pauses.filter(is).length, cut: cut.filter(is).length };
  };
  return {
    pauses: pauses.length,
    cut: cut.length,
    cutShare: cut.length / Math.max(1, pauses.length),
    byKind: { made: ofKind('made'), joined: ofKind('joined'), own: ofKind('own') },
    cutElsewhere: outcomes.reduce((sum, outcome) => sum + outcome.cutElsewhere, 0),
    ends: delays.length,
    medianMs: percentile(delays, 0.5),
    p95Ms: percentile(delays, 0.95),
  };
}
