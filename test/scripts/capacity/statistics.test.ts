// Slopes, percentiles, and what two readings of /metrics say about the time between them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram, Registry } from 'prom-client';
import { Metrics, observed } from '../../../scripts/bench/capacity/prometheus.ts';
import { seededRandom, seedFor } from '../../../scripts/bench/capacity/random.ts';
import { bucketPercentile, percentileOf, slopeOf } from '../../../scripts/bench/capacity/statistics.ts';

describe('slopeOf', () => {
  it('finds the slope of any line, and of noise around it to within the noise', () => {
    const number = fc.double({ min: -1_000, max: 1_000, noNaN: true });
    const xs = fc.uniqueArray(fc.integer({ min: -500, max: 500 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(number, number, xs, (slope, offset, values) => {
        const points = values.map((x) => ({ x, y: slope * x + offset }));
        expect(slopeOf(points)).toBeCloseTo(slope, 4);
      }),
    );
    expect(slopeOf([0, 1, 2, 3].map((x) => ({ x, y: 2 * x + (x % 2 === 0 ? 0.1 : -0.1) })))).toBeCloseTo(
      2,
      0,
    );
  });

  it('knows none for fewer than two different x', () => {
    expect(slopeOf([])).toBeNull();
    expect(slopeOf([{ x: 1, y: 2 }])).toBeNull();
    expect(slopeOf([1, 2, 3].map((y) => ({ x: 5, y })))).toBeNull();
  });
});

describe('percentiles', () => {
  it('are by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.95, 0.99, 1].map((share) => percentileOf(values, share))).toEqual([50, 95, 99, 100]);
    expect(percentileOf([7], 0.5)).toBe(7);
    expect(percentileOf([], 0.5)).toBeNull();
  });

  it('of buckets lie in the bucket that holds the rank', () => {
    const buckets = [
      { le: 1, count: 0 },
      { le: 10, count: 90 },
      { le: 100, count: 99 },
      { le: Infinity, count: 100 },
    ];
    expect(bucketPercentile(buckets, 0.5)).toBeCloseTo(6);
    expect(bucketPercentile(buckets, 0.95)).toBeCloseTo(60);
    expect(bucketPercentile(buckets, 1)).toBe(100);
    expect(bucketPercentile([{ le: Infinity, count: 0 }], 0.5)).toBeNull();
  });
});

describe('Metrics', () => {
  it('reads what prom-client writes, and only what came between two readings', async () => {
    const registry = new Registry();
    const histogram = new Histogram({
      name: 'parley_lane_wait_ms',
      help: 'h',
      labelNames: ['lane'],
      buckets: [1, 10, 100],
      registers: [registry],
    });
    histogram.observe({ lane: 'stt' }, 99);
    histogram.observe({ lane: 'tts' }, 5);
    const before = new Metrics(await registry.metrics());
    for (const value of [2, 4, 6, 8]) histogram.observe({ lane: 'stt' }, value);
    const after = new Metrics(await registry.metrics());
    expect(observed(before, after, 'lane_wait_ms', { lane: 'stt' })).toMatchObject({ count: 4, mean: 5 });
    expect(observed(before, after, 'lane_wait_ms', { lane: 'stt' }).p95).toBeCloseTo(9.55);
    expect(observed(before, after, 'lane_wait_ms', { lane: 'tts' })).toEqual({
      count: 0,
      mean: null,
      p95: null,
    });
    expect(observed(before, after, 'lane_wait_ms', {}).count).toBe(4);
    expect(after.valuesOf('lane_wait_ms_count', 'lane')).toEqual(['stt', 'tts']);
    expect(after.sum('no_such_metric')).toBe(0);
  });

  it('reads labels with quotes and commas, and skips what is not a sample', () => {
    const text =
      '# HELP a b\nparley_x{a="1,\\"2\\"",b="z"} 3\nparley_x 4\nnot a line at all\nparley_y +Inf\n';
    const metrics = new Metrics(text);
    expect(metrics.sum('x')).toBe(7);
    expect(metrics.sum('x', { b: 'z' })).toBe(3);
    expect(metrics.sum('y')).toBe(Infinity);
  });
});

describe('seededRandom', () => {
  it('gives the same for the same seed, another row for another, and stays in its bounds', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const row = (of: number): number[] => {
          const random = seededRandom(of);
          return Array.from({ length: 20 }, () => random.between(-2, 5));
        };
        expect(row(seed)).toEqual(row(seed));
        expect(row(seedFor(seed, 1))).not.toEqual(row(seedFor(seed, 2)));
        for (const value of row(seed)) expect(value >= -2 && value < 5).toBe(true);
      }),
    );
    const random = seededRandom(3);
    const mean =
      Array.from({ length: 4_000 }, () => random.next()).reduce((sum, value) => sum + value, 0) / 4_000;
    expect(mean).toBeGreaterThan(0.45);
    expect(mean).toBeLessThan(0.55);
    expect(() => random.pick([])).toThrow(RangeError);
  });
});
