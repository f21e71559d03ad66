// Turns that come to nothing end in listening (I7), and a detector that fails is replaced for its call alone (I8).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';
import { talk, playAll, type Move } from '../support/call-histories.ts';
import { CallRig } from '../support/call-rig.ts';
import { ScriptedDetector, type Verdicts } from '../support/scripted-detector.ts';

const { idleMs, thinkingDeadlineMs, playoutSlackMs, longWaitMs, askAgainMs } = DEFAULT_TURN_POLICY;

type Fault =
  | 'no text'
  | 'no reply'
  | 'reply fails'
  | 'reply hangs'
  | 'no audio'
  | 'voice fails'
  | 'voice hangs'
  | 'no mark';

const FAULTS: Readonly<Record<Fault, (rig: CallRig) => void>> = {
  'no text': () => undefined,
  'no reply': (rig) => (rig.responder = 'says-nothing'),
  'reply fails': (rig) => (rig.responder = 'fails'),
  'reply hangs': (rig) => (rig.responderTakes = 'never'),
  'no audio': (rig) => (rig.voice = 'gives-no-audio'),
  'voice fails': (rig) => (rig.failSynthesizer = true),
  'voice hangs': (rig) => (rig.voiceTakes = 'never'),
  'no mark': (rig) => (rig.line.marks = 'lost'),
};

/** The end of the turn, the reply that does not come, the apology that does not come either, and playout. */
const LISTENS_WITHIN_MS = longWaitMs + 2 * thinkingDeadlineMs + 600 + playoutSlackMs + 200;

const fault = fc.constantFrom(...(Object.keys(FAULTS) as Fault[]));

async function faultyTurn(rig: CallRig, which: Fault): Promise<void> {
  FAULTS[which](rig);
  await rig.say(which === 'no text' ? '' : 'words', 600);
  // Speech without words is asked about, when it was long enough for some.
  expect(600).toBeGreaterThan(askAgainMs);
  await rig.until('listening', LISTENS_WITHIN_MS);
  rig.mend();
}

describe('over random histories', () => {
  it('I7: no text, no reply, no audio, no mark: each ends in listening, and the idle prompt follows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (faults, maySpeculate) => {
          const rig = await new CallRig({ hears: 'what-was-said' }).start();
          rig.maySpeculate = maySpeculate;
          await rig.until('listening');
          for (const which of faults) await faultyTurn(rig, which);
          const prompts = (): number => rig.asked.filter(({ input }) => input.kind === 'silence').length;
          const before = prompts();
          await rig.hush(idleMs - 100);
          expect(prompts()).toBe(before);
          await rig.hush(200);
          expect(prompts()).toBe(before + 1);
        },
      ),
      { numRuns: 150 },
    );
  }, 120_000);

  it('I7: the next words are answered after every fault', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { minLength: 1, maxLength: 4 }), async (faults) => {
        const rig = await new CallRig({ hears: 'what-was-said' }).start();
        await rig.until('listening');
        for (const which of faults) {
          await faultyTurn(rig, which);
          await rig.say('again', 600);
          await rig.until('agentSpeaking', longWaitMs);
          await rig.until('listening');
          expect(rig.journal.snapshot().turns.at(-1)).toMatchObject({ heard: 'again' });
        }
      }),
      { numRuns: 100 },
    );
  }, 120_000);

  it('I8: a detector that fails is replaced at most once a second, counted, and hears again when it can', async () => {
    const stretch = fc.record({
      verdicts: fc.constantFrom<Verdicts>('right', 'none', 'stuck', 'nonsense'),
      slots: fc.constantFrom<'free' | 'full'>('free', 'free', 'full'),
      moves: fc.array(talk, { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(stretch, { maxLength: 6 }), async (stretches) => {
        const rig = await new CallRig({ hears: 'what-was-said' }).start();
        for (const { verdicts, slots, moves } of stretches) {
          rig.detector.verdicts = verdicts;
          rig.detector.slots = slots;
          await playAll(rig, moves satisfies readonly Move[]);
        }
        const { openedAt } = rig.detector;
        const rebuilds = rig.messages('detector state rebuilt');
        for (const [index, { at }] of rebuilds.entries()) {
          expect(at - (rebuilds[index - 1]?.at ?? -Infinity)).toBeGreaterThanOrEqual(1000);
        }
        expect(rig.counts.get('vad_rebuilds') ?? 0).toBe(rebuilds.length);
        expect(rig.journal.snapshot().counters['vadRebuilds'] ?? 0).toBe(rebuilds.length);
        // A stream is opened in the place of each that was given up, later where there was no slot.
        expect(openedAt.length).toBeLessThanOrEqual(rebuilds.length + 1);
        expect(rig.openSlots).toBeLessThanOrEqual(1);
        rig.mend();
        await rig.hush(2500);
        await rig.until('listening', 40_000);
        await rig.say('can you hear me', 600);
        await rig.until('agentSpeaking', longWaitMs);
        expect(rig.openSlots).toBe(1);
        expect(rig.asked.at(-1)?.input).toEqual({ kind: 'heard', text: 'can you hear me' });
      }),
      { numRuns: 200 },
    );
  }, 120_000);
});

describe('one detector for several calls', () => {
  it('I8: replaces the state of the call that gets no verdicts, and of no other', async () => {
    let now = 0;
    const detector = new ScriptedDetector(() => now);
    const deaf = await new CallRig({ detector }).start();
    const other = await new CallRig({ detector }).start();
    await deaf.until('listening');
    await other.until('listening');
    detector.lost.add(0);
    for (let passed = 0; passed < 1500; passed += 20) {
      await deaf.hush(20);
      await other.hush(20);
      now = deaf.at;
    }
    expect(detector.openedAt).toHaveLength(3);
    expect(detector.openSlots).toBe(2);
    expect(deaf.journal.snapshot().counters['vadRebuilds']).toBe(1);
    expect(other.journal.snapshot().counters['vadRebuilds']).toBeUndefined();
    await deaf.turn();
    await other.turn();
    expect(deaf.journal.snapshot().turns.at(-1)?.heard).toBe('hello');
    expect(other.journal.snapshot().turns.at(-1)?.heard).toBe('hello');
  });
});
