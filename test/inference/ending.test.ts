// How the end of a voice is made out of the encoder's frames.
import { describe, expect, it } from 'vitest';
import { endingFeatures, endingOf, meanOfLastFrames } from '../../src/inference/moonshine/ending.ts';
import { ENDING_WEIGHTS } from '../../src/inference/moonshine/ending-weights.ts';
import { WIDTH } from '../../src/inference/moonshine/shape.ts';

/** Each frame holds its own number, counted from the end: the last one is 0. */
const frames = (count: number): Float32Array =>
  Float32Array.from({ length: count * WIDTH }, (_, i) => count - 1 - Math.floor(i / WIDTH));

describe('the features of an ending', () => {
  it('are the means of the last ten frames', () => {
    const features = meanOfLastFrames(frames(100));
    expect(features).toEqual(new Float32Array(WIDTH).fill(4.5));
    expect(meanOfLastFrames(frames(1_000))).toEqual(features);
  });

  it('are numbers for audio of any length', () => {
    for (const count of [1, 2, 10, 11, 26]) {
      expect(meanOfLastFrames(frames(count)).every(Number.isFinite)).toBe(true);
    }
  });

  it('have a weight each, and together a probability', () => {
    expect(endingFeatures(Float32Array.of(1, 2), Float32Array.of(3))).toEqual(Float32Array.of(1, 2, 3));
    expect(ENDING_WEIGHTS).toHaveLength(2 * WIDTH);
    const along = Float32Array.from(ENDING_WEIGHTS, Math.sign);
    const against = along.map((value) => -value);
    expect(endingOf(along)).toBeGreaterThan(0.99);
    expect(endingOf(against)).toBeLessThan(0.01);
  });
});
