// How loud the played audio was: by playing time, in 20 ms, without what was cleared, and bounded.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUIETEST_DBFS, rmsDbfs } from '../../src/audio/level.ts';
import { LEVELS_KEPT_MS, LineLevels } from '../../src/audio/line-levels.ts';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.ts';
import { mulaw8k, ms, pcm, type Mulaw8k } from '../../src/audio/units.ts';
import { noise, sine } from '../support/tones.ts';

const tone = (durationMs: number, amplitude: number): Mulaw8k =>
  encodeMulaw(pcm(8000, sine(500, 8000, durationMs * 8, amplitude)));
const levelOf = (audio: Mulaw8k): number => rmsDbfs(decodeMulaw(audio).samples);

describe('the levels of the line', () => {
  it('are those of the audio, where it is played and nowhere else', () => {
    const levels = new LineLevels(ms(400));
    levels.add(ms(1000), tone(100, 8000));
    levels.add(ms(1300), tone(100, 800));
    expect(levels.loudestDbfs(ms(1032), ms(1064))).toBeCloseTo(levelOf(tone(20, 8000)), 1);
    expect(levels.loudestDbfs(ms(1332), ms(1364))).toBeCloseTo(levelOf(tone(20, 800)), 1);
    expect(levels.loudestDbfs(ms(1000), ms(1400))).toBeCloseTo(levelOf(tone(20, 8000)), 1);
    expect(levels.loudestDbfs(ms(900), ms(1000))).toBe(QUIETEST_DBFS);
    expect(levels.loudestDbfs(ms(1100), ms(1300))).toBe(QUIETEST_DBFS);
  });

  it('find one loud frame among quiet ones', () => {
    const levels = new LineLevels(ms(400));
    for (let frame = 0; frame < 10; frame += 1) {
      levels.add(ms(frame * 20), tone(20, frame === 6 ? 16_000 : 100));
    }
    expect(levels.loudestDbfs(ms(0), ms(200))).toBeCloseTo(levelOf(tone(20, 16_000)), 1);
    expect(levels.loudestDbfs(ms(0), ms(120))).toBeLessThan(-50);
    expect(levels.loudestDbfs(ms(139), ms(150))).toBeGreaterThan(-12);
    expect(levels.loudestDbfs(ms(140), ms(150))).toBeLessThan(-50);
  });

  it('are of 20 ms in whatever pieces the audio was sent', () => {
    const audio = encodeMulaw(pcm(8000, noise(4000, 9000)));
    const whole = new LineLevels(ms(400));
    whole.add(ms(0), audio);
    const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(cuts, fc.nat(480), fc.nat(100), (sizes, from, length) => {
        const pieces = new LineLevels(ms(400));
        let at = 0;
        for (let index = 0; at < audio.length; index += 1) {
          const size = sizes[index % sizes.length] ?? 1;
          pieces.add(ms(at / 8), mulaw8k(audio.subarray(at, at + size)));
          at += size;
        }
        const asked = [ms(from), ms(from + length)] as const;
        expect(pieces.loudestDbfs(...asked)).toBeCloseTo(whole.loudestDbfs(...asked), 6);
      }),
      { numRuns: 200 },
    );
  });

  it('end where the line was cleared, and go on with what is sent afterwards', () => {
    const levels = new LineLevels(ms(400));
    levels.add(ms(0), tone(400, 8000));
    levels.cut(ms(90));
    expect(levels.loudestDbfs(ms(70), ms(90))).toBeGreaterThan(-20);
    expect(levels.loudestDbfs(ms(90), ms(400))).toBe(QUIETEST_DBFS);
    levels.add(ms(90), tone(40, 80));
    expect(levels.loudestDbfs(ms(90), ms(130))).toBeCloseTo(levelOf(tone(20, 80)), 0);
  });

  it('are kept for a second besides the lead, and no longer', () => {
    const levels = new LineLevels(ms(400));
    levels.add(ms(0), tone(20, 16_000));
    for (let at = 20; at < 1400; at += 20) levels.add(ms(at), tone(20, 100));
    expect(levels.loudestDbfs(ms(0), ms(20))).toBeGreaterThan(-12);
    for (let at = 1400; at < 1400 + LEVELS_KEPT_MS; at += 20) levels.add(ms(at), tone(20, 100));
    expect(levels.loudestDbfs(ms(0), ms(980))).toBe(QUIETEST_DBFS);
    expect(levels.loudestDbfs(ms(1000), ms(2400))).toBeGreaterThan(QUIETEST_DBFS);
  });
});
