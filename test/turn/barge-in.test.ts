// Speech over the agent's voice: the reply is paused first, and what was said decides whether it goes on.
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';
import { FloorDriver } from '../support/floor.ts';

/** A reply of ten seconds, half a second of which was played. */
function agentTalks(options: { hangUp?: string; protectedMs?: number } = {}): FloorDriver {
  const { hangUp = null, protectedMs = 0 } = options;
  const call = new FloorDriver().answerCall();
  call.saysAndWaits('hours');
  if (protectedMs > 0) call.audio(protectedMs, call.turn, true);
  call.audio(10_000 - protectedMs);
  call.end(hangUp);
  call.silence(512);
  call.commands = [];
  return call;
}

/** The turn that the speech over the reply becomes. */
function callerTurn(call: FloorDriver): number {
  const { floor } = call.state;
  if (floor.kind !== 'agentPaused') throw new Error(`not paused but ${floor.kind}`);
  return floor.callerTurn;
}

describe('speech over the agent', () => {
  it('pauses the reply after 96 ms', () => {
    const call = agentTalks();
    const { turn } = call;
    expect(call.speech(64)).toEqual([]);
    expect(call.speech(32)).toEqual([{ type: 'pause', turn }]);
    expect(call.kind).toBe('agentPaused');
  });

  it('is transcribed when it ends, and words make it the caller’s turn', () => {
    const call = agentTalks();
    const { turn } = call;
    const onset = call.at;
    call.speech(288);
    const [asked] = call.silence(64);
    const caller = callerTurn(call);
    expect(asked).toMatchObject({ type: 'transcribe', turn: caller, parts: [{ from: onset - 300 }] });
    expect(call.hear('Stop.', { turn: caller })).toEqual([
      { type: 'interrupt', turn, by: 'caller' },
      { type: 'vad-reset', turn },
      { type: 'reply', turn: caller, cause: { kind: 'heard', text: 'Stop.' } },
    ]);
    expect(call.kind).toBe('endpointing');
    expect(call.silence(DEFAULT_TURN_POLICY.longWaitMs)).toContainEqual({ type: 'release', turn: caller });
  });

  it('is transcribed while it goes on, and words end the reply at once', () => {
    const call = agentTalks();
    const { turn } = call;
    const onset = call.at;
    call.speech(384);
    expect(call.count('transcribe')).toBe(1);
    expect(call.hear('I would rather', { turn: callerTurn(call) })).toEqual([
      { type: 'interrupt', turn, by: 'caller' },
      { type: 'vad-reset', turn },
    ]);
    expect(call.state.floor).toMatchObject({ kind: 'callerSpeaking', onset });
    const whole = call.silence(64).find((command) => command.type === 'transcribe');
    expect(whole).toMatchObject({ parts: [{ from: onset - 300 }], priority: 'speculative' });
  });

  it('waits for more before the first syllables of speech that goes on end the reply', () => {
    const call = agentTalks();
    const { turn } = call;
    call.speech(384);
    expect(call.hear('No, no,', { turn: callerTurn(call) })).toEqual([]);
    expect(call.kind).toBe('agentPaused');
    call.speech(64);
    call.silence(64);
    expect(call.count('transcribe')).toBe(2);
    expect(call.hear('Uh huh.', { turn: callerTurn(call) })).toEqual([{ type: 'resume', turn }]);
  });

  it('listens again to one word that was heard just before it ended', () => {
    const call = agentTalks();
    const { turn } = call;
    call.speech(384);
    expect(call.hear('No.', { turn: callerTurn(call) })).toEqual([]);
    call.silence(64);
    expect(call.count('transcribe')).toBe(2);
    const commands = call.hear('No.', { turn: callerTurn(call) });
    expect(commands).toContainEqual({ type: 'interrupt', turn, by: 'caller' });
  });

  it('ends the reply at the first word that calls it', () => {
    const call = agentTalks();
    const { turn } = call;
    call.speech(384);
    const commands = call.hear('Stop.', { turn: callerTurn(call) });
    expect(commands).toContainEqual({ type: 'interrupt', turn, by: 'caller' });
  });

  it('answers one long word after the reply when nothing more could be made out', () => {
    const call = agentTalks();
    const { turn } = call;
    call.speech(384);
    call.hear('No.', { turn: callerTurn(call) });
    while (call.kind === 'agentPaused') {
      const asked = call.speech(32).some((command) => command.type === 'transcribe');
      if (asked) call.hear('No.', { turn: callerTurn(call) });
    }
    expect(call.commands).toContainEqual({ type: 'resume', turn });
    expect(call.commands.some((command) => command.type === 'watchdog')).toBe(false);
    call.silence(320);
    const over = call.send({ type: 'playout-end', turn });
    expect(over.map((command) => command.type)).toEqual(['finish', 'vad-reset', 'transcribe']);
  });

  it.each(['Mm-hmm.', ''])('lets the reply go on where it stood after %j', (text) => {
    const call = agentTalks();
    const { turn } = call;
    const { floor } = call.state;
    const playUntil = floor.kind === 'agentSpeaking' ? floor.reply.playUntil : 0;
    call.speech(288);
    const pausedAt = call.at - 288 + 96;
    call.silence(64);
    expect(call.hear(text, { turn: callerTurn(call) })).toEqual([{ type: 'resume', turn }]);
    expect(call.state.floor).toMatchObject({
      kind: 'agentSpeaking',
      overlap: null,
      reply: { playUntil: playUntil + call.at - pausedAt },
    });
    call.silence(9_000);
    expect(call.send({ type: 'playout-end', turn }).map((command) => command.type)).toEqual([
      'finish',
      'vad-reset',
    ]);
    expect(call.kind).toBe('listening');
  });

  it('takes a sign of listening for an answer once the question has begun to be heard', () => {
    const call = agentTalks();
    call.speech(288);
    call.silence(64);
    const caller = callerTurn(call);
    const commands = call.hear('Mhm.', { turn: caller, fit: 'whole', asked: true });
    expect(commands).toContainEqual({ type: 'reply', turn: caller, cause: { kind: 'heard', text: 'Mhm.' } });
  });

  it('resumes at most 600 ms after the pause under a noise that goes on, and does not pause for it again', () => {
    const call = agentTalks();
    const { turn } = call;
    call.noise(96);
    const pausedAt = call.at;
    call.noise(256);
    call.hear('', { turn: callerTurn(call) });
    call.noise(320);
    const second = callerTurn(call);
    call.hear('', { turn: second });
    while (call.kind === 'agentPaused') call.noise(32);
    expect(call.at - pausedAt).toBeLessThanOrEqual(DEFAULT_TURN_POLICY.maxPauseMs + 32);
    expect(call.count('resume')).toBe(1);
    call.noise(960);
    expect(call.kind).toBe('agentSpeaking');
    expect(call.count('pause')).toBe(1);
    expect(call.turn).toBe(turn);
  });

  it('still hears words in a noise that goes on', () => {
    const call = agentTalks();
    const { turn } = call;
    call.noise(384);
    const caller = callerTurn(call);
    call.hear('', { turn: caller });
    call.noise(640);
    expect(call.kind).toBe('agentSpeaking');
    call.hear('', { turn: caller });
    call.commands = [];
    call.speech(1100);
    const probes = call.commands.filter((command) => command.type === 'transcribe');
    expect(probes).toMatchObject([{ turn: caller, priority: 'overlap' }]);
    expect(call.hear('Hello, can you hear me?', { turn: caller })).toEqual([
      { type: 'interrupt', turn, by: 'caller' },
      { type: 'vad-reset', turn },
    ]);
    expect(call.kind).toBe('callerSpeaking');
  });

  it('gives a voice that goes on twice as long to be made out', () => {
    const call = agentTalks();
    call.speech(96);
    const pausedAt = call.at;
    while (call.kind === 'agentPaused') {
      const asked = call.speech(32).some((command) => command.type === 'transcribe');
      if (asked) call.hear('Mm-hmm.', { turn: callerTurn(call) });
    }
    expect(call.at - pausedAt).toBeGreaterThan(DEFAULT_TURN_POLICY.maxPauseMs);
    expect(call.at - pausedAt).toBeLessThanOrEqual(2 * DEFAULT_TURN_POLICY.maxPauseMs + 32);
    expect(call.commands.some((command) => command.type === 'watchdog')).toBe(false);
  });

  it('takes what the speech model makes of a noise for nothing', () => {
    const call = agentTalks();
    const { turn } = call;
    call.noise(288);
    call.silence(64);
    expect(call.hear('Five.', { turn: callerTurn(call) })).toEqual([{ type: 'resume', turn }]);
  });

  it('pauses again for new speech after a noise', () => {
    const call = agentTalks();
    call.speech(288);
    call.silence(64);
    call.hear('', { turn: callerTurn(call) });
    call.silence(320);
    call.speech(128);
    expect(call.count('pause')).toBe(2);
  });

  it('goes on after a deadline when the transcriber does not answer, and answers the speech when the reply is over', () => {
    const call = agentTalks();
    const { turn } = call;
    call.speech(288);
    const commands = call.silence(1300);
    expect(commands).toContainEqual({ type: 'watchdog', which: 'pause' });
    expect(commands).toContainEqual({ type: 'resume', turn });
    const over = call.send({ type: 'playout-end', turn });
    expect(over.map((command) => command.type)).toEqual(['finish', 'vad-reset', 'transcribe']);
  });

  it('does not flap while speech goes on that cannot be transcribed', () => {
    const call = agentTalks();
    call.speech(384);
    call.send({ type: 'transcript-failed', turn: callerTurn(call) });
    call.speech(3000);
    expect(call.count('pause')).toBe(1);
    expect(call.count('resume')).toBe(1);
  });

  it('is armed when the first audio is played, not when the reply is asked for', () => {
    const call = new FloorDriver().answerCall();
    call.silence(8100);
    expect(call.kind).toBe('thinking');
    call.speech(640);
    expect(call.count('pause')).toBe(0);
    const { turn } = call;
    call.audio(3000);
    expect(call.speech(64)).toEqual([]);
    expect(call.speech(32)).toEqual([{ type: 'pause', turn }]);
  });

  it('leaves the first second of the greeting alone, and the rest not', () => {
    const call = new FloorDriver();
    call.send({ type: 'call-started' });
    const { turn } = call;
    call.audio(5000);
    expect(call.speech(960)).toEqual([]);
    expect(call.kind).toBe('agentSpeaking');
    expect(call.speech(224)).toContainEqual({ type: 'pause', turn });
  });

  it('does not take the echo of the agent for a caller', () => {
    const call = agentTalks();
    call.echoDbfs = -20;
    call.levelDbfs = -20 - call.policy.echoGuardDb - 1;
    expect(call.speech(2000)).toEqual([]);
    call.levelDbfs = -35;
    call.speech(128);
    expect(call.kind).toBe('agentPaused');
  });

  it('hears a soft voice that was louder than the echo on through its weaker syllables', () => {
    const call = agentTalks();
    const { turn } = call;
    call.echoDbfs = -20;
    call.levelDbfs = -20 - call.policy.echoGuardDb;
    call.speech(32);
    call.levelDbfs -= 6;
    expect(call.speech(64)).toContainEqual({ type: 'pause', turn });
  });

  it('takes a click in the echo of the agent for a click', () => {
    const call = agentTalks();
    call.echoDbfs = -20;
    call.levelDbfs = -20;
    call.speech(32);
    call.levelDbfs = -20 - call.policy.echoGuardDb - 7;
    expect(call.speech(2000)).toEqual([]);
  });

  it('hears a quiet caller when the agent is silent', () => {
    const call = new FloorDriver().answerCall();
    call.levelDbfs = -60;
    call.speech(128);
    expect(call.kind).toBe('callerSpeaking');
  });

  it('plays a legal notice to its end and answers what was said over it afterwards', () => {
    const call = agentTalks({ protectedMs: 3000 });
    const { turn } = call;
    call.speech(640);
    expect(call.silence(1800)).toEqual([]);
    expect(call.kind).toBe('agentSpeaking');
    call.silence(7000);
    const over = call.send({ type: 'playout-end', turn });
    expect(over.map((command) => command.type)).toEqual(['finish', 'vad-reset', 'transcribe']);
  });

  it('pauses for speech that goes on when the legal notice has ended', () => {
    const call = agentTalks({ protectedMs: 3000 });
    const { turn } = call;
    call.speech(2400);
    expect(call.count('pause')).toBe(0);
    expect(call.speech(160)).toContainEqual({ type: 'pause', turn });
  });

  it('does not pause a goodbye', () => {
    const call = agentTalks({ hangUp: 'done' });
    call.speech(900);
    expect(call.commands).toEqual([]);
  });

  it('gives the floor to a caller who talks when all was played and only the mark is missing', () => {
    const call = agentTalks();
    const { turn } = call;
    call.silence(9_700);
    const commands = call.speech(160);
    expect(commands).toEqual([
      { type: 'finish', turn },
      { type: 'vad-reset', turn },
    ]);
    expect(call.kind).toBe('callerSpeaking');
  });

  it('answers a short word over the last syllables once the agent is done', () => {
    const call = agentTalks();
    const { turn } = call;
    call.silence(9_300);
    const onset = call.at;
    call.speech(64);
    call.silence(64);
    expect(call.kind).toBe('agentSpeaking');
    const commands = call.send({ type: 'playout-end', turn });
    expect(commands.map((command) => command.type)).toEqual(['finish', 'vad-reset', 'transcribe']);
    expect(commands[2]).toMatchObject({ parts: [{ from: onset - 300 }] });
    expect(call.kind).toBe('endpointing');
  });

  it('forgets a sign of listening over the last syllables, unless it answers the question', () => {
    const over = (fit: 'whole' | 'unknown'): FloorDriver => {
      const call = agentTalks();
      call.silence(9_300);
      call.speech(64);
      call.silence(64);
      call.send({ type: 'playout-end', turn: call.turn });
      call.hear('Mm-hmm.', { fit });
      call.silence(call.policy.longWaitMs);
      return call;
    };
    expect(over('unknown').kind).toBe('listening');
    expect(over('whole').kind).toBe('thinking');
  });

  it('does not ask again about a wordless noise over the agent’s voice', () => {
    const call = agentTalks({ protectedMs: 10_000 });
    call.speech(320);
    call.silence(400);
    call.send({ type: 'playout-end', turn: call.turn });
    call.hear('');
    call.silence(700);
    expect(call.kind).toBe('listening');
  });

  it('goes on collecting the reply while it is paused', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('hours');
    const { turn } = call;
    call.audio(2000);
    call.silence(320);
    call.speech(288);
    call.audio(1000, turn);
    call.end(null, turn);
    call.silence(64);
    call.hear('', { turn: callerTurn(call) });
    const pausedMs = 288 - 96 + 64;
    expect(call.state.floor).toMatchObject({
      kind: 'agentSpeaking',
      reply: { playUntil: ms(call.at - 320 - 288 - 64 + 3000 + pausedMs), end: { hangUp: null } },
    });
  });

  it('forgets an answer nobody heard when the caller resumes while it is prepared', () => {
    const call = new FloorDriver().answerCall();
    const onset = call.at;
    call.saysAndWaits('hours');
    const { turn } = call;
    expect(call.speech(128)).toContainEqual({ type: 'cancel', turn });
    expect(call.state.floor).toMatchObject({ kind: 'callerSpeaking', onset });
  });

  it('does not let a hello cancel the greeting that is being prepared', () => {
    const call = new FloorDriver();
    call.send({ type: 'call-started' });
    call.speech(400);
    call.silence(200);
    expect(call.kind).toBe('thinking');
    expect(call.count('cancel')).toBe(0);
  });
});
