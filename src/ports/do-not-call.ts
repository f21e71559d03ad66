// The list of numbers that are never called again.
import type { EpochMs } from './clock.ts';

export interface DoNotCallEntry {
  /** E.164. */
  readonly number: string;
  readonly at: EpochMs;
  /** Where it comes from: `call:<callSid>`, `command`, `import:<file>`, `api`. */
  readonly source: string;
  readonly note: string;
}

export interface DoNotCallList {
  /** Resolves when it is on disk; a number that is listed already stays as it is. */
  add(entry: DoNotCallEntry): Promise<void>;
  /** Many at once, in one change; how many were not listed before. */
  addAll(entries: readonly DoNotCallEntry[]): Promise<number>;
  /** Whether it was listed. The removal is kept in the audit. */
  remove(number: string, at: EpochMs, source: string): Promise<boolean>;
  find(number: string): Promise<DoNotCallEntry | null>;
  /** In the order of the numbers, after `after`. */
  page(after: string | null, limit: number): Promise<readonly DoNotCallEntry[]>;
}
