// Where speech begins and ends in a clip, when the agent is heard, and what the caller's line carries.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallerLine, clipOf } from '../../src/simulator/caller-line.ts';
import { ClipBank } from '../../src/simulator/prepared-line.ts';
import { AgentEar, AUDIBLE_LEVEL, speechBounds } from '../../src/simulator/loudness.ts';

/** Silence, a square wave, silence; in ms. */
function clip(leadMs: number, speechMs: number, trailMs: number, level = 8_000): Int16Array {
  const samples = new Int16Array((leadMs + speechMs + trailMs) * 8);
  for (let index = leadMs * 8; index < (leadMs + speechMs) * 8; index += 1) {
    samples[index] = index % 16 < 8 ? level : -level;
  }
  return samples;
}

describe('speechBounds', () => {
  it('leaves the silence at both ends out', () => {
    expect(speechBounds(clip(120, 300, 400))).toEqual({ first: 960, last: 3_359 });
  });

  it('takes room noise for silence beside speech', () => {
    const samples = clip(100, 300, 500).map((value, index) => value + (index % 2 === 0 ? 150 : -150));
    expect(speechBounds(samples)).toEqual({ first: 800, last: 3_199 });
  });

  it('keeps a soft end', () => {
    const samples = clip(0, 300, 300);
    samples.set(clip(0, 100, 0, 500), 2_400);
    expect(speechBounds(samples)?.last).toBe(3_199);
  });

  it.each([[new Int16Array(0)], [new Int16Array(800)], [clip(0, 100, 0, 60)]])(
    'finds none in silence',
    (samples) => {
      expect(speechBounds(samples)).toBeNull();
    },
  );
});

describe('AgentEar', () => {
  it('joins what has short gaps, and separates what was cleared', () => {
    const ear = new AgentEar();
    ear.hear(clip(100, 100, 0), 0);
    ear.hear(clip(250, 50, 0), 1_600);
    ear.hear(clip(400, 100, 0), 4_000);
    ear.cut(1_000);
    ear.hear(clip(20, 50, 0), 8_000);
    expect(ear.spurts).toEqual([
      { startMs: 100, endMs: 500 - 1 / 8 },
      { startMs: 900, endMs: 1_000 - 1 / 8 },
      { startMs: 1_020, endMs: 1_070 - 1 / 8 },
    ]);
    expect(ear.lastAudibleMs).toBe(1_070 - 1 / 8);
  });

  it('does not hear what is as soft as coded silence', () => {
    const ear = new AgentEar();
    ear.hear(new Int16Array(800).fill(AUDIBLE_LEVEL), 0);
    ear.hear(new Int16Array(800).fill(-AUDIBLE_LEVEL), 800);
    expect(ear.lastAudibleMs).toBeNull();
  });

  it('hears the same in blocks of any size', () => {
    const all = clip(100, 200, 500);
    all.set(clip(0, 80, 0), 5_200);
    const whole = new AgentEar();
    whole.hear(all, 0);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), (sizes) => {
        const ear = new AgentEar();
        let at = 0;
        for (let turn = 0; at < all.length; turn += 1) {
          const size = sizes[turn % sizes.length]!;
          ear.hear(all.subarray(at, at + size), at);
          at += size;
        }
        expect(ear.spurts).toEqual(whole.spurts);
      }),
    );
  });
});

/** What the ear must come to, one sample after the other. */
function spurtsBySample(samples: Int16Array, cutMs: number): { startMs: number; endMs: number }[] {
  const spurts: { startMs: number; endMs: number }[] = [];
  samples.forEach((value, index) => {
    if (Math.abs(value) <= AUDIBLE_LEVEL) return;
    const atMs = index / 8;
    const last = spurts.at(-1);
    const cut = last !== undefined && last.endMs < cutMs && atMs >= cutMs;
    if (last !== undefined && !cut && atMs - last.endMs <= 300) last.endMs = atMs;
    else spurts.push({ startMs: atMs, endMs: atMs });
  });
  return spurts;
}

