// Mu-law against the decision and output values that ITU-T G.711 prints.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMulaw, encodeMulaw, mulawPower, MULAW_SILENCE } from '../../src/audio/mulaw.ts';
import { mulaw8k, pcm } from '../../src/audio/units.ts';

const decodeOne = (code: number) => decodeMulaw(mulaw8k(Uint8Array.of(code))).samples[0]!;
const encodeOne = (sample: number) => encodeMulaw(pcm(8000, Int16Array.of(sample)))[0]!;

/** Each segment's first and last positive code with G.711's 14-bit output values, which 16 bits carry times four. */
const G711: readonly (readonly [code: number, value14: number])[] = [
  [0xff, 0],
  [0xfe, 2],
  [0xf0, 30],
  [0xef, 33],
  [0xe0, 93],
  [0xdf, 99],
  [0xd0, 219],
  [0xcf, 231],
  [0xc0, 471],
  [0xbf, 495],
  [0xb0, 975],
  [0xaf, 1023],
  [0xa0, 1983],
  [0x9f, 2079],
  [0x90, 3999],
  [0x8f, 4191],
  [0x80, 8031],
];

describe('mu-law', () => {
  it.each(G711)('decodes code %i to 4 x %i and its mirror image to the negative', (code, value14) => {
    expect(decodeOne(code)).toBe(value14 * 4);
    expect(decodeOne(code & 0x7f)).toBe(value14 === 0 ? 0 : -value14 * 4);
  });

  it('encodes every decoded code back to itself; negative zero becomes zero', () => {
    const codes = mulaw8k(Uint8Array.from({ length: 256 }, (_, code) => code));
    const again = encodeMulaw(decodeMulaw(codes));
    const expected = Uint8Array.from(codes, (code) => (code === 0x7f ? 0xff : code));
    expect(again).toEqual(expected);
  });

  it('has silence where zero is', () => {
    expect(encodeOne(0)).toBe(MULAW_SILENCE);
    expect(decodeOne(MULAW_SILENCE)).toBe(0);
    expect(decodeOne(0x00)).toBe(-32_124);
  });

  it('is off by at most half a step: 1/16 of the value and 8 near zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: -32_635, max: 32_635 }), (sample) => {
        const error = Math.abs(decodeOne(encodeOne(sample)) - sample);
        expect(error).toBeLessThanOrEqual(Math.abs(sample) / 16 + 8);
      }),
      { numRuns: 2000 },
    );
  });

  it('clips the extremes to the loudest codes', () => {
    expect([32_767, -32_768].map(encodeOne)).toEqual([0x80, 0x00]);
  });

  it('never decreases as the sample grows', () => {
    const all = Int16Array.from({ length: 65_536 }, (_, n) => n - 32_768);
    const decoded = decodeMulaw(encodeMulaw(pcm(8000, all))).samples;
    expect(decoded.every((value, n) => n === 0 || value >= decoded[n - 1]!)).toBe(true);
  });

  it.each([0, 1, 159, 160, 161, 40_000])('takes %i samples', (length) => {
    const decoded = decodeMulaw(mulaw8k(new Uint8Array(length).fill(MULAW_SILENCE)));
    expect(decoded).toEqual({ rate: 8000, samples: new Int16Array(length) });
    expect(encodeMulaw(decoded)).toEqual(new Uint8Array(length).fill(MULAW_SILENCE));
  });
});

describe('the power of mu-law bytes', () => {
  it('is the sum of the squares of what they decode to, within the bounds asked for', () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(bytes, fc.nat(400), fc.nat(400), (codes, a, b) => {
        const start = Math.min(a, b, codes.length);
        const end = Math.min(Math.max(a, b), codes.length);
        const decoded = decodeMulaw(mulaw8k(codes)).samples.slice(start, end);
        const expected = decoded.reduce((sum, sample) => sum + sample * sample, 0);
        expect(mulawPower(mulaw8k(codes), start, end)).toBe(expected);
      }),
    );
  });
});
