// The caller is heard in every state (I2), in packets of any size (I5), over random histories of a whole call.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VAD_WINDOW_SAMPLES } from '../../src/ports/speech-detector.ts';
import { badMarks, echo, playAll, slowPorts, strangers, talk, type Move } from '../support/call-histories.ts';
import { CallRig } from '../support/call-rig.ts';

/** Nothing fails, nothing is lost on the line, and no key takes the place of words. */
const histories = fc.array(fc.oneof({ weight: 5, arbitrary: talk }, echo, slowPorts, badMarks, strangers), {
  maxLength: 20,
});

async function callAfter(moves: readonly Move[], packetsMs: readonly number[] = [20]): Promise<CallRig> {
  const rig = new CallRig({ hears: 'what-was-said', clauseMs: 900 });
  rig.packetsMs = packetsMs;
  await rig.start();
  await playAll(rig, moves);
  rig.mend();
  await rig.hush(3000);
  await rig.until('listening', 40_000);
  return rig;
}

const words = (texts: readonly (string | null)[]): string[] =>
  texts.flatMap((text) => (text ?? '').split(' ').filter((word) => word.startsWith('word')));

/** The words of turns whose answer was heard, in part at least. */
function answered(rig: CallRig): Set<string> {
  const heard = new Set(rig.settled.filter(({ extent }) => extent !== 'none').map(({ turn }) => turn));
  const inputs = rig.asked.filter(({ turn }) => heard.has(turn)).map(({ input }) => input);
  return new Set(words(inputs.map((input) => (input.kind === 'heard' ? input.text : null))));
}

describe('over random histories', () => {
  it('I2: whatever is said, in any state, ends up in a turn that is answered', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (moves) => {
        const rig = await callAfter(moves);
        expect(answered(rig)).toEqual(new Set(words(rig.speech.said)));
      }),
      { numRuns: 500 },
    );
  }, 120_000);

  it('I2: the detector gets every sample of the caller, whatever the state', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (moves) => {
        const rig = await callAfter(moves);
        const samples = (rig.at - 171) * 8;
        expect(rig.detector.windows).toHaveLength(Math.floor(samples / VAD_WINDOW_SAMPLES));
      }),
      { numRuns: 100 },
    );
  }, 120_000);

  it('I5: packets of any size give the detector the same windows and the caller the same answers', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(histories, sizes, async (moves, packetsMs) => {
        const whole = await callAfter(moves);
        const split = await callAfter(moves, packetsMs);
        const length = Math.min(whole.detector.windows.length, split.detector.windows.length);
        expect(split.detector.windows.slice(0, length)).toEqual(whole.detector.windows.slice(0, length));
        expect(answered(split)).toEqual(answered(whole));
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});

describe('shrunk from random histories', () => {
  it('I2: an interruption that ends while its first words are transcribed is answered to its end', async () => {
    const rig = await callAfter([]);
    await rig.say('question', 400);
    await rig.until('agentSpeaking', 2000);
    rig.transcriberTakes = 600;
    await rig.say('word1', 300);
    await rig.say('word2', 300);
    await rig.hush(3000);
    await rig.until('listening');
    expect(rig.journal.snapshot().turns.at(-1)?.heard).toBe('word1 word2');
  });

  it('I2: what a reply answers that is interrupted before a word of it was heard is answered with the rest', async () => {
    const rig = await callAfter([]);
    await rig.say('word1', 400);
    await rig.until('agentSpeaking', 2000);
    await rig.say('word2', 400);
    await rig.until('agentSpeaking', 2000);
    expect(rig.settled.at(-1)).toMatchObject({ extent: 'none' });
    expect(rig.asked.at(-1)?.input).toEqual({ kind: 'heard', text: 'word1 word2' });
    await rig.until('listening');
    // Once: it has been answered now.
    await rig.say('word3', 400);
    await rig.until('agentSpeaking', 2000);
    expect(rig.asked.at(-1)?.input).toEqual({ kind: 'heard', text: 'word3' });
  });
});