describe('AgentEar and a cut', () => {
  it('finds the same spurts as sample by sample, wherever the cut is', () => {
    const level = fc.constantFrom(0, 0, 0, 5_000, -5_000);
    const stretches = fc.array(fc.tuple(level, fc.integer({ min: 1, max: 400 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(stretches, fc.double({ min: 0, max: 400, noNaN: true }), (parts, cutMs) => {
        const samples = Int16Array.from(parts.flatMap(([value, count]) => Array<number>(count).fill(value)));
        const ear = new AgentEar();
        ear.cut(cutMs);
        ear.hear(samples, 0);
        expect(ear.spurts).toEqual(spurtsBySample(samples, cutMs));
      }),
      { numRuns: 300 },
    );
  });
});

describe('ClipBank', () => {
  const noise = { noiseDbfs: -60, seed: 5 };
  const clips = [clipOf(clip(50, 200, 90)), clipOf(clip(0, 45, 0))];

  it('sends the frames that a line of its own would, coded', () => {
    const bank = new ClipBank({ noiseDbfs: -96, seed: 1 }, clips);
    for (const one of clips) {
      const [line, other] = [bank.line(7), new CallerLine({ noiseDbfs: -96, seed: 1 })];
      line.say(one);
      other.say(one);
      for (let frame = 0; frame < 25; frame += 1) expect(line.frame()).toEqual(other.frame());
    }
  });

  it('has noise before, under and after a clip, and breaks one off for the next', () => {
    const line = new ClipBank(noise, clips).line(300);
    const noisy = Array.from({ length: 500 }, () => line.frame().samples);
    for (const samples of noisy) expect(samples.some((value) => value !== 0)).toBe(true);
    expect(Math.max(...noisy.flatMap((samples) => Array.from(samples)))).toBeLessThan(200);
    line.say(clips[0]!);
    for (let frame = 0; frame < 5; frame += 1) expect(line.frame().clipEnded).toBe(false);
    line.say(clips[1]!);
    const rest = Array.from({ length: 4 }, () => line.frame());
    expect(rest.map(({ clipEnded }) => clipEnded)).toEqual([false, false, true, false]);
    expect(rest.map(({ speechEnded }) => speechEnded)).toEqual([false, false, true, false]);
  });

  it('refuses a clip that was not prepared', () => {
    const line = new ClipBank(noise, []).line(0);
    expect(() => {
      line.say(clips[0]!);
    }).toThrow(RangeError);
  });
});

describe('CallerLine', () => {
  it('sends every sample of a clip once and says in which frame its speech ended', () => {
    fc.assert(
      fc.property(
        fc.nat(300),
        fc.integer({ min: 10, max: 300 }),
        fc.nat(300),
        (leadMs, speechMs, trailMs) => {
          const samples = clip(leadMs, speechMs, trailMs);
          const line = new CallerLine({ noiseDbfs: -96, seed: 1 });
          line.say(clipOf(samples));
          const frames = Array.from({ length: Math.ceil(samples.length / 160) }, () => line.frame());
          const sent = frames.flatMap((frame) => Array.from(frame.samples)).slice(0, samples.length);
          expect(sent).toEqual(Array.from(samples));
          expect(frames.findIndex((frame) => frame.speechEnded)).toBe(
            Math.floor(clipOf(samples).lastSpeechSample / 160),
          );
          expect(frames.map((frame) => frame.clipEnded)).toEqual(
            frames.map((_, index) => index === frames.length - 1),
          );
          expect(line.frame()).toMatchObject({ speechEnded: false, clipEnded: false });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('clips instead of wrapping round', () => {
    const line = new CallerLine({ noiseDbfs: -20, seed: 3 });
    line.say(clipOf(new Int16Array(160).fill(32_767)));
    expect(Math.min(...line.frame().samples)).toBeGreaterThan(20_000);
  });
});
