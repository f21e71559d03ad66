// The resampler's measured frequency response, its lengths and alignment, and that chunk sizes never show.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createResampler, resample } from '../../src/audio/resampler.ts';
import { pcm, type Hz } from '../../src/audio/units.ts';
import { concat, decibels, fitTone, noise, rms, sine } from '../support/tones.ts';

const PAIRS: readonly (readonly [Hz, Hz])[] = [
  [8000, 16000],
  [16000, 8000],
  [22050, 8000],
  [24000, 8000],
  [44100, 8000],
];
const AMPLITUDE = 16_000;
const TONE_RMS = AMPLITUDE / Math.SQRT2;

/** The settled middle of a tone's output and the index at which it begins. */
function settled(hz: number, from: Hz, to: Hz): { middle: Int16Array; first: number } {
  const output = resample(pcm(from, sine(hz, from, Math.round(from * 0.12), AMPLITUDE)), to).samples;
  const first = Math.round(to * 0.01);
  return { middle: output.subarray(first, output.length - first), first };
}

function range(start: number, end: number, step: number): number[] {
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, n) => start + n * step);
}

describe.each(PAIRS)('resampling %i Hz to %i Hz', (from, to) => {
  it('passes 100 Hz to 3.4 kHz within 0.1 dB and in phase', () => {
    let ripple = 0;
    let phase = 0;
    for (const hz of range(100, 3400, 75)) {
      const { middle, first } = settled(hz, from, to);
      const fit = fitTone(middle, hz, to, first);
      ripple = Math.max(ripple, Math.abs(decibels(fit.amplitude / AMPLITUDE)));
      phase = Math.max(phase, Math.abs(fit.phase));
    }
    console.info(
      `${from} -> ${to}: pass-band ripple ${ripple.toFixed(4)} dB, phase ${phase.toExponential(1)}`,
    );
    expect(ripple).toBeLessThan(0.1);
    expect(phase).toBeLessThan(1e-3);
  });

  it('adds nothing beside the tone above -70 dB: no images, no aliases', () => {
    let worst = -Infinity;
    for (const hz of range(100, Math.min(from, to) / 2 - 50, 130)) {
      const { middle, first } = settled(hz, from, to);
      worst = Math.max(worst, decibels(fitTone(middle, hz, to, first).residual / TONE_RMS));
    }
    console.info(`${from} -> ${to}: images and aliases of tones in the band ${worst.toFixed(1)} dB`);
    expect(worst).toBeLessThan(-70);
  });

  it('turns n samples into round(n * to / from), 0 to 3,000', () => {
    for (const count of [...range(0, 700, 1), 1000, 1024, 2999, 3000]) {
      expect(resample(pcm(from, new Int16Array(count)), to).samples).toHaveLength(
        Math.round((count * to) / from),
      );
    }
  });

  it('gives the same samples bit for bit in any chunks, and again after a flush', () => {
    const input = noise(3000, 30_000);
    const whole = resample(pcm(from, input), to).samples;
    const streaming = createResampler(from, to);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 12 }), (sizes) => {
        const parts: Int16Array[] = [];
        let at = 0;
        for (const size of [...sizes, input.length]) {
          parts.push(streaming.process(input.subarray(at, at + size)));
          at += size;
        }
        parts.push(streaming.flush());
        expect(concat(...parts)).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  });

  it('keeps a constant and clips instead of wrapping', () => {
    const level = resample(pcm(from, new Int16Array(2000).fill(12_345)), to).samples;
    expect(new Set(level.subarray(100, level.length - 100))).toEqual(new Set([12_345]));
    const square = Int16Array.from({ length: 4000 }, (_, n) => (Math.floor(n / 100) % 2 ? 32_767 : -32_768));
    const loud = resample(pcm(from, square), to).samples;
    const largestStep = loud.reduce(
      (largest, x, n) => (n === 0 ? 0 : Math.max(largest, Math.abs(x - loud[n - 1]!))),
      0,
    );
    expect(Math.max(...loud)).toBe(32_767);
    expect(Math.min(...loud)).toBe(-32_768);
    // A wrapped sample would be a step of almost the full range; the filter needs several samples for it.
    expect(largestStep).toBeLessThan(55_000);
  });
});

describe.each(PAIRS.filter(([from, to]) => from > to))('from %i Hz down to %i Hz', (from, to) => {
  it('keeps tones from 4 kHz up at least 70 dB down', () => {
    // At exactly half the rate every sample of a sine is 0, so the sweep stops short of it.
    const tones = range(4000, from / 2 - 20, 97);
    const levels = tones.map((hz) => decibels(rms(settled(hz, from, to).middle) / TONE_RMS));
    console.info(`${from} -> ${to}: stop-band from 4 kHz ${Math.max(...levels).toFixed(1)} dB`);
    expect(Math.max(...levels)).toBeLessThan(-70);
  });
});

describe('a resampler', () => {
  it('stays aligned with its input: an impulse stays where it was', () => {
    const input = new Int16Array(800);
    input[400] = 30_000;
    const up = resample(pcm(8000, input), 16000).samples;
    expect(up.indexOf(Math.max(...up))).toBe(800);
    const down = resample(pcm(16000, input), 8000).samples;
    expect(down.indexOf(Math.max(...down))).toBe(200);
  });

  it('holds back at most 5 ms while streaming', () => {
    for (const [from, to] of PAIRS) {
      const out = createResampler(from, to).process(new Int16Array(from / 10));
      expect(out.length).toBeGreaterThanOrEqual((0.1 - 0.005) * to);
    }
  });

  it('copies when the rates are equal', () => {
    const input = noise(100, 1000);
    const same = createResampler(8000, 8000);
    const output = same.process(input);
    expect(output).toEqual(input);
    expect(output.buffer).not.toBe(input.buffer);
    expect(same.flush()).toHaveLength(0);
  });

  it('takes a minute in one piece', () => {
    expect(resample(pcm(44100, new Int16Array(60 * 44_100)), 8000).samples).toHaveLength(480_000);
  });

  it('returns 8 kHz speech-band audio through 16 kHz and back within 0.1 dB and -60 dB of error', () => {
    const input = sine(1000, 8000, 1600);
    const back = resample(resample(pcm(8000, input), 16000), 8000).samples;
    const error = back.map((x, n) => x - input[n]!).subarray(80, 1520);
    expect(decibels(rms(error) / TONE_RMS)).toBeLessThan(-60);
  });
});
