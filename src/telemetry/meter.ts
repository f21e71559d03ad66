// Counts and times for Prometheus behind the Meter port, in a registry of its own.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CounterName, GaugeName, HistogramName, Meter } from '../ports/telemetry.ts';
import { COUNTERS, GAUGES, HISTOGRAMS, METRIC_PREFIX } from './metrics.ts';

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

export interface MeterBundle {
  readonly meter: Meter;
  /** Everything counted so far in the Prometheus text format. */
  readonly expose: () => Promise<Exposition>;
}

export function createMeter(): MeterBundle {
  const registry = new Registry();
  const registers = [registry];
  const counters = mapTable(
    COUNTERS,
    (name, { help, labels }) =>
      new Counter({ name: `${METRIC_PREFIX}${name}_total`, help, labelNames: labels, registers }),
  );
  const histograms = mapTable(
    HISTOGRAMS,
    (name, { help, labels, buckets }) =>
      new Histogram({
        name: METRIC_PREFIX + name,
        help,
        labelNames: labels,
        buckets: [...buckets],
        registers,
      }),
  );
  const gauges = mapTable(
    GAUGES,
    (name, { help, labels }) =>
      new Gauge({ name: METRIC_PREFIX + name, help, labelNames: labels, registers }),
  );
  const meter: Meter = {
    count(name: CounterName, by = 1, labels?: Labels) {
      counters[name].inc(labels ?? {}, by);
    },
    observe(name: HistogramName, value: number, labels?: Labels) {
      histograms[name].observe(labels ?? {}, value);
    },
    gauge(name: GaugeName, value: number, labels?: Labels) {
      gauges[name].set(labels ?? {}, value);
    },
  };
  return {
    meter,
    async expose() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

type Labels = Readonly<Record<string, string>>;

function mapTable<Name extends string, Row, Metric>(
  table: Readonly<Record<Name, Row>>,
  build: (name: Name, row: Row) => Metric,
): Readonly<Record<Name, Metric>> {
  const entries = Object.entries(table) as [Name, Row][];
  return Object.fromEntries(entries.map(([name, row]) => [name, build(name, row)])) as Record<Name, Metric>;
}
