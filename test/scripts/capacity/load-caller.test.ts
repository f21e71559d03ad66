// The endless caller: whom it waits for, how long it pauses, what it reports of each turn, and how it leaves.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpokenClip } from '../../../scripts/bench/capacity/clips.ts';
import { longestPauseMs } from '../../../scripts/bench/capacity/clips.ts';
import {
  ANSWER_TIMEOUT_MS,
  LoadCaller,
  PAUSE_MS,
  type LoadTurn,
} from '../../../scripts/bench/capacity/load-caller.ts';
import { seededRandom } from '../../../scripts/bench/capacity/random.ts';
import type { CallerAction } from '../../../src/simulator/caller.ts';
import { clipOf } from '../../../src/simulator/caller-line.ts';
import type { Spurt } from '../../../src/simulator/loudness.ts';

const clip = (name: string, use: SpokenClip['use']): SpokenClip => ({
  name,
  use,
  clip: clipOf(new Int16Array(8_000).fill(5_000)),
});
const CLIPS = [clip('tell', 'open'), clip('ask', 'open'), clip('yes', 'yes-no')];
const SPEAKS_MS = 1_000;

/** A line on which the agent greets at 300 ms and answers as it is told, each reply 500 ms long. */
function rig(seed: number, delaysMs: readonly (number | null)[]) {
  const turns: LoadTurn[] = [];
  const caller = new LoadCaller({
    clips: CLIPS,
    random: seededRandom(seed),
    onTurn: (turn) => turns.push(turn),
  });
  const spurts: Spurt[] = [{ startMs: 300, endMs: 800 }];
  const said: { name: string; atMs: number; afterReplyMs: number }[] = [];
  let nowMs = 0;
  let endsAt = Infinity;
  let last: CallerAction | null = null;
  const frame = (): void => {
    nowMs += 20;
    const heard = spurts.filter(({ startMs }) => startMs <= nowMs);
    const spoken = heard.map(({ startMs, endMs }) => ({ startMs, endMs: Math.min(endMs, nowMs) }));
    const playoutBusy = heard.some(({ endMs }) => endMs > nowMs);
    const action = caller.decide(nowMs, { spurts: spoken, playoutBusy });
    if (action?.type === 'say') {
      const { name } = CLIPS.find((one) => one.clip === action.clip)!;
      said.push({ name, atMs: nowMs, afterReplyMs: nowMs - (spoken.at(-1)?.endMs ?? 0) });
      endsAt = nowMs + SPEAKS_MS;
    }
    if (nowMs >= endsAt) {
      endsAt = Infinity;
      caller.spoken(nowMs);
      caller.finished(nowMs);
      const delayMs = delaysMs[said.length - 1] ?? null;
      if (delayMs !== null) spurts.push({ startMs: nowMs + delayMs, endMs: nowMs + delayMs + 500 });
    }
    last = action ?? last;
  };
  const runTo = (untilMs: number): void => {
    while (nowMs < untilMs) frame();
  };
  return { caller, turns, said, runTo, last: () => last, now: () => nowMs };
}

describe('LoadCaller', () => {
  it('hears the greeting and each reply out, pauses, and reports how long each answer took', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.integer({ min: 20, max: 5_000 }), { minLength: 3 }),
        (seed, delays) => {
          const { turns, said, runTo } = rig(seed, delays);
          runTo(40_000);
          expect(turns.length).toBeGreaterThan(2);
          turns.slice(0, delays.length).forEach((turn, index) => {
            expect(turn).toMatchObject({ kind: 'answered', responseMs: delays[index] });
          });
          for (const { afterReplyMs } of said.slice(0, delays.length)) {
            expect(afterReplyMs).toBeGreaterThanOrEqual(PAUSE_MS.least);
            expect(afterReplyMs).toBeLessThanOrEqual(PAUSE_MS.most + 20);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('answers the questions of the bench agent in their order', () => {
    const { said, runTo } = rig(5, Array<number>(20).fill(100));
    runTo(60_000);
    const uses = said.map(({ name }) => CLIPS.find((one) => one.name === name)!.use);
    expect(uses.slice(0, 10)).toEqual([
      'open',
      'yes-no',
      'open',
      'open',
      'yes-no',
      'open',
      'yes-no',
      'open',
      'open',
      'yes-no',
    ]);
  });

  it('gives an answer ten seconds, then counts it as missing and speaks again', () => {
    const { turns, said, runTo } = rig(1, [null, 200]);
    runTo(20_000);
    expect(turns.map(({ kind }) => kind)).toEqual(['unanswered', 'answered']);
    expect(said[1]!.atMs - (said[0]!.atMs + SPEAKS_MS)).toBe(ANSWER_TIMEOUT_MS);
  });

  it('leaves at once when nothing is owed, or with the answer that is', () => {
    const idle = rig(1, [100]);
    idle.runTo(200);
    idle.caller.finish();
    idle.runTo(240);
    expect(idle.last()).toEqual({ type: 'hang-up' });
    expect(idle.turns).toEqual([]);

    const owed = rig(1, [3_000]);
    owed.runTo(900 + PAUSE_MS.most + SPEAKS_MS);
    expect(owed.said).toHaveLength(1);
    owed.caller.finish();
    owed.runTo(owed.said[0]!.atMs + SPEAKS_MS + 2_900);
    expect(owed.turns).toEqual([]);
    owed.runTo(owed.now() + 200);
    expect(owed.turns).toMatchObject([{ kind: 'answered', responseMs: 3_000 }]);
    expect(owed.last()).toEqual({ type: 'hang-up' });
  });
});

describe('longestPauseMs', () => {
  it('finds the longest quiet stretch between sounds', () => {
    const speech = new Int16Array(8_000).fill(8_000);
    speech.fill(20, 800, 1_600);
    speech.fill(20, 4_000, 6_400);
    expect(longestPauseMs(speech)).toBe(300);
    expect(longestPauseMs(new Int16Array(800).fill(900))).toBe(0);
  });
});
