// What a policy comes to over many turns: false cut-offs, and the delay after the true end.
import { percentile } from '../percentiles.ts';
import { replay, type ReplayTurn, type Waiting } from './replay.ts';

export interface TurnFigures {
  /** The recipe's pauses, 200 to 1,500 ms, and in how many of them the turn was ended. */
  readonly pauses: number;
  readonly cut: number;
  readonly cutShare: number;
  /** The speakers' own pauses of 200 ms and more. */
  readonly ownPauses: number;
  readonly ownCut: number;
  readonly cutElsewhere: number;
  readonly ends: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

export function figuresOf(turns: readonly ReplayTurn[], waiting: Waiting): TurnFigures {
  const outcomes = turns.map((turn) => replay(turn, waiting));
  const own = ({ kind }: { kind: string }): boolean => kind === 'own';
  const pauses = turns.flatMap((turn) => turn.pauses);
  const cut = outcomes.flatMap((outcome) => outcome.cut);
  const delays = outcomes.flatMap(({ delayMs }) => delayMs ?? []);
  const ownPauses = pauses.filter(own).length;
  const ownCut = cut.filter(own).length;
  return {
    pauses: pauses.length - ownPauses,
    cut: cut.length - ownCut,
    cutShare: (cut.length - ownCut) / Math.max(1, pauses.length - ownPauses),
    ownPauses,
    ownCut,
    cutElsewhere: outcomes.reduce((sum, outcome) => sum + outcome.cutElsewhere, 0),
    ends: delays.length,
    medianMs: percentile(delays, 0.5),
    p95Ms: percentile(delays, 0.95),
  };
}
