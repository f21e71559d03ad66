// Levels against hand-computed values, and the extent of speech under silence, noise, clicks and hum.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peak, QUIETEST_DBFS, quietMs, rmsDbfs, speechSpan, trimSilence } from '../../src/audio/level.ts';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.ts';
import { pcm } from '../../src/audio/units.ts';
import { concat, noise, sine } from '../support/tones.ts';

const RATE = 8000;
const silence = (milliseconds: number) => new Int16Array(milliseconds * 8);
const line = (samples: Int16Array) => decodeMulaw(encodeMulaw(pcm(RATE, samples))).samples;

/** Something with the outline of a word: a soft hiss, a loud vowel that swells and fades, a soft hiss. */
function word(milliseconds: number, amplitude = 8000): Int16Array {
  const count = milliseconds * 8;
  const voice = sine(180, RATE, count, amplitude);
  const hiss = noise(count, amplitude / 12);
  return voice.map((x, n) => x * Math.sin((Math.PI * n) / count) ** 0.5 + hiss[n]!);
}

const mixed = (a: Int16Array, b: Int16Array) => a.map((x, n) => x + (b[n] ?? 0));

describe('rmsDbfs and peak', () => {
  it('is 0 for a full-scale square, -3.01 for a full-scale sine, -20 for a tenth', () => {
    expect(rmsDbfs(new Int16Array(100).fill(-32_768))).toBe(0);
    expect(rmsDbfs(sine(100, RATE, 8000, 32_767))).toBeCloseTo(-3.01, 2);
    expect(rmsDbfs(new Int16Array(100).fill(3277))).toBeCloseTo(-20, 2);
  });

  it('is a finite floor for digital silence and for nothing', () => {
    expect(rmsDbfs(silence(10))).toBe(QUIETEST_DBFS);
    expect(rmsDbfs(new Int16Array(0))).toBe(QUIETEST_DBFS);
  });

  it('finds the largest magnitude of either sign', () => {
    expect(peak(Int16Array.of(3, -32_768, 32_767))).toBe(32_768);
    expect(peak(new Int16Array(0))).toBe(0);
  });
});

describe('speechSpan', () => {
  it.each([
    { floor: 0, name: 'digital silence' },
    { floor: 30, name: 'a quiet line' },
    { floor: 300, name: 'a noisy line' },
    { floor: 1200, name: 'a car' },
  ])('finds two words in $name to 60 ms', ({ floor }) => {
    const clip = concat(silence(900), word(300), silence(250), word(500), silence(1200));
    const heard = line(mixed(clip, noise(clip.length, floor)));
    const span = speechSpan(heard, RATE, 0);
    expect(Math.abs(span!.start / 8 - 900)).toBeLessThan(60);
    expect(Math.abs(span!.end / 8 - 1950)).toBeLessThan(60);
  });

  it('keeps the margin on both sides and stops at the ends of the clip', () => {
    const clip = concat(silence(500), word(400), silence(500));
    const bare = speechSpan(clip, RATE, 0)!;
    expect(speechSpan(clip, RATE, 160)).toEqual({ start: bare.start - 1280, end: bare.end + 1280 });
    expect(speechSpan(clip, RATE, 5000)).toEqual({ start: 0, end: clip.length });
  });

  it('ignores clicks before and after the words, however loud', () => {
    const click = new Int16Array(8 * 8).fill(30_000);
    const clip = concat(silence(200), click, silence(700), word(400), silence(700), click, silence(200));
    const span = speechSpan(line(clip), RATE, 0)!;
    expect(span.start / 8).toBeGreaterThan(800);
    expect(span.end / 8).toBeLessThan(1400);
  });

  it('gives null for silence, steady noise, a dial tone, a lone click, nothing at all', () => {
    const click = concat(silence(500), new Int16Array(80).fill(20_000), silence(500));
    for (const clip of [
      silence(1000),
      noise(8000, 20),
      noise(8000, 3000),
      sine(440, RATE, 8000, 5000),
      new Int16Array(8000).fill(4000),
      click,
      new Int16Array(0),
      new Int16Array(3),
    ]) {
      expect(speechSpan(clip, RATE, 160)).toBeNull();
    }
  });

  it('is not moved by a constant offset or by the level', () => {
    const clip = concat(silence(600), word(400), silence(600));
    const span = speechSpan(clip, RATE, 100);
    const shifted = clip.map((x) => x + 900);
    expect(speechSpan(shifted, RATE, 100)).toEqual(span);
    const halved = speechSpan(
      clip.map((x) => x / 2),
      RATE,
      100,
    )!;
    expect(Math.abs(halved.start - span!.start)).toBeLessThanOrEqual(160);
  });

  it('finds the same speech at 16 kHz', () => {
    const clip = concat(silence(500), word(400), silence(500));
    const doubled = Int16Array.from({ length: clip.length * 2 }, (_, n) => clip[n >> 1]!);
    const span = speechSpan(clip, 8000, 100)!;
    expect(speechSpan(doubled, 16000, 100)).toEqual({ start: span.start * 2, end: span.end * 2 });
  });

  it('stays inside the clip, in order, for any samples', () => {
    fc.assert(
      fc.property(
        fc.int16Array({ maxLength: 4000 }),
        fc.integer({ min: 0, max: 300 }),
        (samples, marginMs) => {
          const span = speechSpan(samples, RATE, marginMs);
          if (span === null) return;
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThan(span.start);
          expect(span.end).toBeLessThanOrEqual(samples.length);
        },
      ),
    );
  });
});

describe('trimSilence', () => {
  it('cuts to the span as a copy, and gives null where nobody speaks', () => {
    const clip = pcm(RATE, concat(silence(800), word(400), silence(800)));
    const { start, end } = speechSpan(clip.samples, RATE, 160)!;
    const cut = trimSilence(clip, 160)!;
    expect(cut).toEqual({ rate: RATE, samples: clip.samples.subarray(start, end) });
    expect(cut.samples.buffer).not.toBe(clip.samples.buffer);
    expect(trimSilence(pcm(RATE, silence(500)), 160)).toBeNull();
  });
});

describe('the quiet after the last sound', () => {
  it('is what follows the last word, to 10 ms', () => {
    for (const after of [100, 250, 900]) {
      const quiet = quietMs(line(concat(silence(300), word(400), silence(after))), RATE)!;
      expect(Math.abs(quiet - after)).toBeLessThanOrEqual(20);
    }
  });

  it('goes by the last seconds alone, and is unknown where nobody speaks', () => {
    expect(quietMs(line(concat(word(400), silence(4_000))), RATE)).toBe(null);
    expect(quietMs(line(silence(500)), RATE)).toBe(null);
    expect(quietMs(new Int16Array(0), RATE)).toBe(null);
  });
});
