// The audio history: whatever was written can be read by media time, as long as it is still held.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { UtteranceBuffer } from '../../src/call/utterance-buffer.ts';

describe('the utterance buffer', () => {
  it('reads by media time from its origin', () => {
    const buffer = new UtteranceBuffer(ms(100), ms(171));
    buffer.write(Int16Array.from({ length: 160 }, (_, i) => i));
    expect(buffer.endMs).toBe(191);
    expect([...buffer.read(ms(172), ms(173)).samples]).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it('gives what is still held of a span, and nothing of the future', () => {
    const buffer = new UtteranceBuffer(ms(10), ms(0));
    buffer.write(Int16Array.from({ length: 200 }, (_, i) => i));
    expect(buffer.read(ms(0), ms(1000)).samples).toHaveLength(80);
    expect(buffer.read(ms(0), ms(1000)).samples[0]).toBe(120);
    expect(buffer.read(ms(50), ms(60)).samples).toHaveLength(0);
  });

  it('reads the newest samples after writes of any sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 30 }), fc.nat(20), (sizes, spanMs) => {
        const buffer = new UtteranceBuffer(ms(20), ms(0));
        const all: number[] = [];
        for (const size of sizes) {
          const chunk = Int16Array.from({ length: size }, (_, i) => (all.length + i) % 30_000);
          buffer.write(chunk);
          all.push(...chunk);
        }
        const expected = all.slice(Math.max(0, all.length - spanMs * 8));
        const to = buffer.endMs;
        expect([...buffer.read(ms(to - spanMs), to).samples]).toEqual(expected);
      }),
    );
  });
});
