// How long a lane may take for what it does, so that a fault is mended within ten seconds.
import { LINE_HZ } from '../audio/units.ts';
import type { LaneJobs } from './messages.ts';
import type { LaneName } from './settings.ts';

/**
 * From a fault to a lane that works again, 10 s at most: the fault is noticed, a process is started, loads, warms up and
 * shows that it is fast enough. Beside ten calls on 2 cores that start takes speech to text 2.3 to 3.1 s, text to speech
 * 1.6 s, voice activity 0.2 s. So: the longest time to notice + the wait before a second start + 4.4 s <= 10 s, for an idle
 * lane and for runs of up to 30 s of audio.
 */
export const MEND_LIMIT_MS = 10_000;
export const RESTART_BUDGET_MS = 4_400;

/** A lane with nothing to do is asked this often whether it lives. */
export const PING_EVERY_MS = 1_000;
/** It answers in less than 1 ms, but where far too much runs beside it a process may wait a second or two for a core. */
export const PING_LIMIT_MS = 3_000;

/** Less is no sign of a fault on a busy machine: a stall of that length is seen where processes share too few cores. */
const SHORTEST_RUN_LIMIT_MS = 2_000;
/** A run with this much audio may take the whole deadline of its queue; less audio, less time. Measured: 50 ms a second. */
const FULL_RUN_SECONDS = 60;

/** One run at most; then the lane counts as hung. Never more than the queue's deadline for the request. */
export function runLimitMs(job: LaneJobs[LaneName], deadlineMs: number): number {
  if (!('items' in job) || deadlineMs <= SHORTEST_RUN_LIMIT_MS) return deadlineMs;
  const seconds = job.items.reduce((sum, { samples }) => sum + samples.length, 0) / LINE_HZ;
  const share = Math.min(1, seconds / FULL_RUN_SECONDS);
  return SHORTEST_RUN_LIMIT_MS + share * (deadlineMs - SHORTEST_RUN_LIMIT_MS);
}

/** The first start: loading and warming takes 1-5 s on 2 cores; what needs longer than this is broken. */
const FIRST_START_LIMIT_MS = 60_000;
/** A replacement on a busy machine; two that hang one after the other are still seen within a minute of the first death. */
const SHORTEST_START_LIMIT_MS = 20_000;

/** `firstStartMs` is what the first start took, null for the first itself. */
export function startLimitMs(firstStartMs: number | null): number {
  if (firstStartMs === null) return FIRST_START_LIMIT_MS;
  return Math.min(FIRST_START_LIMIT_MS, Math.max(SHORTEST_START_LIMIT_MS, 3 * firstStartMs));
}

/**
 * Where memory is short, pages of a model that nobody uses are taken away. With memory to spare the first request after a
 * minute takes 1.0 to 1.5 times as long as the next ones, with such a run or without. It costs 0.1 % of a core.
 */
export const KEEP_WARM_AFTER_MS = 60_000;

/** A lane that outgrew its memory again and again is relieved once in this time; it serves meanwhile. */
export const RELIEF_EVERY_MS = 60_000;

/** So many deaths within the window, and the lane is given up: a fourth process would die of the same cause. */
export const DEATH_LIMIT = { deaths: 3, withinMs: 60_000 };
/** Before the start that follows a second death within the window: what is short for a moment, as memory, may be there again. */
export const SECOND_START_WAIT_MS = 500;
