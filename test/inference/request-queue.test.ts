// Order, batches, bounds, deadlines and cancellation of the requests in front of lanes.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SttItem, SttText } from '../../src/inference/messages.ts';
import { PRIORITY, type Priority } from '../../src/inference/priority.ts';
import { RequestQueue } from '../../src/inference/request-queue.ts';
import { RunGate } from '../../src/inference/run-gate.ts';
import { TTS_BATCHING } from '../../src/inference/synthesizer.ts';
import { sttBatching } from '../../src/inference/transcriber.ts';
import { CallError } from '../../src/ports/errors.ts';
import { PaperLane, settled } from '../support/inference.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingMeter } from '../support/recorded-telemetry.ts';

const DEADLINE_MS = 1_000;
const GATHER_MS = 3;
const { finalText, firstClause, speculativeText, laterClause } = PRIORITY;

interface Asked {
  outcome: string;
}

/** The request's outcome as it stands: `waiting`, what it was answered, or the error's code. */
function watched(answer: Promise<{ readonly result: unknown }>): Asked {
  const asked = { outcome: 'waiting' };
  answer.then(
    ({ result }) => (asked.outcome = (result as { text?: string }).text ?? 'done'),
    (error: unknown) => (asked.outcome = error instanceof CallError ? error.code : String(error)),
  );
  return asked;
}

class SttRig {
  readonly clock = new ManualClock();
  readonly meter = new RecordingMeter();
  readonly gate: RunGate;
  readonly lanes: readonly PaperLane<'stt'>[];
  readonly queue: RequestQueue<'stt', SttItem, SttText>;

  constructor(lanes = 1, { waiting = 3, gatherMs = 0, gate = new RunGate(8) } = {}) {
    this.gate = gate;
    this.lanes = Array.from({ length: lanes }, () => new PaperLane('stt'));
    const limits = { waiting, deadlineMs: DEADLINE_MS };
    this.queue = new RequestQueue(this.lanes, sttBatching(gatherMs), limits, this);
  }

  /** The name of a request is the phrase it expects. */
  ask(
    name: string,
    priority: Priority = speculativeText,
    { seconds = 1, signal = new AbortController().signal } = {},
  ): Asked {
    const item = { samples: new Int16Array(seconds * 8_000), expected: [name] };
    return watched(this.queue.submit(item, priority, signal));
  }

  /** The names in each run so far. */
  runs(lane = 0): string[][] {
    return this.lanes[lane]!.jobs.map((job) => job.items.map(({ expected }) => expected[0]!));
  }

  /** Each of a run's items is told its own name. */
  async answer(lane = 0): Promise<void> {
    const names = this.runs(lane).at(-1)!;
    await this.lanes[lane]!.answer({
      items: names.map((text) => ({ text, matched: null, confidence: 1, ending: 1 })),
    });
  }
}

