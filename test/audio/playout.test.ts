// Playout arithmetic: the playhead, how much was played, breaks and clears, and marks that belong to a generation.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  IDLE_PLAYOUT,
  leadMs,
  markName,
  nextGeneration,
  parseMark,
  playedSamples,
  playheadMs,
  rewound,
  sent,
} from '../../src/audio/playout.ts';
import { ms } from '../../src/audio/units.ts';

describe('the playhead', () => {
  it('starts now on an idle line and goes on from where it was on a busy one', () => {
    const first = sent(IDLE_PLAYOUT, ms(1000), 1600);
    expect(playheadMs(first)).toBe(1200);
    const second = sent(first, ms(1100), 800);
    expect(playheadMs(second)).toBe(1300);
    expect(leadMs(second, ms(1100))).toBe(200);
    expect(leadMs(second, ms(5000))).toBe(0);
  });

  it('starts again from now when a new reply begins, in a new generation', () => {
    const line = nextGeneration(sent(IDLE_PLAYOUT, ms(0), 80_000), ms(500));
    expect(line).toEqual({ generation: 1, startMs: 500, from: 0, to: 0 });
  });

  it('never runs backwards and is never further ahead than what was sent', () => {
    const sends = fc.array(fc.tuple(fc.nat(500), fc.nat(4000)), { maxLength: 60 });
    fc.assert(
      fc.property(sends, (list) => {
        let line = IDLE_PLAYOUT;
        let at = 0;
        let total = 0;
        for (const [wait, count] of list) {
          at += wait;
          total += count / 8;
          const before = playheadMs(line);
          line = sent(line, ms(at), count);
          expect(playheadMs(line)).toBeGreaterThanOrEqual(before);
          expect(playheadMs(line) - at).toBeLessThanOrEqual(total + 1e-6);
        }
      }),
    );
  });
});

describe('what was played', () => {
  it('goes with the clock, to the sample, and never beyond what was sent', () => {
    const line = sent(IDLE_PLAYOUT, ms(1000), 800);
    expect([999, 1000, 1000.125, 1050, 1100, 9000].map((at) => playedSamples(line, ms(at)))).toEqual([
      0, 0, 1, 400, 800, 800,
    ]);
  });

  it('stands still while the line is dry', () => {
    const line = sent(sent(IDLE_PLAYOUT, ms(0), 800), ms(500), 800);
    expect([500, 550, 700].map((at) => playedSamples(line, ms(at)))).toEqual([800, 1200, 1600]);
  });

  it('is where a cleared reply goes on, in a new generation', () => {
    const line = rewound(sent(IDLE_PLAYOUT, ms(0), 8000), ms(250));
    expect(line).toEqual({ generation: 1, startMs: 250, from: 2000, to: 2000 });
    expect(leadMs(line, ms(250))).toBe(0);
    expect(playedSamples(sent(line, ms(900), 800), ms(950))).toBe(2400);
  });

  it('is the truth of a line that plays sample after sample', () => {
    const moves = fc.array(fc.tuple(fc.nat(4000), fc.nat(4000)), { maxLength: 40 });
    fc.assert(
      fc.property(moves, (list) => {
        let line = IDLE_PLAYOUT;
        let sample = 0;
        let queued = 0;
        let played = 0;
        for (const [wait, count] of list) {
          sample += wait;
          const now = Math.min(queued, wait);
          played += now;
          queued += count - now;
          expect(playedSamples(line, ms(sample / 8))).toBe(played);
          line = sent(line, ms(sample / 8), count);
        }
      }),
    );
  });
});

describe('marks', () => {
  it('carry their generation', () => {
    expect(parseMark(markName(7, 'end'))).toEqual({ generation: 7, label: 'end' });
  });

  it.each(['', 'end', 'g:end', 'gx:end', 'g1:', 'utt-42', `g1:${'x'.repeat(33)}`])(
    'are not read from %j',
    (name) => {
      expect(parseMark(name)).toBeNull();
    },
  );
});
