// A line with faults: what leaves when, in which order and with which timestamps, and that the same call fails alike.
import { describe, expect, it } from 'vitest';
import type { PreparedStep } from '../../src/simulator/caller-audio.ts';
import type { LineFault } from '../../src/simulator/line-faults.ts';
import { rig, speak, STREAM_ORIGIN_MS } from '../support/stream-rig.ts';

/** Begins with the call, for no greeting is waited for. */
const wait = (...faults: LineFault[]): PreparedStep => ({ kind: 'wait', durationMs: 1_000, faults });

type Rig = ReturnType<typeof rig>;
const mediaOf = ({ socket }: Rig) =>
  socket.ofEvent('media').map(({ json, atMs }) => {
    const { timestamp, chunk } = json['media'] as { timestamp: string; chunk: string };
    return {
      stamp: Number(timestamp) - 171,
      chunk: Number(chunk),
      atMs: Math.round(atMs - STREAM_ORIGIN_MS),
    };
  });
const stamps = (made: Rig): readonly number[] => mediaOf(made).map(({ stamp }) => stamp);
const upTo = (frames: number, from = 0): readonly number[] =>
  Array.from({ length: frames - from }, (_, index) => (from + index) * 20);

describe('LineFaults on a stream', () => {
  it('gap: frames are not sent, their timestamps are skipped and their numbers are not', async () => {
    const made = rig([wait({ kind: 'gap', forMs: 200 }), wait()]);
    made.at(1_000);
    expect(stamps(made)).toEqual(upTo(50, 10));
    expect(mediaOf(made).map(({ chunk }) => chunk)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    made.socket.serverCloses(1000);
    await made.done;
    // What the line swallowed is not the server's to have received.
    expect(made.ended[0]).toMatchObject({ framesSent: 40, framesDropped: 0 });
  });

  it('stall: everything waits, then comes at once, in order and without a hole', () => {
    const made = rig([wait({ kind: 'stall', forMs: 300 }), wait()]);
    made.at(100);
    made.mark('at-once');
    made.at(290);
    expect(mediaOf(made)).toEqual([]);
    expect(made.marksAt()).toEqual([]);
    made.at(1_000);
    expect(stamps(made)).toEqual(upTo(50));
    expect(
      mediaOf(made)
        .slice(0, 15)
        .every(({ atMs }) => atMs === 300),
    ).toBe(true);
    expect(mediaOf(made)[15]?.atMs).toBe(320);
    expect(made.marksAt()).toEqual([['at-once', 300]]);
    const numbers = made.socket.sent.slice(1).map(({ json }) => Number(json['sequenceNumber']));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    // The mark kept its place among the frames.
    expect(
      made.socket.sent
        .slice(2, 9)
        .map(({ event }) => event)
        .indexOf('mark'),
    ).toBe(5);
  });

  it('late: each of so many frames comes after its successor', () => {
    const made = rig([wait({ kind: 'late', frames: 2 }), wait()]);
    made.at(140);
    expect(stamps(made)).toEqual([20, 0, 60, 40, 80, 100, 120]);
    expect(mediaOf(made).map(({ chunk }) => chunk)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('a stall at the end of a call lets go of what it held before the stop', () => {
    const made = rig([{ kind: 'wait', durationMs: 60_000, faults: [{ kind: 'stall', forMs: 10_000 }] }]);
    made.at(100);
    made.abort.abort();
    expect(made.socket.sent.map(({ event }) => event)).toEqual([
      'connected',
      'start',
      ...Array.from({ length: 5 }, () => 'media'),
      'stop',
    ]);
  });

  it.each<[string, LineFault, readonly (readonly [string, number])[]]>([
    [
      'lose-marks: 1',
      { kind: 'lose-marks', count: 1 },
      [
        ['b', 300],
        ['c', 1_200],
      ],
    ],
    ['lose-marks: true', { kind: 'lose-marks', count: 'all' }, [['c', 1_200]]],
    [
      'duplicate-marks',
      { kind: 'duplicate-marks' },
      [
        ['a', 200],
        ['a', 200],
        ['b', 300],
        ['b', 300],
        ['c', 1_200],
      ],
    ],
    [
      'late-marks',
      { kind: 'late-marks', byMs: 150 },
      [
        ['a', 350],
        ['b', 450],
        ['c', 1_200],
      ],
    ],
  ])('%s ends with its step or its number', (_name, fault, expected) => {
    const made = rig([wait(fault), wait()]);
    made.at(100);
    made.media(100);
    made.mark('a');
    made.media(100);
    made.mark('b');
    made.at(1_100);
    made.media(100);
    made.mark('c');
    made.at(1_900);
    expect(made.marksAt()).toEqual(expected);
  });

  it('stray-mark: one mark comes that nobody sent', () => {
    const made = rig([wait({ kind: 'stray-mark' }), wait()]);
    made.at(1_900);
    expect(made.marksAt()).toEqual([['stray:1', 20]]);
  });

  it('late marks of a call that has ended never come, and leave no timer', async () => {
    const made = rig([wait({ kind: 'late-marks', byMs: 5_000 }), wait()]);
    made.at(100);
    made.mark('a');
    made.socket.serverCloses(1000);
    await made.done;
    expect(made.clock.pendingTimers).toBe(0);
    expect(made.marksAt()).toEqual([]);
  });

  it('faults of the whole call begin with it and again with each step', () => {
    const made = rig([wait(), wait()], -96, [{ kind: 'gap', forMs: 40 }]);
    made.at(1_980);
    expect(stamps(made)).toEqual([...upTo(50, 2), ...upTo(99, 52)]);
  });

  it('begin with what is said, and what is said is timed as if nothing were wrong', () => {
    const plain = rig([speak('hello')]);
    const faulty = rig([{ ...speak('hello'), faults: [{ kind: 'gap', forMs: 100 }] }]);
    for (const made of [plain, faulty]) {
      made.at(100);
      made.media(200);
      made.at(3_000);
    }
    const startedMs = plain.caller.utterances[0]?.startedMs ?? 0;
    expect(stamps(plain).filter((stamp) => !stamps(faulty).includes(stamp))).toEqual(
      upTo(startedMs / 20 + 4, startedMs / 20 - 1),
    );
    expect(faulty.caller.utterances).toEqual(plain.caller.utterances);
  });
});
