// How long to wait before a caller's silence is the end of the turn, from what was heard of it so far. Pure.
import { ms, type Ms } from '../audio/units.ts';
import { mustGoOn } from './completeness.ts';

export interface HeardSoFar {
  /** The words of the turn so far; empty when none were made out. */
  readonly text: string;
  /** How the words fit what was asked. */
  readonly fit: 'whole' | 'part' | 'unknown';
  /** From the first to the last speech of the turn. */
  readonly spokenMs: Ms;
  /** What the speech model says of the end, 0 to 1, from how the voice sounds there; null where it cannot tell. */
  readonly ending: number | null;
  /** What a turn model of its own says of the end, 0 to 1; null without one. It counts instead of `ending`. */
  readonly likelihood: number | null;
}

export interface EndOfTurnPolicy {
  /** After words that answer the question, or a sentence that is surely complete. Must be > minSilenceMs. */
  readonly shortWaitMs: Ms;
  /** After words that sound finished, and while they are not known yet. Must be >= shortWaitMs. */
  readonly baseWaitMs: Ms;
  /** After words that must go on or do not sound finished, and at most. Must be >= baseWaitMs. */
  readonly longWaitMs: Ms;
  /** The probability of the end from which words sound finished. Must be > 0. */
  readonly finishedFrom: number;
  /** The probability from which they surely are complete. Must be >= finishedFrom. */
  readonly surelyFrom: number;
}

export const DEFAULT_END_OF_TURN_POLICY: EndOfTurnPolicy = {
  shortWaitMs: ms(220),
  baseWaitMs: ms(550),
  longWaitMs: ms(1_300),
  finishedFrom: 0.6,
  surelyFrom: 0.9,
};

/** The silence, counted from the last speech that the detector heard, after which the turn is over. */
export function endOfTurnWaitMs(heard: HeardSoFar, policy: EndOfTurnPolicy): Ms {
  const { shortWaitMs, baseWaitMs, longWaitMs } = policy;
  if (heard.fit === 'part' || mustGoOn(heard.text)) return longWaitMs;
  if (heard.fit === 'whole') return shortWaitMs;
  const finished = heard.likelihood ?? heard.ending;
  if (finished === null) return baseWaitMs;
  if (finished >= policy.surelyFrom) return shortWaitMs;
  return finished >= policy.finishedFrom ? baseWaitMs : longWaitMs;
}
