// Whether a speaker has finished: from how the voice sounds where it stops, and what the speech model makes of the words there.
import { ENDING_BIAS, ENDING_WEIGHTS } from './ending-weights.ts';
import { WIDTH } from './shape.ts';

/**
 * Of 24 ms each: the input ends in 260 ms without speech (speech-input.ts). What the encoder writes there depends on all that
 * was said before. The 380 ms of speech in front of them add nothing to the area under the curve.
 */
const FRAMES = 10;

/**
 * The encoder's last frames tell how the voice sounds; the decoder's key of the last token, mostly a full stop, stands for
 * the text as it was heard. Over ten folds of the bench's speakers the area under the curve, of silences whose words tell
 * nothing, is 0.79 with the frames, 0.80 with the key and 0.82 with both. Both are by-products of the transcription.
 */
export function endingFeatures(lastFrames: Float32Array, lastKey: Float32Array): Float32Array {
  const features = new Float32Array(lastFrames.length + lastKey.length);
  features.set(lastFrames);
  features.set(lastKey, lastFrames.length);
  return features;
}

export interface EndingWeights {
  readonly bias: number;
  readonly weights: ArrayLike<number>;
}

const SHIPPED: EndingWeights = { bias: ENDING_BIAS, weights: ENDING_WEIGHTS };

/** `hidden` holds one frame of `WIDTH` values behind the other. */
export function meanOfLastFrames(hidden: Float32Array): Float32Array {
  const frames = Math.floor(hidden.length / WIDTH);
  const first = Math.max(0, frames - FRAMES);
  return Float32Array.from({ length: WIDTH }, (_, dimension) => {
    let sum = 0;
    for (let frame = first; frame < frames; frame += 1) sum += hidden[frame * WIDTH + dimension] ?? 0;
    return sum / Math.max(1, frames - first);
  });
}

/**
 * 0 to 1: a logistic regression on the silences of all the bench's speakers, in which ends and pauses weigh the same. For
 * people whom it has not heard, an end has the higher value of an end and a pause four times in five.
 */
export function endingOf(features: Float32Array, { bias, weights }: EndingWeights = SHIPPED): number {
  const score = features.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), bias);
  return 1 / (1 + Math.exp(-score));
}
