// The arithmetic of the load benches: slopes, percentiles of values and of Prometheus histograms.

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Least squares; null for fewer than two different x. */
export function slopeOf(points: readonly Point[]): number | null {
  const meanX = meanOf(points.map(({ x }) => x));
  const meanY = meanOf(points.map(({ y }) => y));
  if (meanX === null || meanY === null) return null;
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (spread === 0) return null;
  return points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

export function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** By nearest rank; null for no values. */
export function percentileOf(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** Cumulative counts by upper bound, as Prometheus writes them; the last bound is Infinity. */
export type Buckets = readonly { readonly le: number; readonly count: number }[];

/** Linear within a bucket; what lies beyond the last finite bound is taken for that bound. Null for no values. */
export function bucketPercentile(buckets: Buckets, share: number): number | null {
  const sorted = [...buckets].sort((a, b) => a.le - b.le);
  const total = sorted.at(-1)?.count ?? 0;
  if (total <= 0) return null;
  const rank = share * total;
  let low = { le: 0, count: 0 };
  for (const bucket of sorted) {
    if (bucket.count >= rank) {
      if (!Number.isFinite(bucket.le)) return low.le;
      const within = bucket.count === low.count ? 1 : (rank - low.count) / (bucket.count - low.count);
      return low.le + (bucket.le - low.le) * within;
    }
    low = bucket;
  }
  return low.le;
}

export function roundTo(value: number, digits: number): number;
export function roundTo(value: number | null, digits: number): number | null;
export function roundTo(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}

export function roundEach(values: Readonly<Record<string, number>>, digits: number): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, roundTo(value, digits)]));
}
