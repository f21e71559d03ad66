// Faults of other agents with interruptions, marks and clear, each with its public reference.
import { describe, expect, it } from 'vitest';
import type { ReplyPart } from '../../src/ports/responder.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';
import { CallRig, type RigOptions } from '../support/call-rig.ts';

const { longWaitMs, maxPauseMs, playoutSlackMs } = DEFAULT_TURN_POLICY;
const LEAD_MS = 400;

async function listeningCall(options: RigOptions = {}): Promise<CallRig> {
  const rig = await new CallRig({ hears: 'what-was-said', ...options }).start();
  await rig.until('listening');
  return rig;
}

/** A call whose agent is in the middle of its answer. */
async function answeringCall(options: RigOptions = {}): Promise<CallRig> {
  const rig = await listeningCall({ clauseMs: 3000, ...options });
  await rig.say('question', 500);
  await rig.until('agentSpeaking', longWaitMs + 500);
  return rig;
}

const clause = (text: string): ReplyPart => ({ kind: 'clause', text });
const lastTurn = (rig: CallRig) => rig.journal.snapshot().turns.at(-1);
/** What the caller heard of the agent in all. */
const playedMs = (rig: CallRig): number =>
  rig.sentBytesAt.reduce((sum, send) => sum + send.ms, 0) - rig.line.droppedMs;

describe('a reply that is interrupted', () => {
  it('openai-agents-js#1173: works when all of the audio is with the line already', async () => {
    const rig = await answeringCall({ clauseMs: LEAD_MS - 20 });
    expect(playedMs(rig)).toBe(2 * (LEAD_MS - 20));
    await rig.say('stop', 500);
    expect(rig.cleared).toBe(1);
    await rig.until('agentSpeaking', longWaitMs + 500);
    expect(lastTurn(rig)?.heard).toBe('stop');
  });

  it('cloudflare/agents#2261, pipecat#366: the line is cleared at once and nothing follows', async () => {
    const rig = await answeringCall();
    await rig.hush(1000);
    const onset = rig.at;
    await rig.say('stop', 700);
    const [clearedAt = Infinity] = rig.line.clearedAt;
    expect(clearedAt - onset).toBeLessThanOrEqual(200);
    expect(rig.sentBytesAt.filter(({ at }) => at > clearedAt)).toHaveLength(0);
  });

  it('vellum-assistant#38316: marks of cleared audio do not count as heard', async () => {
    const rig = await answeringCall({
      clauseMs: 350,
      replyTo: () => ['One two.', 'Three four.'].map(clause),
    });
    expect(rig.line.marked).toHaveLength(1);
    await rig.hush(300);
    expect(rig.line.marked).toHaveLength(2);
    await rig.say('stop', 700);
    expect(rig.line.returned).toHaveLength(2);
    expect(rig.settled.at(-1)).toMatchObject({ extent: 'some' });
    expect(rig.settled.at(-1)?.text).not.toContain('four');
  });

  it('twilio-agent-connect-python#118, pipecat#5426, #5303, #2791, #3627: the history has nothing unheard', async () => {
    const rig = await answeringCall({
      clauseMs: 1000,
      replyTo: ({ kind }) => (kind === 'heard' ? ['First.', 'Second.', 'Third.'] : ['Hello.']).map(clause),
    });
    await rig.hush(1100);
    await rig.say('stop', 700);
    const { text } = rig.settled.at(-1) ?? { text: '' };
    expect(text).toContain('First.');
    expect(text).not.toContain('Second.');
    expect(text).not.toContain('Third.');
  });

  it('pipecat#4996: the history keeps what was heard before the interruption', async () => {
    const rig = await answeringCall({
      clauseMs: 2000,
      replyTo: () => [clause('One two three four five six.')],
    });
    await rig.hush(1500);
    await rig.say('stop', 700);
    expect(rig.settled.at(-1)).toMatchObject({ extent: 'some' });
    expect(rig.settled.at(-1)?.text).toMatch(/^One two three/u);
    expect(lastTurn(rig)).toMatchObject({ bargedIn: true });
  });

  it('PatterAI/Patter#164: a long reply that was made in a moment can be interrupted to its end', async () => {
    const rig = await answeringCall({ clauseMs: 12_000 });
    await rig.hush(10_000);
    expect(rig.session.state).toBe('agentSpeaking');
    await rig.say('stop', 700);
    expect(rig.cleared).toBe(1);
    await rig.until('agentSpeaking', longWaitMs + 500);
    expect(lastTurn(rig)).toMatchObject({ heard: 'stop' });
  });

  it('livekit/agents#5509: no stale reply begins after the caller has gone on', async () => {
    const rig = await listeningCall();
    await rig.say('one', 500);
    await rig.hush(380);
    expect(rig.asked.at(-1)?.input).toEqual({ kind: 'heard', text: 'one' });
    const sends = rig.sentBytesAt.length;
    await rig.say('two', 1000);
    expect(rig.sentBytesAt).toHaveLength(sends);
    expect(rig.cleared).toBe(0);
    await rig.until('agentSpeaking', longWaitMs + 500);
    expect(lastTurn(rig)?.heard).toBe('one two');
    expect(rig.settled.at(-1)).toMatchObject({ extent: 'none' });
  });

  it('twilio-samples node#33: and again, in every reply', async () => {
    const rig = await answeringCall();
    for (const word of ['one', 'two', 'three']) {
      await rig.hush(500);
      await rig.say(word, 700);
      await rig.until('agentSpeaking', longWaitMs + 500);
      expect(lastTurn(rig)?.heard).toBe(word);
    }
    expect(rig.counts.get('barge_ins')).toBe(3);
  });
});

