// Measures how long the socket thread was kept from its work.
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { Meter } from '../ports/telemetry.ts';
import { createSystemClock } from './system-clock.ts';

/** Milliseconds beyond the probe's own interval. */
export interface EventLoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface EventLoopMonitor {
  /** Since the monitor was made. */
  read(): EventLoopDelay;
  /** Over the last seconds: the last published interval or, if that was better, the one that runs since. */
  recent(): EventLoopDelay;
  /** Ends the measuring and publishing timers; `read` keeps answering with what was seen. */
  stop(): void;
}

/** A probe every 10 ms costs a few µs and sees every stall that a 20 ms frame would feel. */
export const EVENT_LOOP_RESOLUTION_MS = 10;
/** The gauges show the interval before the last publication. */
export const PUBLISH_EVERY_MS = ms(5_000);
/** In less time there are so few probes that one pause of the garbage collector would be the 99th percentile. */
const SHORTEST_INTERVAL_MS = ms(2_000);

export function createEventLoopMonitor(meter: Meter, clock: Clock = createSystemClock()): EventLoopMonitor {
  const whole = startHistogram();
  const recent = startHistogram();
  let published: EventLoopDelay = { p50: 0, p99: 0, max: 0 };
  let publishedAt = clock.now();
  let cancel = clock.after(PUBLISH_EVERY_MS, publish);
  function publish(): void {
    published = delayOf(recent);
    for (const [quantile, value] of Object.entries(published)) {
      meter.gauge('event_loop_delay_ms', value as number, { quantile });
    }
    recent.reset();
    publishedAt = clock.now();
    cancel = clock.after(PUBLISH_EVERY_MS, publish);
  }
  return {
    read: () => delayOf(whole),
    recent() {
      if (clock.now() - publishedAt < SHORTEST_INTERVAL_MS) return published;
      const running = delayOf(recent);
      return running.p99 > published.p99 ? running : published;
    },
    stop() {
      cancel();
      whole.disable();
      recent.disable();
    },
  };
}

function startHistogram(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
  histogram.enable();
  return histogram;
}

/** Node records the whole time between two probes, which is the resolution when nothing is late. */
function delayOf(histogram: IntervalHistogram): EventLoopDelay {
  const beyond = (nanoseconds: number): number =>
    Math.max(0, Math.round((nanoseconds / 1e6 - EVENT_LOOP_RESOLUTION_MS) * 100) / 100);
  if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
  return {
    p50: beyond(histogram.percentile(50)),
    p99: beyond(histogram.percentile(99)),
    max: beyond(histogram.max),
  };
}
