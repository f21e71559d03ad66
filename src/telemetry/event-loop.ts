// Measures how long the socket thread was kept from its work.
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface EventLoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface EventLoopMonitor {
  /** Milliseconds beyond the timer's own resolution since the monitor was made or last reset. */
  read(): EventLoopDelay;
  reset(): void;
  /** Ends the measuring timer; `read` keeps answering with what was seen. */
  stop(): void;
}

/** A probe every 10 ms costs a few µs and sees every stall that a 20 ms frame would feel. */
export const EVENT_LOOP_RESOLUTION_MS = 10;

export function createEventLoopMonitor(): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
  histogram.enable();
  // Node records the whole interval between two probes, which is the resolution when nothing is late.
  const beyond = (nanoseconds: number): number =>
    Math.max(0, Math.round((nanoseconds / 1e6 - EVENT_LOOP_RESOLUTION_MS) * 100) / 100);
  return {
    read() {
      if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
      return {
        p50: beyond(histogram.percentile(50)),
        p99: beyond(histogram.percentile(99)),
        max: beyond(histogram.max),
      };
    },
    reset() {
      histogram.reset();
    },
    stop() {
      histogram.disable();
    },
  };
}
