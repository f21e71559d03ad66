// What a lane does about processes that fall silent, die again and again, grow, or are slow: on a clock that a test moves.
import { afterEach, describe, expect, it } from 'vitest';
import { GRACE_MS } from '../../src/inference/deadline.ts';
import {
  KEEP_WARM_AFTER_MS,
  PING_EVERY_MS,
  PING_LIMIT_MS,
  RELIEF_EVERY_MS,
  SECOND_START_WAIT_MS,
  startLimitMs,
} from '../../src/inference/lane-limits.ts';
import { Lane } from '../../src/inference/lane.ts';
import type { TtsJob } from '../../src/inference/messages.ts';
import { SAMPLE_LIMIT_MS } from '../../src/inference/sample-job.ts';
import { FakeLaneRig, type FakeLaneChild } from '../support/fake-lane-child.ts';
import { codeOf, settled } from '../support/inference.ts';

const JOB: TtsJob = { text: 'Hello.', voice: 'slt' };
const DEADLINE_MS = 5_000;
let rig: FakeLaneRig;
let lane: Lane<'tts'>;
let events: string[];

afterEach(async () => {
  await lane.close();
  expect(rig.clock.pending).toBe(0);
  expect(rig.children.every((child) => child.isGone)).toBe(true);
});

async function warmLane(settings = {}): Promise<FakeLaneChild> {
  rig = new FakeLaneRig(settings);
  lane = new Lane('tts', rig.deps, 'tts-2');
  events = [];
  lane.watch({
    ready: () => events.push('ready'),
    down: ({ code }) => events.push(code),
  });
  const start = lane.start();
  const child = await rig.warmUp();
  await start;
  return child;
}

describe('the heartbeat', () => {
  it('replaces an idle process that does not answer', async () => {
    const silent = await warmLane();
    rig.clock.advance(PING_EVERY_MS);
    expect(silent.countOf('ping')).toBe(1);
    rig.clock.advance(PING_LIMIT_MS + GRACE_MS - 1);
    expect(lane.isReady).toBe(true);
    rig.clock.advance(1);
    expect(silent.dismissed).toBe(true);
    expect(events).toEqual(['ready', 'lane-timeout']);
    rig.clock.advance(0);
    await rig.warmUp();
    expect(events).toEqual(['ready', 'lane-timeout', 'ready']);
    expect(lane.status(0)).toMatchObject({ restarts: 1, pid: 1_001 });
    expect(rig.meter.counts.get('lane_restarts{tts-2,hang}')).toBe(1);
  });

  it('asks once a second as long as it is answered, and shows the memory', async () => {
    const child = await warmLane();
    for (let second = 1; second <= 5; second += 1) {
      rig.clock.advance(PING_EVERY_MS);
      child.say({ type: 'pong', memoryMb: 100 + second });
    }
    expect(child.countOf('ping')).toBe(5);
    expect(lane.status(0).memoryMb).toBe(105);
    expect(rig.meter.gauges.get('lane_memory_mb{tts-2}')).toBe(105);
    expect(rig.children).toHaveLength(1);
  });

  it('waits for the end of a run, which has a deadline of its own, and asks before the next', async () => {
    const child = await warmLane();
    const first = lane.run(JOB, DEADLINE_MS);
    rig.clock.advance(4_000);
    expect(child.countOf('ping')).toBe(0);
    child.answer();
    await first;
    const second = codeOf(lane.run(JOB, DEADLINE_MS));
    expect(child.sent.slice(-2).map(({ type }) => type)).toEqual(['ping', 'run']);
    rig.clock.advance(PING_LIMIT_MS + GRACE_MS);
    expect(await second).toBe('lane-timeout');
  });

  it('kills a run that misses its deadline', async () => {
    const child = await warmLane();
    const run = codeOf(lane.run(JOB, DEADLINE_MS));
    rig.clock.advance(DEADLINE_MS + GRACE_MS - 1);
    expect(child.dismissed).toBe(false);
    rig.clock.advance(1);
    expect(await run).toBe('lane-timeout');
    expect(child.dismissed).toBe(true);
  });

  it('takes an answer that lay unread while our own thread stood still', async () => {
    const child = await warmLane();
    rig.clock.advance(PING_EVERY_MS);
    rig.clock.stall(60_000);
    rig.clock.advance(0);
    child.say({ type: 'pong', memoryMb: 100 });
    rig.clock.advance(PING_LIMIT_MS);
    expect(child.dismissed).toBe(false);
  });

  it('gives the process the time again that the whole machine may have stood still', async () => {
    const child = await warmLane();
    const run = lane.run(JOB, DEADLINE_MS);
    rig.clock.stall(60_000);
    rig.clock.advance(DEADLINE_MS - 1);
    expect(child.dismissed).toBe(false);
    child.answer();
    await run;
  });
});

