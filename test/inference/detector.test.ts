// Windows of many calls become runs: one per call and run, in order, resets in their place, nothing lost unseen.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { LaneDetector } from '../../src/inference/detector.ts';
import { DEFAULT_INFERENCE_SETTINGS } from '../../src/inference/settings.ts';
import { CallError } from '../../src/ports/errors.ts';
import type { DetectorStream, VadVerdict } from '../../src/ports/speech-detector.ts';
import { PaperLane, WINDOW } from '../support/inference.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingLogger, RecordingMeter } from '../support/recorded-telemetry.ts';

let lane: PaperLane<'vad'>;
let clock: ManualClock;
let meter: RecordingMeter;
let detector: LaneDetector;

function build(): void {
  lane = new PaperLane('vad');
  clock = new ManualClock();
  meter = new RecordingMeter();
  const settings = { ...DEFAULT_INFERENCE_SETTINGS, vadSlots: 4, vadGatherMs: 5 };
  detector = new LaneDetector(lane, { settings, clock, meter, logger: new RecordingLogger() });
}
beforeEach(build);

/** A window that is told apart by its first sample. */
const window = (value: number): Int16Array => new Int16Array(WINDOW).fill(value, 0, 1);

function openCall(): { stream: DetectorStream; verdicts: VadVerdict[] } {
  const verdicts: VadVerdict[] = [];
  return { stream: detector.open((verdict) => verdicts.push(verdict)), verdicts };
}

/** The values of the windows in the run that waits for its answer. */
const lastRun = (): number[] => {
  const job = lane.jobs.at(-1)!;
  return Array.from(job.slots, (_, row) => job.samples[row * WINDOW]!);
};

/** Answers with each window's own value, so that a verdict shows what it was made from. */
const answer = (): Promise<void> => lane.answer({ probabilities: Float32Array.from(lastRun()) });

