// How a voice sounds where it stops: whether the speaker has finished, from what the speech model's encoder makes of the end.
import { ENDING_BIAS, ENDING_WEIGHTS } from './ending-weights.ts';
import { WIDTH } from './shape.ts';

/**
 * Frames of 24 ms. The input ends in 260 ms without speech (speech-input.ts): the first stretch. The second is the last
 * 380 ms of speech, a syllable or two: their pitch, length and level, and the words there, tell most.
 */
const STRETCHES = [
  { from: 10, to: 0 },
  { from: 26, to: 10 },
] as const;
const LEAST_FRAMES = 1;

/** The number of weights: one for each dimension of each stretch. */
export const ENDING_FEATURES = STRETCHES.length * WIDTH;

/** Of each stretch the mean of its frames; `hidden` holds one frame of `WIDTH` values behind the other. */
export function endingFeatures(hidden: Float32Array): Float32Array {
  const frames = Math.floor(hidden.length / WIDTH);
  const features = new Float32Array(ENDING_FEATURES);
  STRETCHES.forEach((stretch, index) => {
    const first = Math.max(0, frames - stretch.from);
    const end = Math.max(first + LEAST_FRAMES, frames - stretch.to);
    for (let dimension = 0; dimension < WIDTH; dimension += 1) {
      let sum = 0;
      for (let frame = first; frame < end; frame += 1) sum += hidden[frame * WIDTH + dimension] ?? 0;
      features[index * WIDTH + dimension] = sum / (end - first);
    }
  });
  return features;
}

/**
 * 0 to 1: a logistic regression on silences of the tuning half of the bench's speakers, in which ends and pauses weigh the
 * same. For people whom it has not heard, an end has the higher value of an end and a pause three times in four.
 */
export function endingOf(features: Float32Array): number {
  const score = features.reduce((sum, value, i) => sum + value * (ENDING_WEIGHTS[i] ?? 0), ENDING_BIAS);
  return 1 / (1 + Math.exp(-score));
}
