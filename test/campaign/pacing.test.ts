// How many calls may begin: over any history of ticks the rate and the concurrency hold in every second.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowedDials } from '../../src/campaign/pacing.ts';
import { DIAL_LOAD_WINDOW_MS } from '../../src/ports/campaign-store.ts';

const limit = (
  callsPerSecond: number,
  maxConcurrentCalls = 100,
): { callsPerSecond: number; maxConcurrentCalls: number } => ({
  callsPerSecond,
  maxConcurrentCalls,
});
const IDLE = { openInCampaign: 0, openInAll: 0, recentInCampaign: [], recentInAll: [] };

describe('pacing', () => {
  it('allows a second’s worth at once and no more until a second has passed', () => {
    const limits = { campaign: limit(3), account: limit(10), room: 50 };
    expect(allowedDials(IDLE, limits, 5_000).count).toBe(3);
    const busy = { ...IDLE, recentInCampaign: [5_000, 5_000, 5_000], recentInAll: [5_000, 5_000, 5_000] };
    expect(allowedDials(busy, limits, 5_999)).toEqual({ count: 0, at: 6_999 });
    expect(allowedDials(busy, limits, 6_000).count).toBe(3);
  });

  it('says when the slower of campaign and account allows more', () => {
    const limits = { campaign: limit(100), account: limit(0.5), room: 50 };
    const busy = { ...IDLE, recentInAll: [5_000] };
    expect(allowedDials(busy, limits, 5_100)).toEqual({ count: 0, at: 7_000 });
  });

  it.each([
    { who: 'the campaign', load: { ...IDLE, openInCampaign: 4 }, room: 9 },
    { who: 'the account', load: { ...IDLE, openInAll: 8 }, room: 9 },
    { who: 'the server', load: IDLE, room: 0 },
  ])('waits for the end of a call when $who is full', ({ load, room }) => {
    const limits = { campaign: limit(9, 4), account: limit(9, 8), room };
    expect(allowedDials(load, limits, 1)).toEqual({ count: 0, at: null });
  });

  it('keeps the rate in every second, at whatever moments it is asked', () => {
    const rates = fc.constantFrom(0.1, 0.5, 0.9, 1, 1.5, 2, 7, 30);
    const steps = fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 20, maxLength: 120 });
    fc.assert(
      fc.property(rates, rates, steps, (campaignRate, accountRate, waits) => {
        const dials: number[] = [];
        let now = 1_000_000;
        for (const wait of waits) {
          now += wait;
          const recent = dials.filter((at) => now - at < DIAL_LOAD_WINDOW_MS);
          const load = { ...IDLE, recentInCampaign: recent, recentInAll: recent };
          const limits = { campaign: limit(campaignRate), account: limit(accountRate), room: 1_000 };
          const { count } = allowedDials(load, limits, now);
          for (let i = 0; i < count; i += 1) dials.push(now);
        }
        const rate = Math.min(campaignRate, accountRate);
        const [most, withinMs] = rate >= 1 ? [Math.floor(rate), 1_000] : [1, 1_000 / rate];
        for (const [i, at] of dials.entries()) {
          expect(dials.filter((other, j) => j >= i && other - at < withinMs).length).toBeLessThanOrEqual(
            most,
          );
        }
        expect(dials.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
