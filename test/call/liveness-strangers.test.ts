// Strangers never move the floor (I4): a call with them goes, frame by frame, like the same call without them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  badMarks,
  brokenPorts,
  echo,
  keys,
  play,
  slowPorts,
  strangers,
  talk,
  type Move,
} from '../support/call-histories.ts';
import { CallRig } from '../support/call-rig.ts';
import type { Manners } from '../support/scripted-work.ts';

const history = fc.oneof({ weight: 4, arbitrary: talk }, echo, keys, slowPorts, brokenPorts, badMarks);

interface Trace {
  readonly states: readonly string[];
  readonly asked: CallRig['asked'];
  readonly sent: CallRig['sentBytesAt'];
  readonly settled: CallRig['settled'];
}

async function traceOf(moves: readonly Move[], manners: Manners): Promise<Trace> {
  const rig = new CallRig({ hears: 'what-was-said', clauseMs: 700 });
  rig.keys = 'four-expected';
  const states: string[] = [];
  rig.onFrame = () => {
    states.push(rig.session.state);
  };
  await rig.start();
  for (const move of moves) {
    if (move.kind === 'manners') continue;
    rig.work.manners = manners;
    await play(rig, move);
  }
  await rig.hush(3000);
  return { states, asked: rig.asked, sent: rig.sentBytesAt, settled: rig.settled };
}

const isStranger = ({ kind }: Move): boolean => kind === 'stray-mark' || kind === 'repeated-mark';

describe('over random histories', () => {
  it('I4: marks that are unknown, old, cleared or repeated change nothing', async () => {
    const moves = fc.array(fc.oneof({ weight: 3, arbitrary: history }, strangers), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(moves, async (all) => {
        const without = all.filter((move) => !isStranger(move));
        expect(await traceOf(all, 'heeds-abort')).toEqual(await traceOf(without, 'heeds-abort'));
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it('I4: results that come after their turn is over change nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(history, { maxLength: 25 }), async (moves) => {
        const polite = await traceOf(moves, 'heeds-abort');
        expect(await traceOf(moves, 'answers-anyway')).toEqual(polite);
      }),
      { numRuns: 200 },
    );
  }, 120_000);
});
