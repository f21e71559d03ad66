// Faults of other agents at the end of a call, each with its public reference.
import { describe, expect, it } from 'vitest';
import type { ReplyPart, ResponderInput } from '../../src/ports/responder.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';
import { CallRig, flush } from '../support/call-rig.ts';

const { longWaitMs, playoutSlackMs } = DEFAULT_TURN_POLICY;
const GOODBYE_MS = 3000;

function farewell({ kind }: ResponderInput): readonly ReplyPart[] {
  if (kind !== 'heard') return [{ kind: 'clause', text: 'Hello.' }];
  return [
    { kind: 'clause', text: 'Goodbye.' },
    { kind: 'hang-up', outcome: 'done' },
  ];
}

/** A call whose goodbye has begun. */
async function leavingCall(): Promise<CallRig> {
  const rig = new CallRig({ hears: 'what-was-said', replyTo: farewell, clauseMs: GOODBYE_MS });
  await rig.start();
  await rig.until('listening');
  await rig.say('bye', 500);
  await rig.until('agentSpeaking', longWaitMs);
  return rig;
}

describe('a goodbye', () => {
  it('pipecat#1461, #308, #482, #728: is played to its end, and then the call ends', async () => {
    const rig = await leavingCall();
    await rig.until('ended', GOODBYE_MS + 100);
    expect(rig.at).toBeGreaterThanOrEqual(rig.line.playhead);
    expect(rig.cleared).toBe(0);
    expect(rig.journal.snapshot()).toMatchObject({ outcome: 'completed', result: 'done' });
    expect(rig.onClosedCalls).toBe(1);
  });

  it('vellum#38339, openclaw#155271: the hang-up waits for the mark, not for the last audio sent', async () => {
    const rig = await leavingCall();
    await rig.hush(GOODBYE_MS - 200);
    expect(rig.line.marked).toHaveLength(2);
    expect(rig.session.state).toBe('agentSpeaking');
    await rig.until('ended', 300);
    expect(rig.line.returned).toHaveLength(2);
  });

  it('agent-call#9: and no longer than the byte clock says, when the mark is lost', async () => {
    const rig = await leavingCall();
    rig.line.marks = 'lost';
    await rig.until('ended', GOODBYE_MS + playoutSlackMs + 200);
    expect(rig.at).toBeGreaterThanOrEqual(rig.line.playhead + playoutSlackMs - 100);
    expect(rig.closedWith).toBe('goodbye');
  });

  it('jambonz-feature-server#811: a mark that comes back at once does not cut it', async () => {
    const rig = await leavingCall();
    rig.line.marks = 'at-once';
    await rig.until('ended', GOODBYE_MS + playoutSlackMs);
    expect(rig.at).toBeGreaterThanOrEqual(rig.line.playhead - 60);
  });

  it('pipecat#1461: the caller’s own goodbye does not cut it', async () => {
    const rig = await leavingCall();
    await rig.hush(500);
    await rig.say('bye bye', 700);
    await rig.until('ended', GOODBYE_MS);
    expect(rig.cleared).toBe(0);
    expect(rig.settled.at(-1)).toMatchObject({ extent: 'all', text: 'Goodbye.' });
  });
});

describe('the end of a call', () => {
  it('pipecat#3566, #3179, #2218: a hang-up that meets the end of the goodbye ends the call once', async () => {
    const rig = await leavingCall();
    rig.line.onClose = () => {
      rig.receive({ type: 'closed', reason: 'socket-closed' });
    };
    await rig.until('ended', GOODBYE_MS + 100);
    rig.receive({ type: 'closed', reason: 'stop' });
    rig.session.end('hang-up');
    await flush();
    expect(rig.onClosedCalls).toBe(1);
    expect(rig.messages('call ended')).toHaveLength(1);
    expect(rig.messages('the call failed')).toHaveLength(0);
    expect(rig.journal.snapshot().outcome).toBe('completed');
  });

  it('pipecat#4723, bolna#970: a port that never answers holds no teardown up', async () => {
    const rig = await leavingCall();
    await rig.until('ended', GOODBYE_MS + 100);
    const hanging = new CallRig({ hears: 'what-was-said' });
    hanging.work.manners = 'answers-anyway';
    hanging.voiceTakes = 30_000;
    hanging.transcriberTakes = 30_000;
    await hanging.start();
    await hanging.say('words', 500);
    hanging.receive({ type: 'closed', reason: 'media-timeout' });
    expect(hanging.session.state).toBe('ended');
    expect(hanging.onClosedCalls).toBe(1);
    expect(hanging.openSlots).toBe(0);
  });

  it('pipecat#1511: nothing is sent after the line was closed', async () => {
    const rig = await leavingCall();
    rig.receive({ type: 'closed', reason: 'stop' });
    const { sent, marked, clearedAt } = rig.line;
    const before = [sent.length, marked.length, clearedAt.length];
    await rig.hush(GOODBYE_MS);
    expect([sent.length, marked.length, clearedAt.length]).toEqual(before);
  });
});
