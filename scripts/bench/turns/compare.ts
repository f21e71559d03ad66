// What is compared: plain timers and what was heard, and the curve of each as it waits longer.
import { ms } from '../../../src/audio/units.ts';
import type { EndOfTurnPolicy } from '../../../src/turn/end-of-turn.ts';
import { figuresOf, type TurnFigures } from './figures.ts';
import type { Question } from './questions.ts';
import type { ReplayTurn, Waiting } from './replay.ts';

const FIXED_MS = [300, 600, 1_000] as const;
const FIXED_CURVE_MS = Array.from({ length: 15 }, (_, i) => 200 + 100 * i);
const SCALES = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.5, 1.75, 2];

export interface Compared {
  readonly name: string;
  readonly waiting: Waiting;
  readonly figures: TurnFigures;
}

export interface CurvePoint {
  readonly at: number;
  readonly cutShare: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

export interface Comparison {
  readonly compared: readonly Compared[];
  /** The words, by what was asked. */
  readonly byQuestion: Readonly<Partial<Record<Question['kind'], TurnFigures>>>;
  /** Over all turns: the timers by their silence, the words by the factor of their waits. */
  readonly curves: { readonly fixed: readonly CurvePoint[]; readonly words: readonly CurvePoint[] };
}

export function compare(turns: readonly ReplayTurn[], policy: EndOfTurnPolicy): Comparison {
  const words: Waiting = { kind: 'words', policy };
  const waitings: (readonly [string, Waiting])[] = [
    ...FIXED_MS.map((silenceMs) => [`fixed ${silenceMs} ms`, { kind: 'fixed', silenceMs }] as const),
    ['by what was heard', words],
  ];
  const point = (at: number, waiting: Waiting): CurvePoint => {
    const { cutShare, medianMs, p95Ms } = figuresOf(turns, waiting);
    return { at, cutShare, medianMs, p95Ms };
  };
  const kinds = [...new Set(turns.map(({ question }) => question.kind))].toSorted();
  return {
    compared: waitings.map(([name, waiting]) => ({
      name,
      waiting,
      figures: figuresOf(turns, waiting),
    })),
    byQuestion: Object.fromEntries(
      kinds.map((kind) => [
        kind,
        figuresOf(
          turns.filter(({ question }) => question.kind === kind),
          words,
        ),
      ]),
    ),
    curves: {
      fixed: FIXED_CURVE_MS.map((silenceMs) => point(silenceMs, { kind: 'fixed', silenceMs })),
      words: SCALES.map((scale) => point(scale, { kind: 'words', policy: scaled(policy, scale) })),
    },
  };
}

function scaled(policy: EndOfTurnPolicy, scale: number): EndOfTurnPolicy {
  return {
    ...policy,
    shortWaitMs: ms(policy.shortWaitMs * scale),
    baseWaitMs: ms(policy.baseWaitMs * scale),
    longWaitMs: ms(policy.longWaitMs * scale),
  };
}
