// Promises of a whole call over random histories of speech, silence, strangers on the line and failing ports.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallRig, flush } from '../support/call-rig.ts';

type Move =
  | { kind: 'speak' | 'hush'; ms: number }
  | { kind: 'stray-mark'; name: string }
  | { kind: 'dtmf' }
  | { kind: 'transcriber' | 'synthesizer' | 'detector'; fails: boolean };

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('speak', 'hush'), ms: fc.integer({ min: 20, max: 1500 }) }),
  },
  fc.record({
    kind: fc.constant('stray-mark'),
    name: fc.constantFrom('g0:end', 'g1:end', 'g2:end', 'g99:end', '?'),
  }),
  fc.record({ kind: fc.constant('dtmf') }),
  fc.record({ kind: fc.constantFrom('transcriber', 'synthesizer', 'detector'), fails: fc.boolean() }),
);

async function play(rig: CallRig, next: Move): Promise<void> {
  switch (next.kind) {
    case 'speak':
      await rig.speak(next.ms);
      break;
    case 'hush':
      await rig.hush(next.ms);
      break;
    case 'stray-mark':
      rig.receive({ type: 'mark', name: next.name });
      break;
    case 'dtmf':
      rig.receive({ type: 'dtmf', digit: '5' });
      break;
    case 'transcriber':
      rig.failTranscriber = next.fails;
      break;
    case 'synthesizer':
      rig.failSynthesizer = next.fails;
      break;
    case 'detector':
      rig.silentDetector = next.fails;
      break;
  }
}

async function callAfter(moves: readonly Move[]): Promise<CallRig> {
  const rig = await new CallRig({ hears: ['one', '', 'two'], clauseMs: 400 }).start();
  for (const next of moves) await play(rig, next);
  return rig;
}

const histories = fc.array(move, { maxLength: 25 });

describe('over random histories', () => {
  it('the line opens again and the next words are answered, once the ports work', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (moves) => {
        const rig = await callAfter(moves);
        rig.failTranscriber = false;
        rig.failSynthesizer = false;
        rig.silentDetector = false;
        await rig.hush(1500);
        await rig.until('listening', 40_000);
        rig.hears = ['are you there'];
        await rig.turn(600);
        expect(rig.journal.snapshot().turns.at(-1)).toMatchObject({
          heard: 'are you there',
          replied: 'You said are you there',
        });
        expect(rig.openSlots).toBe(1);
      }),
      { numRuns: 400 },
    );
  }, 120_000);

  it('every reply resets the detector once, and the conversation is settled at most once a turn', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (moves) => {
        const rig = await callAfter(moves);
        const turns = rig.messages('line open again, detector reset').map((line) => line.fields['turn']);
        expect(new Set(turns).size).toBe(turns.length);
        const settled = rig.settled.map((entry) => entry.turn);
        expect(new Set(settled).size).toBe(settled.length);
      }),
      { numRuns: 400 },
    );
  }, 120_000);

  it('a hang-up at any moment leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (moves) => {
        const rig = await callAfter(moves);
        rig.receive({ type: 'closed', reason: 'socket-closed' });
        await flush();
        expect(rig.openSlots).toBe(0);
        expect(rig.onClosedCalls).toBe(1);
        const sent = rig.sentBytesAt.length;
        await rig.speak(200);
        expect(rig.sentBytesAt).toHaveLength(sent);
      }),
      { numRuns: 400 },
    );
  }, 120_000);
});
