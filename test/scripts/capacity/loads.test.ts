// Which calls a step and a soak open and when, and what they make of how each ends.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TurnMessage } from '../../../scripts/bench/capacity/messages.ts';
import { END_LIMIT_MS, CALL_MS, SoakLoad } from '../../../scripts/bench/capacity/soak-load.ts';
import { CALL_AGAIN_MS, StepLoad } from '../../../scripts/bench/capacity/step-load.ts';
import { FakeCallers, HUNG_UP, TARGET } from '../../support/load-callers.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const turn = (kind: TurnMessage['kind']): TurnMessage => ({
  type: 'turn',
  call: 0,
  clip: 'a clip',
  kind,
  spokenAt: 0,
  responseMs: kind === 'answered' ? 400 : null,
});

describe('StepLoad', () => {
  function rig(calls: number) {
    const callers = new FakeCallers();
    return { callers, load: new StepLoad({ callers, target: TARGET, calls, staggerMs: 5_000, seed: 9 }) };
  }

  it('opens one call in each equal part of the stagger, each with a seed of its own', async () => {
    const { callers, load } = rig(10);
    load.start();
    for (let part = 1; part <= 10; part += 1) {
      vi.advanceTimersByTime(500);
      expect(callers.calls).toHaveLength(part);
    }
    expect(new Set(callers.calls.map(({ seed }) => seed)).size).toBe(10);
    await load.finish(1_000);
    expect(load.ends).toHaveLength(10);
  });

  it('calls again after a refusal, counts it, and stops doing so when the step is over', async () => {
    const { callers, load } = rig(1);
    load.start();
    vi.advanceTimersByTime(5_000);
    const refused = { ...HUNG_UP, how: 'refused' } as const;
    callers.calls[0]!.watcher.ended(refused);
    vi.advanceTimersByTime(CALL_AGAIN_MS);
    expect(callers.calls).toHaveLength(2);
    callers.calls[1]!.watcher.connected();
    expect(load.connected).toBe(1);
    callers.calls[1]!.watcher.ended(refused);
    expect(load.connected).toBe(0);
    await load.finish(1_000);
    expect(load).toMatchObject({ refusals: 2, ends: [] });
  });

  it('does not call again for a call that failed', async () => {
    const { callers, load } = rig(1);
    load.start();
    vi.advanceTimersByTime(5_000);
    callers.calls[0]!.watcher.ended({ ...HUNG_UP, how: 'failed' });
    vi.advanceTimersByTime(60_000);
    expect(callers.calls).toHaveLength(1);
    await load.finish(1_000);
    expect(load.ends).toMatchObject([{ how: 'failed' }]);
  });

  it('waits for callers that are owed an answer, and cuts them off at the limit', async () => {
    const { callers, load } = rig(2);
    callers.obedient = false;
    load.start();
    vi.advanceTimersByTime(5_000);
    const finished = load.finish(15_000);
    expect(callers.calls.map((call) => call.finishAsked)).toEqual([true, true]);
    callers.calls[0]!.watcher.turn(turn('answered'));
    callers.calls[0]!.watcher.ended(HUNG_UP);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(callers.calls.map((call) => call.hangUpAsked)).toEqual([false, true]);
    callers.calls[1]!.watcher.ended(HUNG_UP);
    await finished;
    expect(load.turns).toHaveLength(1);
  });
});

describe('SoakLoad', () => {
  function rig(calls: number) {
    const callers = new FakeCallers();
    const turns: TurnMessage[] = [];
    const load = new SoakLoad({ callers, target: TARGET, calls, seed: 4 }, (one) => turns.push(one));
    load.start();
    vi.advanceTimersByTime(10_000);
    return { callers, load, turns };
  }
  const openCalls = ({ calls }: FakeCallers): number => calls.filter((call) => !call.finishAsked).length;

  it('keeps the number of calls up while each one ends after some minutes', async () => {
    const { callers, load } = rig(3);
    expect(openCalls(callers)).toBe(3);
    vi.advanceTimersByTime(30 * 60_000);
    const { begun, ended } = load.counts;
    expect(begun).toBeGreaterThan((3 * 30 * 60_000) / (CALL_MS.most + 3_000));
    expect(begun).toBeLessThan((3 * 31 * 60_000) / CALL_MS.least + 3);
    expect(ended).toBeGreaterThanOrEqual(begun - 3);
    expect(load.counts).toMatchObject({ stuck: 0, failed: 0, framesLost: 0, framesSent: ended * 100 });
    await load.finish();
    expect(load.counts.ended).toBe(load.counts.begun);
  });

  it('counts a call once as stuck, for an unanswered turn and for not ending', async () => {
    const { callers, load, turns } = rig(2);
    callers.obedient = false;
    callers.calls[0]!.watcher.turn(turn('answered'));
    callers.calls[0]!.watcher.turn(turn('early'));
    expect(load.counts.stuck).toBe(0);
    callers.calls[0]!.watcher.turn(turn('unanswered'));
    callers.calls[0]!.watcher.turn(turn('unanswered'));
    expect(load.counts.stuck).toBe(1);
    expect(turns).toHaveLength(4);
    vi.advanceTimersByTime(CALL_MS.most + END_LIMIT_MS);
    expect(load.counts.stuck).toBe(2);
    expect(callers.calls.map((call) => call.hangUpAsked)).toEqual([true, true]);
    for (const { watcher } of callers.calls) watcher.ended(HUNG_UP);
    await load.finish();
    expect([...load.problems]).toEqual(['No answer within the limit to a clip.', 'A call did not end.']);
  });

  it('counts failures, refusals and lost frames, and goes on calling', async () => {
    const { callers, load } = rig(2);
    callers.calls[0]!.watcher.connected();
    expect(load.connected).toBe(1);
    callers.calls[0]!.watcher.ended({ ...HUNG_UP, how: 'failed', framesLost: 7, problems: ['broken'] });
    callers.calls[1]!.watcher.ended({ ...HUNG_UP, how: 'refused', framesSent: 0 });
    expect(load.connected).toBe(0);
    vi.advanceTimersByTime(3_000);
    expect(callers.calls).toHaveLength(4);
    expect(load.counts).toMatchObject({ failed: 1, refused: 1, ended: 1, framesLost: 7, begun: 4 });
    expect([...load.problems]).toEqual(['broken']);
    await load.finish();
  });

  it('ends even when callers never do, and calls them stuck', async () => {
    const { callers, load } = rig(2);
    callers.obedient = false;
    const finished = load.finish();
    await vi.advanceTimersByTimeAsync(2 * END_LIMIT_MS);
    await finished;
    expect(load.counts.stuck).toBe(2);
  });
});
