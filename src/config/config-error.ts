// The one error for anything a person wrote wrongly in a file or in the environment: where, what was found, what to write.

export interface ConfigFault {
  /** File name as the user gave it, or `environment`. */
  readonly file: string;
  /** 1-based; absent for the environment and for a missing file. */
  readonly line?: number;
  /** Dotted path of the key, e.g. `steps.book-time.go`; empty for the whole file. */
  readonly key: string;
  readonly found: string;
  readonly expected: string;
}

/** The process refuses to start on it: exit code 2. Carries every fault that was found, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(describeFault).join('\n'));
    this.faults = faults;
  }
}

export function describeFault(fault: ConfigFault): string {
  const place = fault.line === undefined ? fault.file : `${fault.file}:${fault.line}`;
  const key = fault.key === '' ? '' : ` ${fault.key}:`;
  return `${place}:${key} found ${fault.found}, expected ${fault.expected}`;
}