describe('a lane that dies', () => {
  async function die(): Promise<void> {
    rig.child.exit('exit code 134');
    await settled();
  }

  it('is started at once, then after a moment, and the third time within a minute not again', async () => {
    await warmLane();
    let reason: string | null = null;
    void lane.failed.then((why) => (reason = why));
    await die();
    rig.clock.advance(0);
    expect(rig.children).toHaveLength(2);
    // Before it has served anything.
    await die();
    rig.clock.advance(SECOND_START_WAIT_MS - 1);
    expect(rig.children).toHaveLength(2);
    rig.clock.advance(1);
    await rig.warmUp();
    expect(lane.isReady).toBe(true);
    expect(reason).toBeNull();
    await die();
    expect(reason).toBe(
      'The tts-2 lane cannot be kept alive: it died 3 times within 60 s, the last time: The tts-2 lane ended: exit code 134.',
    );
    expect(lane.condition).toContain('has failed: it died 3 times within 60 s');
    rig.clock.advance(600_000);
    expect(rig.children).toHaveLength(3);
    expect(await codeOf(lane.run(JOB, DEADLINE_MS))).toBe('lane-unavailable');
  });

  it('goes on where the deaths are a minute apart', async () => {
    await warmLane();
    for (let death = 0; death < 6; death += 1) {
      await die();
      rig.clock.advance(SECOND_START_WAIT_MS);
      await rig.warmUp();
      for (let second = 0; second < 30; second += 1) {
        rig.clock.advance(PING_EVERY_MS);
        rig.child.say({ type: 'pong', memoryMb: 100 });
        // The timed inference that keeps it warm.
        rig.child.answer();
        await settled();
      }
    }
    expect(lane.isReady).toBe(true);
    expect(lane.status(0).restarts).toBe(6);
  });

  it('counts a replacement that never gets warm', async () => {
    await warmLane();
    const failed = lane.failed;
    await die();
    rig.clock.advance(0);
    for (let start = 0; start < 2; start += 1) {
      rig.clock.advance(startLimitMs(0) + GRACE_MS);
      await settled();
      rig.clock.advance(SECOND_START_WAIT_MS);
    }
    expect(await failed).toContain('was not warm in 20000 ms');
    expect(rig.meter.counts.get('lane_restarts{tts-2,start}')).toBe(2);
  });

  it('is not fooled by an answer to another run', async () => {
    const child = await warmLane();
    const run = lane.run(JOB, DEADLINE_MS);
    child.say({ type: 'result', id: child.lastRun! - 1, result: {}, inferMs: 1 });
    child.say({ type: 'run-failed', id: child.lastRun! + 1, message: 'no' });
    await settled();
    expect(lane.isBusy).toBe(true);
    child.answer();
    await run;
  });

  it('is not fooled by what a process says after its end', async () => {
    const old = await warmLane();
    const run = codeOf(lane.run(JOB, DEADLINE_MS));
    rig.clock.advance(DEADLINE_MS + GRACE_MS);
    expect(await run).toBe('lane-timeout');
    rig.clock.advance(0);
    const timers = rig.clock.pending;
    old.answer();
    old.say({ type: 'pong', memoryMb: 100_000 });
    old.loaded();
    expect(rig.clock.pending).toBe(timers);
    old.answer();
    await settled();
    expect(lane.isReady).toBe(false);
    const young = await rig.warmUp();
    const next = lane.run(JOB, DEADLINE_MS);
    old.answer();
    old.exit('signal SIGKILL');
    await settled();
    expect(lane.isBusy).toBe(true);
    young.answer();
    await next;
    expect(rig.children).toHaveLength(2);
  });
});

describe('a lane that grows', () => {
  const grown = { type: 'pong', memoryMb: 3_000 } as const;

  async function ping(child: FakeLaneChild, answer: typeof grown): Promise<void> {
    rig.clock.advance(PING_EVERY_MS);
    child.say(answer);
    await settled();
  }

  it('serves until its successor is warm, which takes over between two runs', async () => {
    const old = await warmLane();
    await ping(old, grown);
    expect(rig.kept).toHaveLength(2);
    expect(lane.isReady).toBe(true);
    const run = lane.run(JOB, DEADLINE_MS);
    const young = await rig.warmUp();
    expect(old.dismissed).toBe(false);
    old.answer();
    await run;
    expect(rig.kept).toEqual([young]);
    expect(events).toEqual(['ready', 'ready']);
    expect(lane.status(0)).toMatchObject({ pid: young.pid, restarts: 1 });
    expect(rig.meter.counts.get('lane_restarts{tts-2,memory}')).toBe(1);
    await settled();
    expect(lane.isReady).toBe(true);
  });

  it('is relieved at most once a minute, and that is no death', async () => {
    await warmLane();
    for (let second = 0; second < 300; second += 1) {
      await ping(rig.kept[0]!, grown);
      if (rig.kept.length > 1) await rig.warmUp();
      rig.child.answer();
    }
    expect(rig.children.length).toBeLessThanOrEqual(1 + 300_000 / RELIEF_EVERY_MS);
    expect(rig.children.length).toBeGreaterThan(4);
    expect(lane.isReady).toBe(true);
  });

  it('leaves its place to the successor when it dies before that is warm', async () => {
    const old = await warmLane();
    await ping(old, grown);
    old.exit('signal SIGKILL');
    await settled();
    expect(lane.isReady).toBe(false);
    await rig.warmUp();
    expect(lane.isReady).toBe(true);
    expect(rig.children).toHaveLength(2);
  });

  it('leaves its place to a warm successor when it dies in its last run', async () => {
    const old = await warmLane();
    await ping(old, grown);
    const run = codeOf(lane.run(JOB, DEADLINE_MS));
    await rig.warmUp();
    old.exit('signal SIGKILL');
    expect(await run).toBe('lane-crashed');
    expect(lane.isReady).toBe(true);
    expect(events).toEqual(['ready', 'lane-crashed', 'ready']);
    expect(rig.children).toHaveLength(2);
  });

  it('takes its successor with it when it is given up', async () => {
    await warmLane();
    for (let death = 1; death <= 3; death += 1) {
      if (death === 3) await ping(rig.child, grown);
      rig.kept[0]!.exit('signal SIGKILL');
      rig.clock.advance(SECOND_START_WAIT_MS);
      if (death < 3) await rig.warmUp();
    }
    expect(await lane.failed).toContain('signal SIGKILL');
    expect(rig.kept).toEqual([]);
  });

  it('goes on when its successor dies', async () => {
    const old = await warmLane();
    await ping(old, grown);
    rig.child.exit('exit code 1');
    await settled();
    expect(lane.isReady).toBe(true);
    expect(rig.kept).toEqual([old]);
    expect(events).toEqual(['ready']);
  });

  it('does not start with less memory than it needs', async () => {
    rig = new FakeLaneRig({ laneMemoryMb: 64 });
    lane = new Lane('tts', rig.deps);
    const start = codeOf(lane.start());
    await rig.warmUp();
    expect(await start).toBe(
      'Error: The tts lane holds 100 MB after its warm-up; inference.laneMemoryMb is 64.',
    );
  });
});

