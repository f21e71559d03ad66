// How cores are shared out, and how waits are remembered.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { RecentWaits } from '../../src/inference/recent-waits.ts';
import { shareCores } from '../../src/inference/share.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('the share of cores', () => {
  it.each([
    [1, { sttProcesses: 1, heavyRuns: 1 }],
    [2, { sttProcesses: 1, heavyRuns: 2 }],
    [8, { sttProcesses: 4, heavyRuns: 8 }],
    [64, { sttProcesses: 8, heavyRuns: 64 }],
  ])('of %i cores follows from the machine', (cores, share) => {
    expect(shareCores({ sttProcesses: 'auto', heavyRuns: 'auto' }, cores)).toEqual(share);
  });

  it('is what was set, where it was set', () => {
    expect(shareCores({ sttProcesses: 3, heavyRuns: 1 }, 2)).toEqual({ sttProcesses: 3, heavyRuns: 1 });
  });
});

describe('recent waits', () => {
  it('tell the longest of the last four to five seconds', () => {
    const wait = fc.record({ afterMs: fc.integer({ min: 0, max: 3_000 }), waitMs: fc.nat(1_000) });
    fc.assert(
      fc.property(fc.array(wait, { maxLength: 30 }), fc.nat(9_000), (waits, restMs) => {
        const clock = new ManualClock();
        const recent = new RecentWaits(clock);
        const seen: { at: number; waitMs: number }[] = [];
        for (const { afterMs, waitMs } of waits) {
          clock.advance(ms(afterMs));
          recent.record(waitMs);
          seen.push({ at: clock.now(), waitMs });
        }
        clock.advance(ms(restMs));
        const longest = (withinMs: number): number =>
          Math.max(0, ...seen.filter(({ at }) => clock.now() - at < withinMs).map(({ waitMs }) => waitMs));
        expect(recent.longest()).toBeGreaterThanOrEqual(longest(4_000));
        expect(recent.longest()).toBeLessThanOrEqual(longest(5_001));
      }),
    );
  });
});
