// Calendar time and timers for whoever dials: the system's, or one that a simulation drives.
import type { EpochMs } from '../ports/clock.ts';

export interface DiallerClock {
  now(): EpochMs;
  /** Calls `run` once, not before `at`; the returned function cancels it. */
  at(at: EpochMs, run: () => void): () => void;
}
