// The framer loses, repeats and reorders nothing, in whatever chunks the samples come.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Framer } from '../../src/audio/framer.ts';
import { concat } from '../support/tones.ts';

const counting = (count: number): Int16Array => Int16Array.from({ length: count }, (_, n) => n);

describe('Framer', () => {
  it('gives the same frames for any chunk sizes, and says what is pending', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 20 }),
        (size, chunks) => {
          const total = chunks.reduce((sum, chunk) => sum + chunk, 0);
          const input = counting(total);
          const framer = new Framer(size);
          const frames: Int16Array[] = [];
          let at = 0;
          for (const chunk of chunks) {
            framer.push(input.subarray(at, at + chunk), (frame) => frames.push(frame));
            at += chunk;
            expect(framer.pending).toBe(at % size);
          }
          expect(frames.every((frame) => frame.length === size)).toBe(true);
          expect(concat(...frames)).toEqual(input.subarray(0, total - (total % size)));
        },
      ),
    );
  });

  it('gives frames that later audio does not change', () => {
    const framer = new Framer(4);
    const kept: Int16Array[] = [];
    const chunk = Int16Array.of(1, 2, 3, 4, 5);
    framer.push(chunk, (frame) => kept.push(frame));
    chunk.fill(99);
    framer.push(Int16Array.of(6, 7, 8), (frame) => kept.push(frame));
    expect(kept).toEqual([Int16Array.of(1, 2, 3, 4), Int16Array.of(5, 6, 7, 8)]);
  });

  it('drops what is pending on reset and begins a frame with the next sample', () => {
    const framer = new Framer(3);
    const frames: Int16Array[] = [];
    framer.push(Int16Array.of(1, 2), (frame) => frames.push(frame));
    framer.reset();
    expect(framer.pending).toBe(0);
    framer.push(Int16Array.of(3, 4, 5), (frame) => frames.push(frame));
    expect(frames).toEqual([Int16Array.of(3, 4, 5)]);
  });

  it('may be pushed to and reset from inside its sink', () => {
    const framer = new Framer(2);
    const frames: number[][] = [];
    framer.push(Int16Array.of(1, 2, 3), (frame) => {
      frames.push([...frame]);
      if (frames.length === 1) framer.push(Int16Array.of(8, 9), (inner) => frames.push([...inner]));
    });
    expect(frames).toEqual([
      [1, 2],
      [8, 9],
    ]);
    expect(framer.pending).toBe(1);
  });

  it.each([0, -1, 1.5, NaN])('refuses frames of %d samples', (size) => {
    expect(() => new Framer(size)).toThrow(RangeError);
  });
});
