// The times that a lane is given fit each other: a fault is mended within ten seconds.
import { describe, expect, it } from 'vitest';
import { GRACE_MS } from '../../src/inference/deadline.ts';
import {
  DEATH_LIMIT,
  MEND_LIMIT_MS,
  PING_EVERY_MS,
  PING_LIMIT_MS,
  RESTART_BUDGET_MS,
  runLimitMs,
  SECOND_START_WAIT_MS,
  startLimitMs,
} from '../../src/inference/lane-limits.ts';
import type { SttJob } from '../../src/inference/messages.ts';
import { DEFAULT_INFERENCE_SETTINGS } from '../../src/inference/settings.ts';

const audioOf = (seconds: number): SttJob => ({
  items: [{ samples: new Int16Array(seconds * 8_000), expected: [] }],
});

describe('the limits', () => {
  const { sttDeadlineMs } = DEFAULT_INFERENCE_SETTINGS;

  it('leave ten seconds from a fault to a warm lane', () => {
    const restartMs = SECOND_START_WAIT_MS + RESTART_BUDGET_MS;
    expect(PING_EVERY_MS + PING_LIMIT_MS + GRACE_MS + restartMs).toBeLessThanOrEqual(MEND_LIMIT_MS);
    const longestRunMs = runLimitMs(audioOf(30), sttDeadlineMs);
    expect(longestRunMs + GRACE_MS + restartMs).toBeLessThanOrEqual(MEND_LIMIT_MS);
  });

  it('give a run time by its audio, and never more than the request has', () => {
    const limits = [0, 4, 30, 60, 600].map((seconds) => runLimitMs(audioOf(seconds), 8_000));
    expect(limits).toEqual([2_000, 2_400, 5_000, 8_000, 8_000]);
    expect(runLimitMs(audioOf(30), 500)).toBe(500);
    expect(runLimitMs({ text: 'Hello.', voice: 'slt' }, 5_000)).toBe(5_000);
    const batch = { items: [...audioOf(2).items, ...audioOf(2).items] };
    expect(runLimitMs(batch, 8_000)).toBe(2_400);
  });

  it('give a replacement three times what the first start took, and let three deaths fall into a minute', () => {
    expect([null, 1_000, 7_000, 50_000].map(startLimitMs)).toEqual([60_000, 20_000, 21_000, 60_000]);
    const twoHungStartsMs = 2 * (startLimitMs(0) + GRACE_MS) + SECOND_START_WAIT_MS;
    expect(twoHungStartsMs).toBeLessThan(DEATH_LIMIT.withinMs);
  });
});
