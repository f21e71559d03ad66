// Where the values of a sample lie.

/** NaN for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export interface Spread {
  readonly n: number;
  /** Least, 5 %, 25 %, 50 %, 75 %, 95 % and most. */
  readonly at: readonly number[];
}

export const SPREAD_AT = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] as const;

export function spreadOf(values: readonly number[]): Spread {
  return { n: values.length, at: SPREAD_AT.map((share) => percentile(values, share)) };
}
