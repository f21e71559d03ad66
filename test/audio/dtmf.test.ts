// Keys as tones: the two frequencies of each key, long enough and apart enough for other machines.
import { describe, expect, it } from 'vitest';
import { dtmfTones } from '../../src/audio/dtmf.ts';
import { decodeMulaw } from '../../src/audio/mulaw.ts';

const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477];
const KEYS = ['123', '456', '789', '*0#'];

/** Goertzel: the power of one frequency. */
function power(samples: Int16Array, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / 8000);
  let [before, last] = [0, 0];
  for (const sample of samples) [before, last] = [last, sample + coefficient * last - before];
  return before ** 2 + last ** 2 - coefficient * before * last;
}

const strongest = (samples: Int16Array, among: readonly number[]): number =>
  among.toSorted((a, b) => power(samples, b) - power(samples, a))[0] ?? 0;

describe('a telephone key as a tone', () => {
  it.each(
    KEYS.flatMap((keys, row) => Array.from(keys, (key, column) => [key, LOW[row], HIGH[column]] as const)),
  )('%s is %d and %d Hz', (key, low, high) => {
    const { samples } = decodeMulaw(dtmfTones(key));
    const tone = samples.subarray(80, 720);
    expect([strongest(tone, LOW), strongest(tone, HIGH)]).toEqual([low, high]);
  });

  it('is followed by silence, waits where it is told to, and leaves out what is no key', () => {
    expect(dtmfTones('1').length).toBe(8 * 180);
    expect(dtmfTones('1w2').length).toBe(8 * (180 + 500 + 180));
    expect(dtmfTones('1x-2').length).toBe(8 * 360);
    const { samples } = decodeMulaw(dtmfTones('1'));
    expect(Math.max(...samples.subarray(8 * 100).map(Math.abs))).toBeLessThan(16);
  });
});
