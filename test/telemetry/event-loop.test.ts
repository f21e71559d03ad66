// The event-loop monitor sees a blocked thread, subtracts its own interval, and stops.
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  createEventLoopMonitor,
  EVENT_LOOP_RESOLUTION_MS,
  PUBLISH_EVERY_MS,
} from '../../src/telemetry/event-loop.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingMeter } from '../support/recorded-telemetry.ts';

/** The loop turns until `done` says so; the test's own time limit bounds it. */
async function turnUntil(done: () => boolean): Promise<void> {
  while (!done()) await nextTurn();
}
function block(forMs: number): void {
  const until = performance.now() + forMs;
  while (performance.now() < until);
}

describe('the event-loop monitor', () => {
  it('reports a stall beyond its own resolution, over its life and per interval', async () => {
    const clock = new ManualClock();
    const meter = new RecordingMeter();
    const monitor = createEventLoopMonitor(meter, clock);
    const startedAt = performance.now();
    await turnUntil(() => performance.now() - startedAt > 8 * EVENT_LOOP_RESOLUTION_MS);
    block(120);
    await turnUntil(() => monitor.read().max > 80);
    const { p50, p99, max } = monitor.read();
    expect(p50).toBeLessThan(20);
    expect(p99).toBeLessThanOrEqual(max);
    expect(max).toBeLessThan(1_000);
    clock.advance(PUBLISH_EVERY_MS);
    expect(meter.gauges.get('event_loop_delay_ms{max}')).toBeGreaterThan(80);
    clock.advance(PUBLISH_EVERY_MS);
    expect(meter.gauges.get('event_loop_delay_ms{max}')).toBeLessThan(80);
    expect(monitor.read().max).toBe(max);
    monitor.stop();
    expect(clock.pending).toBe(0);
    expect(monitor.read().max).toBe(max);
  });

  it('tells of late: the last interval, and the running one once it is long enough and worse', async () => {
    const clock = new ManualClock();
    const monitor = createEventLoopMonitor(new RecordingMeter(), clock);
    const startedAt = performance.now();
    await turnUntil(() => performance.now() - startedAt > 2 * EVENT_LOOP_RESOLUTION_MS);
    block(120);
    await turnUntil(() => monitor.read().max > 80);
    expect(monitor.recent()).toEqual({ p50: 0, p99: 0, max: 0 });
    clock.advance(2_000);
    expect(monitor.recent().p99).toBeGreaterThan(80);
    clock.advance(PUBLISH_EVERY_MS - 2_000);
    const published = monitor.recent();
    expect(published.p99).toBeGreaterThan(80);
    clock.advance(2_000);
    expect(monitor.recent()).toBe(published);
    clock.advance(PUBLISH_EVERY_MS);
    expect(monitor.recent()).not.toBe(published);
    monitor.stop();
  });

  it('reads zero before the first probe', () => {
    const monitor = createEventLoopMonitor(new RecordingMeter(), new ManualClock());
    expect(monitor.read()).toEqual({ p50: 0, p99: 0, max: 0 });
    monitor.stop();
  });
});
