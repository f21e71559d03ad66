// Promises of a whole call over random histories of callers, lines, ports and models that do whatever they may (I1, I3).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anything, play, type Move } from '../support/call-histories.ts';
import { CallRig } from '../support/call-rig.ts';
import { LivenessWatch } from '../support/liveness-watch.ts';

const histories = fc.array(anything, { maxLength: 25 });

interface Watched {
  readonly rig: CallRig;
  readonly watch: LivenessWatch;
}

async function callAfter(moves: readonly Move[]): Promise<Watched> {
  const rig = new CallRig({ hears: 'what-was-said', clauseMs: 400 });
  rig.keys = 'four-expected';
  const watch = new LivenessWatch(rig);
  await rig.start();
  for (const move of moves) {
    await play(rig, move);
    if (move.kind === 'stall') watch.restart();
  }
  return { rig, watch };
}

describe('over random histories', () => {
  it('the line opens again and the next words are answered, once the ports work', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (moves) => {
        const { rig } = await callAfter(moves);
        rig.mend();
        // Keys that were pressed are answered first.
        await rig.hush(3000);
        await rig.until('listening', 40_000);
        await rig.say('are you there', 600);
        await rig.until('agentSpeaking');
        await rig.until('listening');
        expect(rig.journal.snapshot().turns.at(-1)).toMatchObject({
          heard: 'are you there',
          replied: 'You said are you there',
        });
        expect(rig.openSlots).toBe(1);
      }),
      { numRuns: 300 },
    );
  }, 120_000);

  it('I1: a reply that is over has reset the detector exactly once and given the floor back', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (moves) => {
        const { rig, watch } = await callAfter(moves);
        const resets = rig.messages('line open again, detector reset');
        const turns = resets.map((line) => line.fields['turn']);
        expect(new Set(turns).size).toBe(turns.length);
        for (const { at, fields } of rig.messages('turn')) {
          const reset = resets.filter((line) => line.fields['turn'] === fields['turn']);
          expect(reset).toHaveLength(1);
          expect((reset[0]?.at ?? Infinity) - at).toBeLessThanOrEqual(100);
        }
        expect(watch.faults).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 120_000);

  it('I3: no state but listening and callerSpeaking outlives its deadline', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (moves) => {
        const { rig, watch } = await callAfter(moves);
        // As everything is, broken or not.
        await rig.hush(12_000);
        expect(watch.faults).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 120_000);
});