describe('the detector', () => {
  it('gathers the windows of several calls into one run', async () => {
    const calls = [openCall(), openCall(), openCall()];
    calls.forEach(({ stream }, i) => {
      stream.push(window(i + 1));
      clock.advance(1);
    });
    expect(lane.jobs).toHaveLength(0);
    clock.advance(2);
    expect(lastRun()).toEqual([1, 2, 3]);
    await answer();
    expect(calls.map(({ verdicts }) => verdicts)).toEqual(
      [1, 2, 3].map((probability) => [{ index: 0, probability }]),
    );
  });

  it('runs what came while the lane was busy as soon as it is free', async () => {
    const [a, b] = [openCall(), openCall()];
    a.stream.push(window(1));
    clock.advance(5);
    a.stream.push(window(2));
    a.stream.push(window(3));
    b.stream.push(window(4));
    clock.advance(20);
    expect(lane.jobs).toHaveLength(1);
    await answer();
    expect(lastRun()).toEqual([2, 4]);
    await answer();
    expect(lastRun()).toEqual([3]);
    await answer();
    expect(a.verdicts.map(({ index, probability }) => [index, probability])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
  });

  it('keeps every call’s windows in order and its resets between them, whatever the interleaving', async () => {
    const action = fc.record({
      call: fc.integer({ min: 0, max: 3 }),
      what: fc.constantFrom('push', 'push', 'push', 'reset', 'advance', 'answer'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        build();
        const calls = Array.from({ length: 4 }, openCall);
        const expected: string[][] = calls.map(() => []);
        let value = 0;
        for (const { call, what } of actions) {
          if (what === 'push') {
            value += 1;
            calls[call]!.stream.push(window(value));
            expected[call]!.push(`window ${value}`);
          } else if (what === 'reset') {
            calls[call]!.stream.reset();
            if (expected[call]!.at(-1) !== 'reset') expected[call]!.push('reset');
          } else if (what === 'advance') clock.advance(5);
          else if (lane.isBusy) await answer();
        }
        clock.advance(5);
        while (lane.isBusy) await answer();
        expect(seenBySlot()).toEqual(
          expected.map((events) => (events.at(-1) === 'reset' ? events.slice(0, -1) : events)),
        );
        for (const { verdicts } of calls)
          expect(verdicts.map(({ index }) => index)).toEqual([...verdicts.keys()]);
        expect(detector.depth).toBe(0);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('counts and skips the windows that a dying lane took with it, and goes on with its successor', async () => {
    const { stream, verdicts } = openCall();
    stream.push(window(1));
    clock.advance(5);
    await lane.die(new CallError('lane-crashed', 'gone'));
    expect(meter.counts.get('vad_windows_lost{lane}')).toBe(1);
    expect(() => detector.open(() => undefined)).toThrow(CallError);
    stream.push(window(2));
    clock.advance(500);
    expect(lane.jobs).toHaveLength(1);
    await lane.revive();
    await answer();
    expect(verdicts).toEqual([{ index: 1, probability: 2 }]);
  });

  it('judges all of the burst after a stall of 5 s', async () => {
    const { stream, verdicts } = openCall();
    const count = Math.ceil(5_000 / 32);
    for (let value = 0; value < count; value += 1) stream.push(window(value));
    clock.advance(5);
    while (lane.isBusy) await answer();
    expect(verdicts.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(meter.counts.get('vad_windows_lost{overflow}')).toBeUndefined();
  });

  it('does not take a burst for lateness of the lane, but a lane that is late', async () => {
    const { stream } = openCall();
    for (let value = 0; value < 100; value += 1) stream.push(window(value));
    clock.advance(5);
    for (let run = 0; run < 99; run += 1) {
      clock.advance(3);
      await answer();
    }
    expect(detector.waitMs).toBeLessThanOrEqual(5);
    await answer();
    clock.advance(10_000);
    expect(detector.waitMs).toBe(0);
    for (let value = 0; value < 10; value += 1) {
      stream.push(window(value));
      clock.advance(32);
    }
    // The first window is still being judged; the second has waited for nine times 32 ms.
    expect(lane.jobs).toHaveLength(101);
    expect(detector.waitMs).toBe(288);
    await answer();
    clock.advance(1_000);
    expect(detector.waitMs).toBeGreaterThanOrEqual(1_000);
  });

  it('keeps the newest five seconds while there is no lane, and counts the rest', async () => {
    const { stream, verdicts } = openCall();
    lane.isReady = false;
    for (let value = 0; value < 168; value += 1) stream.push(window(value));
    expect(meter.counts.get('vad_windows_lost{overflow}')).toBe(8);
    await lane.revive();
    clock.advance(5);
    while (lane.isBusy) await answer();
    expect(verdicts.map(({ index }) => index)).toEqual(Array.from({ length: 160 }, (_, i) => i + 8));
  });

  it('gives a slot back once, judges nothing for it afterwards, and lends it fresh', async () => {
    const calls = Array.from({ length: 4 }, openCall);
    expect(() => detector.open(() => undefined)).toThrow('slots are taken');
    const { stream, verdicts } = calls[2]!;
    stream.push(window(1));
    clock.advance(5);
    stream.push(window(2));
    stream.close();
    stream.close();
    stream.push(window(3));
    await answer();
    expect(verdicts).toEqual([]);
    expect(lane.sent).toEqual(['run', 'release 2']);
    const next = openCall();
    next.stream.push(window(4));
    clock.advance(5);
    await answer();
    expect(next.verdicts).toEqual([{ index: 0, probability: 4 }]);
    expect(clock.pending).toBe(0);
  });

  it('refuses a window of another length', () => {
    expect(() => {
      openCall().stream.push(new Int16Array(160));
    }).toThrow('160 samples');
  });
});

/** What each slot's state went through, from the messages in their order. */
function seenBySlot(): string[][] {
  const seen: string[][] = [[], [], [], []];
  let run = 0;
  for (const message of lane.sent) {
    const [what, slot] = message.split(' ');
    if (what === 'reset') seen[Number(slot)]!.push('reset');
    else {
      const job = lane.jobs[run]!;
      job.slots.forEach((used, row) => seen[used]!.push(`window ${job.samples[row * WINDOW]!}`));
      run += 1;
    }
  }
  return seen;
}
