// What a small speech model invents is taken out; what callers say is not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCredible, isSure, withoutLoop } from '../../src/inference/transcript-guards.ts';

describe('the guards', () => {
  it('cut a loop at the end of a hypothesis that ran into its limit', () => {
    const looping = (tokens: number[]) => ({ tokens, logProbs: tokens.map(() => -0.1), ended: false });
    expect(withoutLoop(looping([5, 6, 7, 8, 7, 8, 7, 8]))).toEqual([5, 6, 7, 8]);
    expect(withoutLoop(looping([5, 9, 9, 9, 9]))).toEqual([5, 9]);
    expect(withoutLoop(looping([5, 6, 7, 8, 7, 8]))).toEqual([5, 6, 7, 8, 7, 8]);
  });

  it('leave a single period of any loop', () => {
    const period = fc.uniqueArray(fc.integer({ min: 100, max: 32_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(period, fc.integer({ min: 3, max: 9 }), (cycle, times) => {
        const tokens = [3, 4, ...Array.from({ length: times }, () => cycle).flat()];
        expect(withoutLoop({ tokens, logProbs: [], ended: false })).toEqual([3, 4, ...cycle]);
      }),
    );
  });

  it('leave repetition that ended by itself', () => {
    const tokens = [9, 9, 9, 9];
    expect(withoutLoop({ tokens, logProbs: [], ended: true })).toEqual(tokens);
  });

  it('drop a text that the model itself hardly believes', () => {
    expect(isCredible({ tokens: [5, 6], logProbs: [-0.5, -1, -0.2], ended: true })).toBe(true);
    expect(isCredible({ tokens: [5, 6], logProbs: [-2, -3, -1], ended: true })).toBe(false);
    expect(isCredible({ tokens: [], logProbs: [-0.1], ended: true })).toBe(true);
  });

  it('call a text sure that ended by itself without a doubtful word', () => {
    expect(isSure({ tokens: [5, 6], logProbs: [-0.1, -0.3, -0.2], ended: true })).toBe(true);
    expect(isSure({ tokens: [5, 6], logProbs: [-0.1, -1.5, -0.2], ended: true })).toBe(false);
    expect(isSure({ tokens: [5, 6], logProbs: [-0.1, -0.3], ended: false })).toBe(false);
  });
});
