// Tells a caller from a noise by how certain the detector became, and says what of the two deserves an answer. Pure.
import { ms, type Ms } from '../audio/units.ts';
import { gistOf, isHum } from './backchannel.ts';

/** What the detector said of one stretch of speech, from its onset on: a number, whatever the stretch's length. */
export interface Evidence {
  /** How long the detector was as certain as it hardly ever is of a noise. */
  readonly certainMs: Ms;
}

export const NO_EVIDENCE: Evidence = { certainMs: ms(0) };

/** The part of a judged window that counts. */
export interface EvidenceWindow {
  readonly from: Ms;
  readonly to: Ms;
  readonly probability: number;
}

/**
 * The probability that noise hardly ever reaches. Chosen on half of the clips (noise, music, tones at four levels over four
 * lines; single words): 5 of 880 noises reach it and 37 of 38 words without text; of the other half 6 of 784 and 33 of
 * 38. At 0.8 it is 25 of 784 noises in that half, at 0.96 only 29 of 38 words. Must be > speechOn.
 */
export const CERTAIN_PROBABILITY = 0.9;
/** One window of the detector: a soft "wow" has no more. Two would lose 5 more of the 76 words without text. Must be > 0. */
export const LEAST_CERTAIN_MS = ms(32);
/**
 * Confidence below which words are not taken from a sound that the detector was never certain of. Of 1,324 texts of people
 * 10 have no certain window; below this are two of them, "Babe" for "six" and "Uh". Must be <= 1.
 */
export const LEAST_CONFIDENCE = 0.5;

export function addWindow(evidence: Evidence, { from, to, probability }: EvidenceWindow): Evidence {
  if (probability < CERTAIN_PROBABILITY) return evidence;
  return { certainMs: ms(evidence.certainMs + (to - from)) };
}

/** Of two stretches that are one utterance: that of the more certain one. */
export const strongest = (a: Evidence, b: Evidence): Evidence => (a.certainMs >= b.certainMs ? a : b);

/** Speech in which no words were heard: whether somebody spoke, who then deserves a "sorry?". */
export function worthAsking(evidence: Evidence): boolean {
  return evidence.certainMs >= LEAST_CERTAIN_MS;
}

/**
 * Whether words deserve an answer. From a certain voice all do; else they may be what the model hears in a noise: a string
 * that rings gave "Uh-huh" at 0.85, so that hums do not count, and words only when the model is sure of them.
 */
export function credible(text: string, confidence: number, evidence: Evidence): boolean {
  if (gistOf(text) === 'nothing') return false;
  if (worthAsking(evidence)) return true;
  return confidence >= LEAST_CONFIDENCE && !isHum(text);
}
