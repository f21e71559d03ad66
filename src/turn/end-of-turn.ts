// How long to wait before a caller's silence is the end of the turn, from what was heard of it so far. Pure.
import { ms, type Ms } from '../audio/units.ts';

export interface HeardSoFar {
  /** The words of the turn so far; empty when none were made out. */
  readonly text: string;
  /** How the words fit what was asked. */
  readonly fit: 'whole' | 'part' | 'unknown';
  /** From the first to the last speech of the turn. */
  readonly spokenMs: Ms;
  /** What an acoustic model says of the end, 0 to 1; null without one. */
  readonly likelihood: number | null;
}

export interface EndOfTurnPolicy {
  /** After words that answer the question, or a sentence that is surely complete. Must be > minSilenceMs. */
  readonly shortWaitMs: Ms;
  /** After words that say little about it, and while they are not known yet. Must be >= shortWaitMs. */
  readonly baseWaitMs: Ms;
  /** After words that must go on, and at most. Must be >= baseWaitMs. */
  readonly longWaitMs: Ms;
}

/** The silence, counted from the last speech that the detector heard, after which the turn is over. */
export function endOfTurnWaitMs(heard: HeardSoFar, policy: EndOfTurnPolicy): Ms {
  if (heard.fit === 'whole') return policy.shortWaitMs;
  if (heard.fit === 'part') return policy.longWaitMs;
  return ms(policy.baseWaitMs);
}
