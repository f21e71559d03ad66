// A Logger and a Meter that remember what they were given.
import type { LogFields, Logger, Meter } from '../../src/ports/telemetry.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

export class RecordingLogger implements Logger {
  readonly lines: LogLine[];
  readonly #bindings: LogFields;

  constructor(lines: LogLine[] = [], bindings: LogFields = {}) {
    this.lines = lines;
    this.#bindings = bindings;
  }

  debug(fields: LogFields, message: string): void {
    this.#add('debug', fields, message);
  }

  info(fields: LogFields, message: string): void {
    this.#add('info', fields, message);
  }

  warn(fields: LogFields, message: string): void {
    this.#add('warn', fields, message);
  }

  error(fields: LogFields, message: string): void {
    this.#add('error', fields, message);
  }

  child(fields: LogFields): Logger {
    return new RecordingLogger(this.lines, { ...this.#bindings, ...fields });
  }

  of(message: string): readonly LogLine[] {
    return this.lines.filter((line) => line.message === message);
  }

  #add(level: LogLine['level'], fields: LogFields, message: string): void {
    this.lines.push({ level, message, fields: { ...this.#bindings, ...fields } });
  }
}

export class RecordingMeter implements Meter {
  readonly counts = new Map<string, number>();
  readonly gauges = new Map<string, number>();
  readonly observations: { readonly key: string; readonly value: number }[] = [];

  count(name: string, by = 1, labels: Readonly<Record<string, string>> = {}): void {
    const key = keyOf(name, labels);
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
  }

  observe(name: string, value: number, labels: Readonly<Record<string, string>> = {}): void {
    this.observations.push({ key: keyOf(name, labels), value });
  }

  gauge(name: string, value: number, labels: Readonly<Record<string, string>> = {}): void {
    this.gauges.set(keyOf(name, labels), value);
  }
}

/** `name` or `name{label}`, with the labels' values in the order given. */
function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const values = Object.values(labels);
  return values.length === 0 ? name : `${name}{${values.join(',')}}`;
}
