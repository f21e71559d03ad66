// How a voice sounds where it stops: whether the speaker has finished, from what the speech model's encoder makes of the end.
import { ENDING_BIAS, ENDING_WEIGHTS } from './ending-weights.ts';
import { WIDTH } from './shape.ts';

/**
 * Of 24 ms each: the input ends in 260 ms without speech (speech-input.ts). What the encoder writes there depends on all that
 * was said before. The 380 ms of speech in front of them add nothing: with five folds over the bench's tuning half the area
 * under the curve is 0.81 with them and without.
 */
const FRAMES = 10;

/** The mean of the last frames; `hidden` holds one frame of `WIDTH` values behind the other. */
export function endingFeatures(hidden: Float32Array): Float32Array {
  const frames = Math.floor(hidden.length / WIDTH);
  const first = Math.max(0, frames - FRAMES);
  return Float32Array.from({ length: WIDTH }, (_, dimension) => {
    let sum = 0;
    for (let frame = first; frame < frames; frame += 1) sum += hidden[frame * WIDTH + dimension] ?? 0;
    return sum / Math.max(1, frames - first);
  });
}

/**
 * 0 to 1: a logistic regression on silences of the tuning half of the bench's speakers, in which ends and pauses weigh the
 * same. For people whom it has not heard, an end has the higher value of an end and a pause three times in four.
 */
export function endingOf(features: Float32Array): number {
  const score = features.reduce((sum, value, i) => sum + value * (ENDING_WEIGHTS[i] ?? 0), ENDING_BIAS);
  return 1 / (1 + Math.exp(-score));
}
