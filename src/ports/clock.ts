// The wall clock as a port, for the few deadlines that the audio clock cannot keep.
import type { Ms } from '../audio/units.ts';

export interface Clock {
  /** Monotonic milliseconds; the origin is arbitrary. */
  now(): Ms;
  /** Calendar time, for "next Tuesday" and for timestamps that people read. */
  date(): Date;
  /** Calls `run` once after `delay`; the returned function cancels it. The timer never keeps the process alive. */
  after(delay: Ms, run: () => void): () => void;
}

/** Whole milliseconds since 1970 in UTC: calendar time where it is compared or stored. */
export type EpochMs = number;
