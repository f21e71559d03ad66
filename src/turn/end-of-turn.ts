// How long to wait before a caller's silence is the end of the turn, from what was heard of it so far. Pure.
import { ms, type Ms } from '../audio/units.ts';
import { leadsOn, mustGoOn } from './completeness.ts';

export interface HeardSoFar {
  /** The words of the turn so far; empty when none were made out. */
  readonly text: string;
  /** How the words fit what was asked. */
  readonly fit: 'whole' | 'part' | 'possible' | 'unknown';
  /** From the first to the last speech of the turn. */
  readonly spokenMs: Ms;
  /** What the speech model says of the end, 0 to 1, from how the voice sounds there; null where it cannot tell. */
  readonly ending: number | null;
  /** What a turn model of its own says of the end, 0 to 1; null without one. It counts instead of `ending`. */
  readonly likelihood: number | null;
}

/** Each wait is counted from the end of the detector's last window of speech, 50 to 150 ms behind the last sound. */
export interface EndOfTurnPolicy {
  /**
   * After words that answer the question, or a voice that has surely finished. The detector needs minSilenceMs and the words
   * of a short answer 50 to 120 ms more: with less, words would be late for it. Must be > minSilenceMs.
   */
  readonly shortWaitMs: Ms;
  /** After a voice that sounds finished, and with a model that cannot tell. Must be >= shortWaitMs. */
  readonly baseWaitMs: Ms;
  /**
   * After words that must go on, a voice that does not sound finished, while the words are not known yet, and at most. The
   * longest pause that people make inside what they say is about 1,500 ms. Must be >= baseWaitMs.
   */
  readonly longWaitMs: Ms;
  /** The probability of the end from which a voice sounds finished. Must be > 0. */
  readonly finishedFrom: number;
  /** The probability from which it surely has. Must be >= finishedFrom. */
  readonly surelyFrom: number;
}

/**
 * Chosen with `npm run bench:turns`, which judges every voice by weights fitted without its speaker: 34 of 779 pauses cut
 * (4.4 %), 676 ms in the median. Seed 2 puts other pauses into the same clips: 46 of 752 (6.1 %), 708 ms; most of these lie
 * behind a whole sentence of read speech.
 */
export const DEFAULT_END_OF_TURN_POLICY: EndOfTurnPolicy = {
  shortWaitMs: ms(220),
  baseWaitMs: ms(500),
  longWaitMs: ms(1_500),
  finishedFrom: 0.76,
  surelyFrom: 0.97,
};

/**
 * The detector's last window of speech ends this long after the last sound, in the median; from one silence to the next it
 * varies by 30 to 200 ms and more.
 */
const DETECTOR_LAG = { usualMs: 100, leastMs: 40, mostMs: 250 };

/**
 * From when the wait is counted: from the last sound, as its level shows it, with the detector's usual lag, so that the
 * wait is the same by the clock of the caller. What is further from the detector's window than a lag can be is not believed.
 */
export function waitFrom(lastSpeech: Ms, lastSound: Ms | null): Ms {
  if (lastSound === null) return lastSpeech;
  const lagMs = Math.min(DETECTOR_LAG.mostMs, Math.max(DETECTOR_LAG.leastMs, lastSpeech - lastSound));
  return ms(lastSpeech - lagMs + DETECTOR_LAG.usualMs);
}

/** The silence, counted as `waitFrom` says, after which the turn is over. */
export function endOfTurnWaitMs(heard: HeardSoFar, policy: EndOfTurnPolicy): Ms {
  const { shortWaitMs, baseWaitMs, longWaitMs } = policy;
  if (heard.fit === 'whole') return leadsOn(heard.text) ? longWaitMs : shortWaitMs;
  // A comma behind a word or two is as often the speech model's as the caller's.
  if (heard.fit === 'possible') return leadsOn(heard.text) ? longWaitMs : baseWaitMs;
  if (heard.fit === 'part' || mustGoOn(heard.text)) return longWaitMs;
  const finished = heard.likelihood ?? heard.ending;
  if (finished === null) return baseWaitMs;
  if (finished >= policy.surelyFrom) return shortWaitMs;
  return finished >= policy.finishedFrom ? baseWaitMs : longWaitMs;
}
