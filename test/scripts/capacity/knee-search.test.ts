// The ramp and the halving, over machines that carry any number of calls.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KneeSearch } from '../../../scripts/bench/capacity/knee-search.ts';

function search(capacity: number, maxCalls = 900): { steps: number[]; knee: ReturnType<KneeSearch['knee']> } {
  const knee = new KneeSearch({ list: null, maxCalls });
  const steps: number[] = [];
  for (let calls = knee.next(); calls !== null; calls = knee.next()) {
    steps.push(calls);
    knee.record({ calls, good: calls <= capacity });
  }
  return { steps, knee: knee.knee() };
}

describe('KneeSearch', () => {
  it('goes up the ramp, then halves the gap until it is two calls or 5 %', () => {
    expect(search(34).steps).toEqual([1, 2, 5, 10, 20, 30, 40, 35, 32, 33]);
    expect(search(34).knee).toEqual({ calls: 33, reached: true });
    expect(search(130).steps).toEqual([1, 2, 5, 10, 20, 30, 40, 60, 80, 100, 120, 140, 130, 135]);
  });

  it('finds any knee to within two calls or 5 %, in few steps, and never asks twice or beyond the limit', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 1, max: 900 }), (capacity, maxCalls) => {
        const { steps, knee } = search(capacity, maxCalls);
        expect(new Set(steps).size).toBe(steps.length);
        expect(Math.max(...steps)).toBeLessThanOrEqual(maxCalls);
        expect(steps.length).toBeLessThan(60);
        const true_ = Math.min(capacity, maxCalls);
        expect(knee.calls).toBeLessThanOrEqual(true_);
        expect(true_ - knee.calls).toBeLessThanOrEqual(knee.reached ? Math.max(2, 0.05 * true_) : 0);
        expect(knee.reached).toBe(capacity < maxCalls);
      }),
    );
  });

  it('halves between the highest good and the lowest bad step of a machine that is not the same every time', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 80, maxLength: 80 }), (outcomes) => {
        const knee = new KneeSearch({ list: null, maxCalls: 400 });
        let bad = Infinity;
        for (const good of outcomes) {
          const calls = knee.next();
          if (calls === null) break;
          expect(calls).toBeLessThan(bad);
          knee.record({ calls, good });
          if (!good) bad = calls;
          expect(knee.knee().calls).toBeLessThan(bad);
        }
        expect(knee.next()).toBeNull();
      }),
    );
  });

  it('measures exactly the listed steps, and takes the knee below the first bad one', () => {
    const knee = new KneeSearch({ list: [5, 1, 10, 8], maxCalls: 3 });
    const outcomes = [true, true, false, true];
    const steps = outcomes.map((good) => {
      const calls = knee.next()!;
      knee.record({ calls, good });
      return calls;
    });
    expect(steps).toEqual([5, 1, 10, 8]);
    expect(knee.next()).toBeNull();
    expect(knee.knee()).toEqual({ calls: 8, reached: true });
  });

  it('has a knee of 0 calls when not even one is good, and none beyond a stop', () => {
    expect(search(0)).toEqual({ steps: [1], knee: { calls: 0, reached: true } });
    const stopped = new KneeSearch({ list: null, maxCalls: 100 });
    stopped.record({ calls: 1, good: true });
    stopped.stop();
    expect(stopped.next()).toBeNull();
    expect(stopped.knee()).toEqual({ calls: 1, reached: false });
  });
});