describe('a lane that is slow', () => {
  it('is not ready before a timed inference is under its limit', async () => {
    rig = new FakeLaneRig();
    lane = new Lane('tts', rig.deps);
    const start = lane.start();
    expect(lane.condition).toBe('is loading');
    const { child } = rig;
    child.loaded();
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      rig.clock.advance(SAMPLE_LIMIT_MS.tts + attempt);
      child.answer();
      await settled();
      expect(lane.isReady).toBe(false);
      expect(lane.condition).toBe(
        `is too slow: ${500 + attempt} ms for its timed inference, the limit is 500 ms`,
      );
      // The first three tries follow each other, then there is a pause.
      expect(child.countOf('run')).toBe(
        Math.min(3, attempt) + (attempt < 3 ? 1 : 0) + Math.max(0, attempt - 3),
      );
      if (attempt >= 3) rig.clock.advance(1_000);
    }
    child.answer();
    await start;
    expect(lane.isReady).toBe(true);
    expect(rig.logger.of('timed inference is too slow')).toHaveLength(4);
  });

  it('can be closed between two tries', async () => {
    rig = new FakeLaneRig();
    lane = new Lane('tts', rig.deps);
    const start = codeOf(lane.start());
    rig.child.loaded();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      rig.clock.advance(SAMPLE_LIMIT_MS.tts + 1);
      rig.child.answer();
      await settled();
    }
    await lane.close();
    expect(await start).toBe('lane-unavailable');
    expect(rig.clock.pending).toBe(0);
  });

  it('fails its start when its model refuses a common job', async () => {
    rig = new FakeLaneRig();
    lane = new Lane('tts', rig.deps);
    const start = codeOf(lane.start());
    rig.child.loaded();
    rig.child.say({ type: 'run-failed', id: rig.child.lastRun!, message: 'bad model' });
    expect(await start).toBe('Error: The tts lane: bad model');
  });

  it('leaves no trace of the timed inference in the slots of voice activity', async () => {
    rig = new FakeLaneRig({ vadSlots: 3 });
    const vad = new Lane('vad', rig.deps);
    const start = vad.start();
    rig.child.loaded();
    const { sent } = rig.child;
    expect(sent.map(({ type }) => type)).toEqual(['start', 'run', 'reset', 'reset', 'reset']);
    rig.child.say({ type: 'result', id: 1, result: {}, inferMs: 1 });
    await start;
    await vad.close();
    lane = new Lane('tts', rig.deps);
  });
});

describe('a lane with nothing to do', () => {
  it('runs a sample once a minute, and a request waits for its end', async () => {
    const child = await warmLane();
    const before = child.countOf('run');
    for (let second = 0; second < KEEP_WARM_AFTER_MS / PING_EVERY_MS; second += 1) {
      expect(child.countOf('run')).toBe(before);
      rig.clock.advance(PING_EVERY_MS);
      child.say({ type: 'pong', memoryMb: 100 });
    }
    expect(child.countOf('run')).toBe(before + 1);
    expect(lane.isBusy).toBe(true);
    child.answer();
    await settled();
    expect(lane.isBusy).toBe(false);
    expect(events).toEqual(['ready', 'ready']);
  });

  it('lets the socket thread and voice activity go first', async () => {
    const child = await warmLane();
    expect(child.loweredBy).toBeGreaterThan(0);
  });
});