describe('the queue of a single lane', () => {
  let rig: SttRig;
  beforeEach(() => {
    rig = new SttRig();
  });

  it('serves urgent requests first and each kind in its order', async () => {
    rig = new SttRig(1, { waiting: 9 });
    rig.ask('running');
    rig.ask('a');
    rig.ask('C', finalText);
    rig.ask('b');
    rig.ask('D', finalText);
    for (let i = 0; i < 3; i += 1) await rig.answer();
    expect(rig.runs()).toEqual([['running'], ['C', 'D'], ['a', 'b']]);
    expect(rig.clock.pending).toBe(0);
  });

  it('lets a request that has become urgent pass the others', async () => {
    rig.ask('running');
    const urgent = new AbortController();
    const { signal } = new AbortController();
    rig.ask('a');
    const item = { samples: new Int16Array(8), expected: ['b'] };
    const asked = watched(rig.queue.submit(item, speculativeText, signal, urgent.signal));
    rig.clock.advance(70);
    expect(rig.queue.waitMs).toBe(0);
    urgent.abort();
    expect(rig.queue.waitMs).toBe(70);
    await rig.answer();
    await rig.answer();
    await rig.answer();
    expect(rig.runs()).toEqual([['running'], ['b'], ['a']]);
    expect(asked.outcome).toBe('b');
  });

  it('tells each request of a batch its own result, and how long it waited', async () => {
    rig.ask('running');
    const b = rig.queue.submit(
      { samples: new Int16Array(8), expected: ['b'] },
      finalText,
      new AbortController().signal,
    );
    rig.clock.advance(40);
    const c = rig.ask('c', finalText);
    await rig.answer();
    expect(rig.queue.waitMs).toBe(40);
    await rig.answer();
    expect(await b).toEqual({
      result: { text: 'b', matched: null, confidence: 1, ending: 1 },
      waitMs: 40,
      inferMs: 1,
    });
    expect(c.outcome).toBe('c');
  });

  it('fills a run up to eight requests or sixteen seconds, and takes a longer one by itself', async () => {
    rig = new SttRig(1, { waiting: 40 });
    rig.ask('running');
    for (let i = 0; i < 10; i += 1) rig.ask(`s${i}`, finalText);
    for (const name of ['x', 'y', 'z']) rig.ask(name, finalText, { seconds: 7 });
    rig.ask('long', finalText, { seconds: 28 });
    for (let i = 0; i < 5; i += 1) await rig.answer();
    expect(rig.runs().map((run) => run.length)).toEqual([1, 8, 4, 1, 1]);
    expect(rig.runs().slice(2)).toEqual([['s8', 's9', 'x', 'y'], ['z'], ['long']]);
  });

  it('refuses what exceeds its bound, and gives up its newest unhurried request for an urgent one', async () => {
    const [running, a, b, c, refused] = ['running', 'a', 'b', 'c', 'd'].map((name) => rig.ask(name));
    await settled();
    expect(refused!.outcome).toBe('queue-full');
    const urgent = rig.ask('E', finalText);
    await settled();
    expect([running, a, b, c, urgent].map((one) => one!.outcome)).toEqual([
      'waiting',
      'waiting',
      'waiting',
      'queue-full',
      'waiting',
    ]);
    rig.ask('F', finalText);
    rig.ask('G', finalText);
    const last = rig.ask('H', finalText);
    await settled();
    expect(last.outcome).toBe('queue-full');
    expect(rig.queue.depth).toBe(3);
  });

  it('lets a cancelled request cost nothing before it has begun', async () => {
    const controller = new AbortController();
    rig.ask('a');
    const cancelled = rig.ask('b', speculativeText, { signal: controller.signal });
    rig.ask('c');
    controller.abort();
    await settled();
    expect(cancelled.outcome).toBe('cancelled');
    await rig.answer();
    await rig.answer();
    expect(rig.runs()).toEqual([['a'], ['c']]);
    const late = rig.ask('d', finalText, { signal: controller.signal });
    await settled();
    expect(late.outcome).toBe('cancelled');
    expect(rig.lanes[0]!.isBusy).toBe(false);
  });

  it('drops the result of a request that was cancelled while it ran', async () => {
    const controller = new AbortController();
    const cancelled = rig.ask('a', speculativeText, { signal: controller.signal });
    controller.abort();
    await settled();
    expect(cancelled.outcome).toBe('cancelled');
    expect(rig.lanes[0]!.sent).toEqual(['run', 'drop 0']);
    const next = rig.ask('b');
    await rig.answer();
    await rig.answer();
    expect([cancelled.outcome, next.outcome]).toEqual(['cancelled', 'b']);
  });

  it('fails a request at its deadline, waiting or running', async () => {
    const running = rig.ask('a');
    rig.clock.advance(400);
    const waiting = rig.ask('b');
    rig.clock.advance(600);
    await settled();
    expect([running.outcome, waiting.outcome]).toEqual(['lane-timeout', 'waiting']);
    rig.clock.advance(400);
    await settled();
    expect(waiting.outcome).toBe('lane-timeout');
    await rig.answer();
    expect(rig.runs()).toEqual([['a']]);
    expect(rig.clock.pending).toBe(0);
  });

  it('fails everything with a lane that dies, refuses meanwhile, and goes on with its successor', async () => {
    const requests = [rig.ask('a'), rig.ask('b')];
    await rig.lanes[0]!.die(new CallError('lane-crashed', 'gone'));
    const meanwhile = rig.ask('c');
    await settled();
    expect(requests.map((one) => one.outcome)).toEqual(['lane-crashed', 'lane-crashed']);
    expect(meanwhile.outcome).toBe('lane-unavailable');
    await rig.lanes[0]!.revive();
    const after = rig.ask('d');
    await rig.answer();
    expect(after.outcome).toBe('d');
    expect(rig.clock.pending).toBe(0);
  });
});

