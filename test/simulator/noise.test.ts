// Generated noises: their length, their level, and that a seed makes them.
import { describe, expect, it } from 'vitest';
import { NOISE_COLOURS, noiseSamples, type Noise } from '../../src/simulator/noise.ts';

const levelDbfs = (samples: Int16Array): number =>
  20 * Math.log10(Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length) / 32768);
const noise = (change: Partial<Noise> = {}): Int16Array =>
  noiseSamples({ ms: 1_000, dbfs: -30, colour: 'white', seed: 3, ...change });

/** The share of the energy that is in the steps from sample to sample: small for low sounds, 2 for white ones. */
function roughness(samples: Int16Array): number {
  const steps = samples.map((value, at) => value - (samples[at - 1] ?? 0));
  return 10 ** ((levelDbfs(steps) - levelDbfs(samples)) / 10);
}

describe('noiseSamples', () => {
  it.each(['white', 'brown', 'tone'] as const)(
    'makes %s noise of the level and length asked for',
    (colour) => {
      for (const dbfs of [-50, -30, -20]) {
        const samples = noise({ colour, dbfs });
        expect(samples).toHaveLength(8_000);
        expect(levelDbfs(samples)).toBeCloseTo(dbfs, 0);
      }
    },
  );

  it('makes clicks of the peak asked for, with silence between them', () => {
    const samples = noise({ colour: 'click', dbfs: -12 });
    const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(20 * Math.log10(loudest / 32768)).toBeCloseTo(-12, 1);
    const begins = [...samples.keys()].filter(
      (at) => samples[at] !== 0 && samples.subarray(Math.max(0, at - 100), at).every((one) => one === 0),
    );
    expect(begins.map((at) => Math.floor(at / 2_000))).toEqual([0, 1, 2, 3]);
  });

  it('sounds as its colour says', () => {
    expect(roughness(noise())).toBeCloseTo(2, 0);
    expect(roughness(noise({ colour: 'brown' }))).toBeLessThan(0.1);
    const tone = noise({ colour: 'tone' });
    const upward = tone.filter((value, at) => value >= 0 && (tone[at - 1] ?? 0) < 0).length;
    expect(Math.abs(upward - 440)).toBeLessThanOrEqual(1);
  });

  it.each(NOISE_COLOURS.filter((colour) => colour !== 'tone'))('makes %s from its seed', (colour) => {
    expect(noise({ colour })).toEqual(noise({ colour }));
    expect(noise({ colour, seed: 4 })).not.toEqual(noise({ colour }));
  });
});
