// Reads the server's /metrics and what happened between two readings of it.
import { bucketPercentile, type Buckets } from './statistics.ts';

export type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** One reading of the text format. Names are without the prefix `parley_`. */
export class Metrics {
  readonly #samples: readonly Sample[];

  constructor(text: string) {
    this.#samples = text.split('\n').flatMap((line) => {
      const [, name, labels, value] = LINE.exec(line) ?? [];
      if (name === undefined || value === undefined) return [];
      return [
        { name: name.replace(/^parley_/, ''), labels: readLabels(labels ?? ''), value: numberOf(value) },
      ];
    });
  }

  /** The sum over all samples of this name with at least these labels; 0 for none. */
  sum(name: string, labels: Labels = {}): number {
    return this.#matching(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  /** The values that a label takes on samples of this name. */
  valuesOf(name: string, label: string): readonly string[] {
    return [...new Set(this.#matching(name, {}).flatMap(({ labels }) => labels[label] ?? []))];
  }

  buckets(name: string, labels: Labels): Buckets {
    const counts = new Map<number, number>();
    for (const { labels: own, value } of this.#matching(`${name}_bucket`, labels)) {
      const le = numberOf(own['le'] ?? '');
      counts.set(le, (counts.get(le) ?? 0) + value);
    }
    return [...counts].map(([le, count]) => ({ le, count }));
  }

  #matching(name: string, labels: Labels): readonly Sample[] {
    return this.#samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }
}

export interface HistogramFigures {
  readonly count: number;
  readonly mean: number | null;
  readonly p95: number | null;
}

/** What was observed between two readings. */
export function observed(before: Metrics, after: Metrics, name: string, labels: Labels): HistogramFigures {
  const count = after.sum(`${name}_count`, labels) - before.sum(`${name}_count`, labels);
  if (count <= 0) return { count: 0, mean: null, p95: null };
  const total = after.sum(`${name}_sum`, labels) - before.sum(`${name}_sum`, labels);
  const earlier = new Map(before.buckets(name, labels).map(({ le, count: seen }) => [le, seen]));
  const buckets = after
    .buckets(name, labels)
    .map(({ le, count: seen }) => ({ le, count: seen - (earlier.get(le) ?? 0) }));
  return { count, mean: total / count, p95: bucketPercentile(buckets, 0.95) };
}

function readLabels(text: string): Labels {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(LABEL)) {
    if (name !== undefined && value !== undefined) labels[name] = value;
  }
  return labels;
}

const numberOf = (text: string): number => (text === '+Inf' ? Infinity : Number(text));