describe('gathering', () => {
  it('holds the first request of an idle lane for its company, and no longer than the time set', () => {
    const rig = new SttRig(1, { gatherMs: GATHER_MS, waiting: 20 });
    rig.ask('a');
    rig.clock.advance(GATHER_MS - 1);
    rig.ask('b');
    expect(rig.runs()).toEqual([]);
    rig.clock.advance(1);
    expect(rig.runs()).toEqual([['a', 'b']]);
  });

  it('does not wait for more than a run takes', () => {
    const rig = new SttRig(1, { gatherMs: GATHER_MS, waiting: 20 });
    for (let i = 0; i < 8; i += 1) rig.ask(`${i}`);
    expect(rig.runs()[0]).toHaveLength(8);
  });

  it('does not wait again behind a run that was waited for', async () => {
    const rig = new SttRig(1, { gatherMs: GATHER_MS });
    rig.ask('a');
    rig.clock.advance(GATHER_MS);
    rig.ask('b');
    rig.clock.advance(GATHER_MS);
    await rig.answer();
    expect(rig.runs()).toEqual([['a'], ['b']]);
  });
});

describe('several lanes', () => {
  it('share one queue, and the death of one costs only what it worked on', async () => {
    const rig = new SttRig(2);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => rig.ask(name, finalText));
    expect([rig.runs(0), rig.runs(1)]).toEqual([[['a']], [['b']]]);
    await rig.lanes[0]!.die(new CallError('lane-crashed', 'gone'));
    expect([a!.outcome, b!.outcome, c!.outcome]).toEqual(['lane-crashed', 'waiting', 'waiting']);
    await rig.answer(1);
    await rig.answer(1);
    expect([b!.outcome, c!.outcome]).toEqual(['b', 'c']);
  });
});

describe('the gate of all lanes', () => {
  it('lets the most urgent run begin, whichever lane it is for', async () => {
    const gate = new RunGate(1);
    const rig = new SttRig(1, { gate });
    const tts = new PaperLane('tts');
    const speaking = new RequestQueue([tts], TTS_BATCHING, { waiting: 9, deadlineMs: DEADLINE_MS }, rig);
    const order: string[] = [];
    const say = (text: string, priority: Priority): void => {
      void speaking.submit({ text, voice: 'slt' }, priority, new AbortController().signal);
    };
    rig.ask('running');
    say('later clause', laterClause);
    rig.ask('guess', speculativeText);
    say('first clause', firstClause);
    rig.ask('text', finalText);
    for (let i = 0; i < 5; i += 1) {
      const busy = rig.lanes[0]!.isBusy;
      expect(busy && tts.isBusy).toBe(false);
      order.push(busy ? rig.runs().at(-1)![0]! : tts.jobs.at(-1)!.text);
      if (busy) await rig.answer();
      else await tts.answer({ audio: new Uint8Array(0) });
    }
    expect(order).toEqual(['running', 'text', 'first clause', 'guess', 'later clause']);
  });

  it('answers every request once, in any order of requests, cancellations, answers, deaths and time', async () => {
    const action = fc.oneof(
      fc.record({
        do: fc.constant('ask' as const),
        priority: fc.constantFrom(finalText, speculativeText),
        seconds: fc.integer({ min: 0, max: 20 }),
      }),
      fc.record({ do: fc.constant('cancel' as const), which: fc.nat(40) }),
      fc.record({ do: fc.constantFrom('answer', 'die', 'revive'), lane: fc.nat(1) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 600 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const rig = new SttRig(2, { gatherMs: GATHER_MS, gate: new RunGate(2) });
        const asked: { readonly controller: AbortController; readonly seen: Asked }[] = [];
        for (const step of actions) {
          if (step.do === 'ask') {
            const controller = new AbortController();
            const { seconds } = step;
            const seen = rig.ask(`${asked.length}`, step.priority, { seconds, signal: controller.signal });
            asked.push({ controller, seen });
          } else if (step.do === 'cancel') asked[step.which]?.controller.abort();
          else if (step.do === 'wait') rig.clock.advance(step.ms);
          else {
            const lane = rig.lanes[step.lane]!;
            if (step.do === 'answer' && lane.isBusy) await rig.answer(step.lane);
            else if (step.do === 'die' && lane.isReady) await lane.die(new CallError('lane-crashed', 'gone'));
            else if (step.do === 'revive' && !lane.isReady) await lane.revive();
          }
          await settled();
          expect(rig.queue.depth).toBeLessThanOrEqual(3);
        }
        for (const lane of rig.lanes) if (!lane.isReady) await lane.revive();
        for (let i = 0; i < asked.length + 2; i += 1) {
          rig.clock.advance(GATHER_MS);
          for (const [at, lane] of rig.lanes.entries()) if (lane.isBusy) await rig.answer(at);
        }
        asked.forEach(({ seen }, i) => {
          const failures = ['cancelled', 'queue-full', 'lane-unavailable', 'lane-crashed', 'lane-timeout'];
          expect([String(i), ...failures]).toContain(seen.outcome);
        });
        expect([rig.queue.depth, rig.clock.pending]).toEqual([0, 0]);
      }),
      { numRuns: 150 },
    );
  });
});
