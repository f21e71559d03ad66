// Faults that made other agents deaf, silent or stuck after a turn, each with its public reference.
import { describe, expect, it } from 'vitest';
import type { ReplyPart, ResponderInput } from '../../src/ports/responder.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';
import { CallRig, type RigOptions } from '../support/call-rig.ts';
import { FloorDriver } from '../support/floor.ts';
import { ScriptedDetector } from '../support/scripted-detector.ts';

const { idleMs, longWaitMs, maxUtteranceMs, playoutSlackMs, thinkingDeadlineMs } = DEFAULT_TURN_POLICY;

async function listeningCall(options: RigOptions = {}): Promise<CallRig> {
  const rig = await new CallRig({ hears: 'what-was-said', ...options }).start();
  await rig.until('listening');
  return rig;
}

const clause = (text: string): ReplyPart => ({ kind: 'clause', text });
const heardBy = (rig: CallRig): (string | null)[] => rig.journal.snapshot().turns.map(({ heard }) => heard);
const repliesOf = (rig: CallRig): (string | null)[] =>
  rig.journal.snapshot().turns.map(({ replied }) => replied);
const prompts = (rig: CallRig): ResponderInput[] =>
  rig.asked.map(({ input }) => input).filter(({ kind }) => kind === 'silence');

/** The line still works: the next words are answered. */
async function expectAnswer(rig: CallRig, text = 'next words'): Promise<void> {
  await rig.say(text, 600);
  await rig.until('agentSpeaking', longWaitMs);
  await rig.until('listening');
  expect(rig.journal.snapshot().turns.at(-1)).toMatchObject({ heard: text, replied: `You said ${text}` });
}

