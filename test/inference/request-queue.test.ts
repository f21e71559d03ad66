// Order, bounds, deadlines and cancellation of the requests in front of a lane.
import { beforeEach, describe, expect, it } from 'vitest';
import { RequestQueue } from '../../src/inference/request-queue.ts';
import { CallError } from '../../src/ports/errors.ts';
import { PaperLane, settled } from '../support/inference.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingMeter } from '../support/recorded-telemetry.ts';

const DEADLINE_MS = 1_000;
const audio = { audio: new Uint8Array(4) };
let lane: PaperLane<'tts'>;
let clock: ManualClock;
let queue: RequestQueue<'tts'>;

beforeEach(() => {
  lane = new PaperLane('tts');
  clock = new ManualClock();
  queue = new RequestQueue(
    lane,
    { waiting: 3, deadlineMs: DEADLINE_MS },
    { clock, meter: new RecordingMeter() },
  );
});

/** The request's outcome as it stands: `waiting`, `done` or the error's code. */
function ask(text: string, urgent = false, signal = new AbortController().signal): { outcome: string } {
  const seen = { outcome: 'waiting' };
  queue.submit({ text, voice: 'slt' }, urgent, signal).then(
    () => (seen.outcome = 'done'),
    (error: unknown) => (seen.outcome = error instanceof CallError ? error.code : String(error)),
  );
  return seen;
}

const texts = (): string[] => lane.jobs.map((job) => job.text);

describe('the request queue', () => {
  it('serves urgent requests first and each kind in its order', async () => {
    for (const [text, urgent] of [
      ['a', false],
      ['b', false],
      ['C', true],
      ['D', true],
    ] as const)
      ask(text, urgent);
    for (let i = 0; i < 4; i += 1) await lane.answer(audio);
    expect(texts()).toEqual(['a', 'C', 'D', 'b']);
    expect(clock.pending).toBe(0);
  });

  it('tells how long a request waited', async () => {
    ask('a');
    const second = queue.submit({ text: 'b', voice: 'slt' }, false, new AbortController().signal);
    clock.advance(40);
    await lane.answer(audio);
    await lane.answer(audio);
    expect(await second).toEqual({ result: audio, waitMs: 40, inferMs: 1 });
  });

  it('refuses what exceeds its bound, and gives up its newest unhurried request for an urgent one', async () => {
    const [running, a, b, c, refused] = ['running', 'a', 'b', 'c', 'd'].map((text) => ask(text));
    await settled();
    expect(refused!.outcome).toBe('queue-full');
    const urgent = ask('E', true);
    await settled();
    expect([running, a, b, c, urgent].map((one) => one!.outcome)).toEqual([
      'waiting',
      'waiting',
      'waiting',
      'queue-full',
      'waiting',
    ]);
    ask('F', true);
    ask('G', true);
    const last = ask('H', true);
    await settled();
    expect(last.outcome).toBe('queue-full');
    expect(queue.depth).toBe(3);
  });

  it('lets a cancelled request cost nothing before it has begun', async () => {
    const controller = new AbortController();
    ask('a');
    const cancelled = ask('b', false, controller.signal);
    ask('c');
    controller.abort();
    await settled();
    expect(cancelled.outcome).toBe('cancelled');
    await lane.answer(audio);
    await lane.answer(audio);
    expect(texts()).toEqual(['a', 'c']);
    const late = ask('d', true, controller.signal);
    await settled();
    expect(late.outcome).toBe('cancelled');
    expect(lane.isBusy).toBe(false);
  });

  it('drops the result of a request that was cancelled while it ran', async () => {
    const controller = new AbortController();
    const cancelled = ask('a', false, controller.signal);
    controller.abort();
    await settled();
    expect(cancelled.outcome).toBe('cancelled');
    const next = ask('b');
    await lane.answer(audio);
    await lane.answer(audio);
    expect([cancelled.outcome, next.outcome]).toEqual(['cancelled', 'done']);
  });

  it('fails a request at its deadline, waiting or running', async () => {
    const running = ask('a');
    clock.advance(400);
    const waiting = ask('b');
    clock.advance(600);
    await settled();
    expect([running.outcome, waiting.outcome]).toEqual(['lane-timeout', 'waiting']);
    clock.advance(400);
    await settled();
    expect(waiting.outcome).toBe('lane-timeout');
    await lane.answer(audio);
    expect(texts()).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });

  it('fails everything with a lane that dies, refuses meanwhile, and goes on with its successor', async () => {
    const requests = [ask('a'), ask('b')];
    await lane.die(new CallError('lane-crashed', 'gone'));
    const meanwhile = ask('c');
    await settled();
    expect(requests.map((one) => one.outcome)).toEqual(['lane-crashed', 'lane-crashed']);
    expect(meanwhile.outcome).toBe('lane-unavailable');
    await lane.revive();
    const after = ask('d');
    await lane.answer(audio);
    expect(after.outcome).toBe('done');
    expect(clock.pending).toBe(0);
  });
});
