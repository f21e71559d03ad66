// After the end nothing of a call is left (I6), whenever it ends and whatever is on its way then.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { anything, playAll, type Move } from '../support/call-histories.ts';
import { CallRig, flush } from '../support/call-rig.ts';
import type { Takes } from '../support/scripted-work.ts';

const histories = fc.array(anything, { maxLength: 20 });
interface End {
  readonly by: 'line' | 'shutdown' | 'both';
  /** Until a history says otherwise. */
  readonly transcriberTakes: Takes;
}

const ends: fc.Arbitrary<End> = fc.record({
  by: fc.constantFrom<End['by']>('line', 'shutdown', 'both'),
  transcriberTakes: fc.constantFrom<Takes>(0, 600, 'never'),
});

async function endedCall(moves: readonly Move[], { by, transcriberTakes }: End): Promise<CallRig> {
  // Speech is cut into parts soon, so that some of those are on their way too.
  const rig = new CallRig({ hears: 'what-was-said', clauseMs: 700, policy: { partMs: ms(600) } });
  rig.keys = 'four-expected';
  rig.transcriberTakes = transcriberTakes;
  await rig.start();
  await playAll(rig, moves);
  if (by !== 'shutdown') rig.receive({ type: 'closed', reason: 'socket-closed' });
  if (by !== 'line') rig.session.end('shutdown');
  await flush();
  return rig;
}

describe('over random histories', () => {
  it('I6: after the end every signal is aborted or its work done, and no slot, listener or promise is left', async () => {
    await fc.assert(
      fc.asyncProperty(histories, ends, async (moves, end) => {
        const rig = await endedCall(moves, end);
        expect(rig.session.state).toBe('ended');
        expect(rig.onClosedCalls).toBe(1);
        expect(rig.closedWith).not.toBeNull();
        expect(rig.openSlots).toBe(0);
        // What does not heed its signal answers all the same, to nobody.
        rig.at += 5000;
        rig.work.run();
        await flush();
        expect(rig.work.pending).toBe(0);
        expect(rig.work.listeners).toBe(0);
      }),
      { numRuns: 1000 },
    );
  }, 120_000);

  it('I6: after the end nothing is sent, asked, opened or rebuilt, whatever still comes', async () => {
    await fc.assert(
      fc.asyncProperty(histories, ends, async (moves, end) => {
        const rig = await endedCall(moves, end);
        const left = () => ({
          sent: rig.sentBytesAt.length,
          cleared: rig.cleared,
          asked: rig.asked.length,
          phrases: rig.phrases.length,
          transcribed: rig.transcribed.length,
          opened: rig.detector.openedAt.length,
          record: rig.journal.snapshot(),
        });
        const before = left();
        rig.mend();
        await rig.say('late', 600);
        await rig.stall(1600, 'late');
        rig.receive({ type: 'dtmf', digit: '#' });
        rig.receive({ type: 'mark', name: 'g1:end' });
        rig.receive({ type: 'closed', reason: 'stop' });
        rig.session.end('failure');
        await rig.hush(600);
        expect(left()).toEqual(before);
        expect(rig.onClosedCalls).toBe(1);
        expect(rig.openSlots).toBe(0);
      }),
      { numRuns: 500 },
    );
  }, 120_000);

  it('I6: every reply that was asked for is settled exactly once by the end', async () => {
    await fc.assert(
      fc.asyncProperty(histories, ends, async (moves, end) => {
        const rig = await endedCall(moves, end);
        const asked = [...new Set(rig.asked.map(({ turn }) => turn))];
        expect(rig.settled.map(({ turn }) => turn)).toEqual(asked);
      }),
      { numRuns: 500 },
    );
  }, 120_000);
});