describe('a call that others went deaf in', () => {
  it('livekit/livekit#4777, livekit/agents#6919: frames in and no verdicts out, after a good first turn', async () => {
    const rig = await listeningCall();
    await expectAnswer(rig, 'first');
    rig.detector.lost.add(0);
    await rig.say('can you hear me', 1500);
    expect(rig.journal.snapshot().counters['vadRebuilds']).toBe(1);
    await rig.until('agentSpeaking', longWaitMs);
    expect(heardBy(rig)).toContain('can you hear me');
    expect(prompts(rig)).toHaveLength(0);
  });

  it('livekit/agents#5674: no deaf moment after an end of speech', async () => {
    const rig = await listeningCall();
    await rig.say('one', 500);
    await rig.hush(100);
    expect(rig.session.state).toBe('endpointing');
    await rig.say('two', 300);
    await rig.hush(100);
    await rig.say('three', 300);
    await rig.until('agentSpeaking', longWaitMs + 200);
    expect(heardBy(rig).at(-1)).toBe('one two three');
  });

  it('livekit/agents-js#1181: an early end of the turn leaves the agent interruptible', async () => {
    const rig = await listeningCall({ clauseMs: 2000 });
    rig.fit = () => 'whole';
    await rig.say('four', 500);
    await rig.until('agentSpeaking', 400);
    await rig.hush(400);
    await rig.say('no, five', 500);
    expect(rig.cleared).toBe(1);
    await rig.until('agentSpeaking', longWaitMs);
    expect(heardBy(rig).at(-1)).toBe('no, five');
  });

  it('livekit/agents-js#2065: a reply that is interrupted before its audio began blocks nothing', async () => {
    const rig = await listeningCall();
    rig.voiceTakes = 'never';
    await rig.say('one', 500);
    await rig.until('thinking', longWaitMs);
    rig.voiceTakes = 0;
    await rig.say('and two', 500);
    await rig.until('agentSpeaking', longWaitMs);
    expect(heardBy(rig).at(-1)).toBe('one and two');
    await rig.until('listening');
    await expectAnswer(rig);
  });

  it('livekit/agents-js#936: a turn without audio goes back to listening', async () => {
    const rig = await listeningCall();
    rig.responder = 'says-nothing';
    await rig.say('one', 500);
    await rig.until('listening', longWaitMs);
    expect(rig.resets).toBe(2);
    rig.mend();
    await expectAnswer(rig);
  });

  it('livekit/agents#3418: silent while the state says speaking, for a moment at most', async () => {
    const rig = await listeningCall();
    rig.line.marks = 'lost';
    await rig.say('one', 500);
    await rig.until('agentSpeaking', longWaitMs);
    await rig.until('listening');
    expect(rig.at - rig.line.playhead).toBeLessThanOrEqual(playoutSlackMs + 100);
  });

  it('livekit/agents#4413: a caller who begins in the moment before the audio', async () => {
    const rig = await listeningCall({ clauseMs: 900 });
    rig.voiceTakes = 700;
    await rig.say('one', 500);
    await rig.until('thinking', longWaitMs);
    await rig.hush(rig.line.playhead > rig.at ? 0 : 20);
    await rig.say('two', 500);
    await rig.until('agentSpeaking', longWaitMs + 1000);
    await rig.until('listening');
    expect(heardBy(rig).join(' ')).toContain('one');
    expect(heardBy(rig).join(' ')).toContain('two');
    rig.mend();
    await expectAnswer(rig);
  });

  it('livekit/agents#1229: a cough after the turn does not kill the reply', async () => {
    const rig = await listeningCall();
    rig.voiceTakes = 1200;
    await rig.say('one', 500);
    await rig.until('thinking', longWaitMs);
    await rig.say('', 160);
    expect(rig.session.state).toBe('callerSpeaking');
    await rig.until('agentSpeaking', longWaitMs + 2000);
    await rig.until('listening');
    expect(rig.journal.snapshot().turns.at(-1)).toMatchObject({ heard: 'one', replied: 'You said one' });
  });

  it('livekit/agents#835: a reply that hangs after its first clause', async () => {
    const rig = await listeningCall({
      replyTo: function* ({ kind }) {
        yield clause('First.');
        if (kind === 'heard') rig.voiceTakes = 'never';
        yield clause('Second.');
      },
    });
    await rig.say('one', 500);
    await rig.until('agentSpeaking', longWaitMs);
    await rig.until('listening', 600 + thinkingDeadlineMs + 100);
    expect(rig.journal.snapshot().counters['watchdogs']).toBe(1);
    rig.mend();
    await rig.say('two', 500);
    await rig.until('agentSpeaking', longWaitMs);
  });

  it('pipecat#1493: probabilities that hover under the threshold still end the speech', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    for (let window = 0; window < 4; window += 1) {
      call.window(0.2);
      call.window(0.49);
    }
    expect(call.kind).toBe('endpointing');
  });

  it('pipecat#4124: frames that stop in mid-word end the speech within about a second', async () => {
    const rig = await listeningCall();
    await rig.say('cut off', 500);
    await rig.stall(2000, 'lost');
    expect(heardBy(rig).at(-1)).toBe('cut off');
    await rig.until('listening');
    await rig.hush(idleMs + 100);
    expect(prompts(rig)).toHaveLength(1);
  });

  it('pipecat#4308: a noise as the reply begins does not cost the reply', async () => {
    for (const afterMs of [0, 20, 60, 120]) {
      const rig = await listeningCall({ clauseMs: 1200 });
      await rig.say('one', 500);
      await rig.until('agentSpeaking', longWaitMs);
      await rig.hush(afterMs);
      await rig.say('', 300);
      await rig.until('listening');
      expect(repliesOf(rig).at(-1)).toBe('You said one');
    }
  });

  it('pipecat#5240: speech without any text is asked about', async () => {
    const rig = await listeningCall();
    await rig.say('', 600);
    await rig.until('agentSpeaking', longWaitMs);
    expect(rig.asked.at(-1)?.input).toEqual({ kind: 'heard', text: '' });
    await rig.until('listening');
    await expectAnswer(rig);
  });

  it('pipecat#4343: speech without any text leaves the idle timer armed', async () => {
    const rig = await listeningCall();
    rig.responder = 'says-nothing';
    await rig.say('', 600);
    await rig.until('listening', longWaitMs);
    rig.mend();
    await rig.hush(idleMs + 100);
    expect(prompts(rig)).toEqual([{ kind: 'silence', count: 1 }]);
  });

  it('pipecat#4950: the reset after a reply does not end the sentence of a caller who is talking', async () => {
    const rig = await listeningCall({
      replyTo: ({ kind }) => [
        { kind: 'clause', text: 'Notice.', ...(kind === 'heard' && { uninterruptible: true }) },
      ],
    });
    await rig.say('one', 500);
    await rig.until('agentSpeaking', longWaitMs);
    await rig.hush(200);
    await rig.say('a long sentence', 2000);
    expect(rig.session.state).toBe('callerSpeaking');
    expect(rig.resets).toBe(2);
    await rig.until('agentSpeaking', longWaitMs);
    expect(heardBy(rig).at(-1)).toBe('a long sentence');
    const lengthMs = (rig.transcribed.at(-1)?.audio.samples.length ?? 0) / 8;
    expect(lengthMs).toBeGreaterThanOrEqual(2000);
  });

  it('pipecat#2941: a reply of many sentences is played to its end without a word of the caller', async () => {
    const rig = await listeningCall({
      replyTo: () => ['One.', 'Two.', 'Three.', 'Four.', 'Five.'].map(clause),
      clauseMs: 1500,
    });
    await rig.say('tell me', 500);
    await rig.until('agentSpeaking', longWaitMs);
    await rig.until('listening');
    expect(repliesOf(rig).at(-1)).toBe('One. Two. Three. Four. Five.');
    expect(rig.settled.at(-1)?.extent).toBe('all');
  });

  it('pipecat#5106: a voice that succeeds without any audio blocks neither the line nor the hang-up', async () => {
    const rig = await listeningCall({
      replyTo: ({ kind }) => [
        clause('Goodbye.'),
        ...(kind === 'heard' ? [{ kind: 'hang-up', outcome: 'done' } as const] : []),
      ],
    });
    rig.voice = 'gives-no-audio';
    await rig.say('bye', 500);
    await rig.until('ended', longWaitMs);
    expect(rig.closedWith).toBe('goodbye');
  });

  it('PatterAI/Patter#200: speech before the greeting can be heard does not mute the agent', async () => {
    const rig = new CallRig({ hears: 'what-was-said' });
    rig.voiceTakes = 1500;
    await rig.start();
    await rig.hush(300);
    await rig.say('hello', 500);
    await rig.until('agentSpeaking');
    rig.voiceTakes = 0;
    await rig.hush(1500);
    await rig.until('listening');
    expect(heardBy(rig)).toEqual([null, 'hello']);
    expect(repliesOf(rig)).toEqual(['Hello.', 'You said hello']);
  });

  it('PatterAI/Patter#200: the twin of a final transcript does not abort the reply', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('yes');
    const { state } = call;
    expect(call.hear('yes', { fit: 'whole' })).toEqual([{ type: 'stale', event: 'transcript' }]);
    expect(call.send({ type: 'transcript-failed', turn: call.turn })).toEqual([
      { type: 'stale', event: 'transcript-failed' },
    ]);
    expect(call.state).toEqual(state);
  });

  it('vocodedev/vocode-core#733, #42: answers turn after turn', async () => {
    const rig = await listeningCall();
    for (let turn = 1; turn <= 30; turn += 1) await expectAnswer(rig, `turn ${turn}`);
    expect(rig.journal.snapshot().counters['watchdogs']).toBeUndefined();
  });

  it('openclaw/openclaw#65601: the second call works like the first', async () => {
    const detector = new ScriptedDetector(() => 0);
    for (let call = 0; call < 3; call += 1) {
      const rig = await listeningCall({ detector });
      await expectAnswer(rig);
      rig.receive({ type: 'closed', reason: 'stop' });
      expect(detector.openSlots).toBe(0);
    }
  });

  it('deepgram-twilio-streaming-voice-agent#3, #13: two calls at once keep their own state', async () => {
    const detector = new ScriptedDetector(() => 0);
    const one = await listeningCall({ detector, clauseMs: 3000 });
    const two = await listeningCall({ detector });
    await one.say('one', 500);
    await one.until('agentSpeaking', longWaitMs);
    await expectAnswer(two, 'two');
    expect(one.session.state).toBe('agentSpeaking');
    one.receive({ type: 'closed', reason: 'stop' });
    await expectAnswer(two, 'three');
    expect(heardBy(one)).toEqual([null, 'one']);
    expect(heardBy(two)).toEqual([null, 'two', 'three']);
  });

  it('twilio-samples node#33: the first interruption works, on a clock that begins at 0', async () => {
    const rig = new CallRig({ hears: 'what-was-said', clauseMs: 4000 });
    rig.at = 0;
    await rig.start();
    await rig.hush(1500);
    await rig.say('stop', 500);
    expect(rig.cleared).toBe(1);
    await rig.until('agentSpeaking', longWaitMs);
    expect(heardBy(rig)).toEqual([null, 'stop']);
  });

  it('twilio-samples python#6: speech that never stops is ended and answered', async () => {
    const rig = await listeningCall();
    await rig.say('endless', maxUtteranceMs + 4000);
    expect(heardBy(rig)[1]).toContain('endless');
    // Once: what the caller goes on saying is a turn of its own.
    expect(rig.counts.get('watchdogs:utterance')).toBe(1);
    await rig.until('agentSpeaking', longWaitMs);
    expect(heardBy(rig)).toHaveLength(3);
    await rig.until('listening');
    await expectAnswer(rig);
  }, 20_000);
});