describe('a reply that is not to be interrupted', () => {
  it('PatterAI/Patter#95: the caller’s first hello does not cancel the greeting', async () => {
    const rig = new CallRig({ hears: 'what-was-said', clauseMs: 2500 });
    await rig.start();
    await rig.hush(100);
    await rig.say('hello', 500);
    await rig.until('listening');
    expect(rig.journal.snapshot().turns[0]).toMatchObject({ replied: 'Hello.', bargedIn: false });
    expect(rig.cleared).toBe(0);
  });

  it('pipecat#1771, streamcore-server#48, siphon-ai#173, vellum#38325: its own echo is no caller', async () => {
    const rig = await answeringCall();
    await rig.echo(2800);
    await rig.until('listening');
    expect(rig.cleared).toBe(0);
    expect(lastTurn(rig)).toMatchObject({ replied: 'You said question', bargedIn: false });
  });

  it('livekit/agents#4039: goes on where it stood after a sign of listening', async () => {
    const rig = await answeringCall();
    await rig.hush(800);
    const before = playedMs(rig);
    await rig.say('mm-hmm', 300);
    expect(rig.session.state).toBe('agentPaused');
    await rig.until('agentSpeaking', maxPauseMs);
    await rig.until('listening');
    expect(before).toBeGreaterThan(0);
    // Every sample was played once: 3 s of greeting and 3 s of answer.
    expect(playedMs(rig)).toBeCloseTo(6000, 0);
    expect(rig.settled.at(-1)).toMatchObject({ extent: 'all' });
  });

  it('livekit/agents#6750: what signals listening elsewhere is an answer to the question just asked', async () => {
    const rig = await answeringCall();
    rig.fit = (text) => (text === 'mm-hmm' ? 'whole' : 'unknown');
    await rig.hush(800);
    await rig.say('mm-hmm', 300);
    await rig.until('agentSpeaking', longWaitMs + 500);
    expect(rig.asked.at(-1)?.input).toEqual({ kind: 'heard', text: 'mm-hmm' });
  });

  it('AVA#467, #351, #385, #255, #466: the caller’s audio is the same whether the agent speaks or not', async () => {
    const rig = await answeringCall({
      replyTo: () => [{ kind: 'clause', text: 'Notice.', uninterruptible: true }],
    });
    const other = await listeningCall();
    await rig.hush(32 * 20 - (rig.at % 32));
    await other.hush(32 * 20 - (other.at % 32));
    const heardOver = rig.detector.windows.length;
    const heardAlone = other.detector.windows.length;
    await rig.say('words over it', 640);
    expect(rig.session.state).toBe('agentSpeaking');
    // The same loudness as in the other call.
    other.speech.said.push('question');
    await other.say('words', 640);
    const inner = [4, 5, 6, 7, 8];
    const windowsOf = (call: CallRig, from: number) =>
      inner.map((index) => call.detector.windows[from + index]);
    expect(windowsOf(rig, heardOver)).toEqual(windowsOf(other, heardAlone));
  });
});

describe('marks', () => {
  it('bolna#736: the first mark that never comes costs a second, not the call', async () => {
    const rig = new CallRig({ hears: 'what-was-said' });
    rig.line.marks = 'lost';
    await rig.start();
    const { playhead } = rig.line;
    await rig.until('listening', 4000);
    expect(rig.at - Math.max(playhead, rig.line.playhead)).toBeLessThanOrEqual(playoutSlackMs + 100);
    rig.line.marks = 'returned';
    await rig.turn();
  });

  it('jambonz-feature-server#811: marks that come back at once shorten a reply by no more than the lead', async () => {
    const rig = await answeringCall();
    rig.line.marks = 'at-once';
    await rig.until('listening');
    expect(rig.line.playhead - rig.at).toBeLessThanOrEqual(LEAD_MS);
    expect(playedMs(rig)).toBe(6000);
  });

  it('twilio-samples python#20, #22: one mark for each reply, whatever its length', async () => {
    const rig = await listeningCall({
      clauseMs: 2000,
      replyTo: () => ['One.', 'Two.', 'Three.'].map(clause),
    });
    await rig.turn();
    await rig.turn();
    expect(rig.line.marked).toEqual(['g1:end', 'g2:end', 'g3:end']);
    expect(rig.line.returned).toEqual(rig.line.marked);
  });
});
