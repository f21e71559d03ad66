// The benchmark's arithmetic, and that each of its operations runs and gives something.
import { describe, expect, it } from 'vitest';
import { FRAME_US, lastResult, measure, measureSlow } from '../../scripts/bench/measure.ts';
import { perFrameOperations } from '../../scripts/bench/per-frame.ts';

describe('measure', () => {
  it('gives a median below its 95th percentile, as a share of 20 ms too', () => {
    let runs = 0;
    const figure = measure({ name: 'counting', run: () => (runs += 1) });
    expect(figure.medianUs).toBeGreaterThan(0);
    expect(figure.p95Us).toBeGreaterThanOrEqual(figure.medianUs);
    expect(figure.shareOfFrame).toBeCloseTo(figure.medianUs / FRAME_US);
    expect(runs).toBeGreaterThan(figure.samples * figure.runsPerSample);
    expect(lastResult()).toBe(runs);
  });

  it('divides by the units that one run does', async () => {
    const spin = (): Promise<number> => {
      const until = performance.now() + 2;
      let turns = 0;
      while (performance.now() < until) turns += 1;
      return Promise.resolve(turns);
    };
    const whole = await measureSlow({ name: 'whole', run: spin }, 5);
    const fourth = await measureSlow({ name: 'fourth', units: 4, run: spin }, 5);
    expect(whole.medianUs).toBeGreaterThanOrEqual(2000);
    expect(fourth.medianUs).toBeGreaterThanOrEqual(500);
    expect(fourth.medianUs).toBeLessThan(whole.medianUs);
    expect(whole).toMatchObject({ samples: 5, runsPerSample: 1 });
  });
});

describe('the operations of a frame', () => {
  it.each(perFrameOperations())('$name runs and gives a result every time', ({ run }) => {
    const results = Array.from({ length: 4 }, () => run());
    expect(results.every((result) => result !== undefined)).toBe(true);
    expect(results.some((result) => result !== null)).toBe(true);
  });

  it('covers what a frame passes through', () => {
    const names = perFrameOperations().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const part of [
      /mu-law decode/,
      /mu-law encode/,
      /framer/,
      /8 to 16/,
      /16 to 8/,
      /in: JSON/,
      /out: /,
      /step/,
    ]) {
      expect(names.some((name) => part.test(name))).toBe(true);
    }
  });
});
