// Logging and counting as ports, so that the shell never imports a logger or a metrics library.

export type LogFields = Readonly<Record<string, unknown>>;

/** Messages are static; values, personal ones under their agreed keys, go into `fields`. Pino fits this shape. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Logger;
}

/** Every counter with its label; `never` is a counter without one. What each means is told in telemetry/metrics.ts. */
export interface CounterLabels {
  calls: 'outcome';
  calls_refused: 'reason';
  streams_refused: 'reason';
  signature_refused: 'route';
  twilio_messages_ignored: 'reason';
  line_overflows: never;
  frames_received: never;
  frames_lost: never;
  vad_resets: never;
  vad_rebuilds: never;
  vad_windows_lost: 'reason';
  stale_results: 'kind';
  barge_ins: never;
  speculations: 'result';
  watchdogs: 'which';
  lane_restarts: 'lane' | 'reason';
  speech_cache: 'result';
  speech_cache_evictions: never;
  port_failures: 'port' | 'code';
  dials: 'result';
  attempts: 'outcome';
  opt_outs: 'how';
  archive_dropped: never;
}

export interface HistogramLabels {
  turn_stage_ms: 'stage';
  lane_wait_ms: 'lane';
  lane_run_ms: 'lane';
  lane_batch_size: 'lane';
}

export interface GaugeLabels {
  calls_in_progress: never;
  lane_queue_depth: 'lane';
  lane_memory_mb: 'lane';
  speech_cache_bytes: never;
  archive_waiting: never;
  event_loop_delay_ms: 'quantile';
}

export type CounterName = keyof CounterLabels;
export type HistogramName = keyof HistogramLabels;
export type GaugeName = keyof GaugeLabels;

type LabelsOf<Label extends string> = Readonly<Record<Label, string>>;

export interface Meter {
  /** Adds to a counter, e.g. `count('stale_results', 1, { kind: 'transcript' })`. */
  count<Name extends CounterName>(name: Name, by?: number, labels?: LabelsOf<CounterLabels[Name]>): void;
  /** Records one value in a histogram. */
  observe<Name extends HistogramName>(
    name: Name,
    value: number,
    labels?: LabelsOf<HistogramLabels[Name]>,
  ): void;
  gauge<Name extends GaugeName>(name: Name, value: number, labels?: LabelsOf<GaugeLabels[Name]>): void;
}

/** Where nobody looks at counts: simulations, and programs that only read. */
export const NO_METER: Meter = { count: () => undefined, observe: () => undefined, gauge: () => undefined };
