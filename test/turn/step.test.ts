// The turn machine: tables of events to floor and commands, one test a promise.
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { FloorDriver } from '../support/floor.ts';

describe('a turn', () => {
  it('greets, plays the greeting, resets the detector once and listens', () => {
    const call = new FloorDriver();
    expect(call.send({ type: 'call-started' })).toEqual([
      { type: 'reply', turn: 1, cause: { kind: 'greeting' } },
      { type: 'release', turn: 1 },
    ]);
    expect(call.playReply()).toEqual([
      { type: 'finish', turn: 1 },
      { type: 'vad-reset', turn: 1 },
    ]);
    expect(call.kind).toBe('listening');
  });

  it('transcribes on speculation at the first silence, with preroll', () => {
    const call = new FloorDriver().answerCall();
    call.silence(1000);
    const onset = call.at;
    const commands = [...call.speech(800), ...call.silence(150)];
    const lastSpeech = onset + 800;
    expect(commands).toEqual([
      {
        type: 'transcribe',
        turn: 2,
        from: onset - 300,
        to: lastSpeech + 128,
        lastSpeech,
        priority: 'speculative',
      },
    ]);
    expect(call.kind).toBe('endpointing');
  });

  it('prepares the reply while it waits and releases it at the decision', () => {
    const call = new FloorDriver().answerCall();
    call.speech(800);
    call.silence(150);
    const turn = call.turn;
    expect(call.send({ type: 'transcript', turn, text: 'hello' })).toEqual([
      { type: 'reply', turn, cause: { kind: 'heard', text: 'hello' } },
    ]);
    call.send({ type: 'reply-audio', turn, durationMs: ms(900) });
    call.send({ type: 'reply-end', turn, hangUp: null });
    expect(call.kind).toBe('endpointing');
    expect(call.silence(500)).toContainEqual({ type: 'release', turn });
    expect(call.kind).toBe('agentSpeaking');
  });

  it('drops what was prepared when the caller goes on, and answers all of it together', () => {
    const call = new FloorDriver().answerCall();
    const onset = call.at;
    call.speech(800);
    call.silence(300);
    const turn = call.turn;
    call.send({ type: 'transcript', turn, text: 'I would like' });
    expect(call.speech(200)).toContainEqual({ type: 'cancel', turn });
    expect(call.state.floor).toMatchObject({ kind: 'callerSpeaking', onset });
    expect(call.send({ type: 'reply-audio', turn, durationMs: ms(500) })).toEqual([
      { type: 'stale', event: 'reply-audio' },
    ]);
    const later = call.silence(150).find((command) => command.type === 'transcribe');
    expect(later).toMatchObject({ from: Math.max(0, onset - 300) });
  });

  it('waits for the answer in thinking when the work is slower than the silence', () => {
    const call = new FloorDriver().answerCall();
    call.speech(800);
    call.silence(700);
    expect(call.kind).toBe('thinking');
    const { turn } = call;
    expect(call.send({ type: 'transcript', turn, text: 'hello' })).toEqual([
      { type: 'reply', turn, cause: { kind: 'heard', text: 'hello' } },
      { type: 'release', turn },
    ]);
    call.send({ type: 'reply-audio', turn, durationMs: ms(400) });
    expect(call.kind).toBe('agentSpeaking');
  });

  it('does not decide while the caller may just be starting again', () => {
    const call = new FloorDriver().answerCall();
    call.speech(800);
    call.silence(Math.floor((call.policy.endSilenceMs - 1) / 32) * 32);
    expect(call.kind).toBe('endpointing');
    call.window(0.9);
    expect(call.kind).toBe('endpointing');
    call.window(0.9);
    call.window(0.9);
    expect(call.kind).toBe('callerSpeaking');
  });

  it('hangs up only when the goodbye was played, and plays it through the caller’s own goodbye', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.silence(700);
    const { turn } = call;
    call.send({ type: 'transcript', turn, text: 'goodbye' });
    call.send({ type: 'reply-audio', turn, durationMs: ms(2000) });
    call.send({ type: 'reply-end', turn, hangUp: 'done' });
    expect(call.speech(900)).toEqual([]);
    expect(call.count('close')).toBe(0);
    expect(call.send({ type: 'playout-end', turn })).toEqual([
      { type: 'finish', turn },
      { type: 'close', reason: 'goodbye', outcome: 'done' },
    ]);
    expect(call.kind).toBe('ended');
  });
});

describe('the caller and the agent at once', () => {
  function agentTalks(): { call: FloorDriver; turn: number } {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.silence(700);
    const { turn } = call;
    call.send({ type: 'transcript', turn, text: 'hours' });
    call.send({ type: 'reply-audio', turn, durationMs: ms(4000) });
    call.send({ type: 'reply-end', turn, hangUp: null });
    call.silence(500);
    return { call, turn };
  }

  it('stops the agent after 400 ms of speech, with one reset', () => {
    const { call, turn } = agentTalks();
    call.commands = [];
    expect(call.speech(384)).toEqual([]);
    expect(call.speech(32)).toEqual([
      { type: 'interrupt', turn, by: 'caller' },
      { type: 'vad-reset', turn },
    ]);
    expect(call.kind).toBe('callerSpeaking');
  });

  it('answers a short word over the last syllables once the agent is done', () => {
    const { call, turn } = agentTalks();
    call.silence(2500);
    const onset = call.at;
    call.speech(256);
    call.silence(256);
    expect(call.kind).toBe('agentSpeaking');
    const commands = call.send({ type: 'playout-end', turn });
    expect(commands.map((command) => command.type)).toEqual(['finish', 'vad-reset', 'transcribe']);
    expect(commands[2]).toMatchObject({ from: onset - 300 });
    expect(call.kind).toBe('endpointing');
  });

  it('gives the floor to a caller who is talking when the agent ends', () => {
    const { call, turn } = agentTalks();
    call.silence(2500);
    call.speech(256);
    call.send({ type: 'playout-end', turn });
    expect(call.kind).toBe('callerSpeaking');
    expect(call.count('vad-reset')).toBe(1);
  });

  it('does not ask again about a wordless noise over the agent’s voice', () => {
    const { call, turn } = agentTalks();
    call.speech(320);
    call.silence(400);
    call.send({ type: 'playout-end', turn });
    call.send({ type: 'transcript', turn: call.turn, text: '' });
    call.silence(700);
    expect(call.kind).toBe('listening');
  });

  it('does not let a hello cancel the greeting that is being prepared', () => {
    const call = new FloorDriver();
    call.send({ type: 'call-started' });
    call.speech(400);
    call.silence(200);
    expect(call.kind).toBe('thinking');
    expect(call.count('cancel')).toBe(0);
  });

  it('forgets an answer nobody heard when the caller resumes while it is prepared', () => {
    const call = new FloorDriver().answerCall();
    const onset = call.at;
    call.speech(500);
    call.silence(700);
    const { turn } = call;
    expect(call.speech(128)).toContainEqual({ type: 'cancel', turn });
    expect(call.state.floor).toMatchObject({ kind: 'callerSpeaking', onset });
  });
});

describe('what goes wrong', () => {
  it('asks again when speech long enough for words gave none', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.silence(150);
    const { turn } = call;
    call.send({ type: 'transcript', turn, text: '' });
    expect(call.silence(600)).toContainEqual({ type: 'reply', turn, cause: { kind: 'heard', text: '' } });
  });

  it('goes back to listening after a short noise', () => {
    const call = new FloorDriver().answerCall();
    call.speech(96);
    call.silence(150);
    call.send({ type: 'transcript', turn: call.turn, text: '' });
    call.silence(600);
    expect(call.kind).toBe('listening');
    expect(call.silence(8100)).toContainEqual({
      type: 'reply',
      turn: 3,
      cause: { kind: 'silence', count: 1 },
    });
  });

  it('counts the prompts without an answer', () => {
    const call = new FloorDriver().answerCall();
    call.silence(8100);
    call.playReply();
    call.silence(8100);
    expect(call.commands.filter((command) => command.type === 'reply')).toMatchObject([
      { cause: { kind: 'silence', count: 1 } },
      { cause: { kind: 'silence', count: 2 } },
    ]);
  });

  it('apologizes when the transcription fails, and listens when the apology fails too', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.silence(150);
    call.send({ type: 'transcript-failed', turn: call.turn });
    expect(call.silence(600)).toContainEqual({ type: 'reply', turn: 3, cause: { kind: 'apology' } });
    expect(call.send({ type: 'reply-failed', turn: 3 })).toEqual([
      { type: 'cancel', turn: 3 },
      { type: 'vad-reset', turn: 3 },
    ]);
    expect(call.kind).toBe('listening');
  });

  it('apologizes when the first audio does not come in time', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.silence(700);
    const commands = call.silence(5100);
    expect(commands).toContainEqual({ type: 'watchdog', which: 'thinking' });
    expect(commands).toContainEqual({ type: 'reply', turn: 3, cause: { kind: 'apology' } });
  });

  it('does not wait for a mark that never comes', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.silence(700);
    const { turn } = call;
    call.send({ type: 'transcript', turn, text: 'x' });
    call.send({ type: 'reply-audio', turn, durationMs: ms(1000) });
    call.send({ type: 'reply-end', turn, hangUp: null });
    const commands = call.silence(2100);
    expect(commands.map((command) => command.type)).toEqual(['watchdog', 'finish', 'vad-reset']);
    expect(call.kind).toBe('listening');
  });

  it('opens the line after a reply without audio, with its one reset', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.silence(700);
    const { turn } = call;
    call.send({ type: 'transcript', turn, text: 'x' });
    expect(call.send({ type: 'reply-end', turn, hangUp: null })).toEqual([
      { type: 'finish', turn },
      { type: 'vad-reset', turn },
    ]);
    expect(call.kind).toBe('listening');
  });

  it('ends the caller’s speech when verdicts cease in the middle of it', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.at += 1100;
    expect(call.send({ type: 'tick' }).map((command) => command.type)).toEqual(['watchdog', 'transcribe']);
    expect(call.kind).toBe('endpointing');
    call.at += 1000;
    call.send({ type: 'tick' });
    expect(call.kind).toBe('thinking');
  });

  it('hears a caller who talks on after verdicts had ceased in the middle of a word', () => {
    const call = new FloorDriver().answerCall();
    call.speech(96);
    call.at += 1100;
    call.send({ type: 'tick' });
    call.send({ type: 'transcript', turn: call.turn, text: '' });
    call.at += 1500;
    call.send({ type: 'tick' });
    expect(call.kind).toBe('listening');
    call.speech(96);
    expect(call.kind).toBe('callerSpeaking');
  });

  it('ends a turn that is longer than the model hears, and still hears the caller', () => {
    const call = new FloorDriver().answerCall();
    const commands = call.speech(28_100);
    expect(commands).toContainEqual({ type: 'watchdog', which: 'utterance' });
    const { turn } = call;
    expect(commands).toContainEqual(expect.objectContaining({ type: 'transcribe', turn, priority: 'final' }));
    call.send({ type: 'transcript', turn, text: 'a very long story' });
    call.send({ type: 'reply-audio', turn, durationMs: ms(3000) });
    expect(call.speech(600)).toContainEqual({ type: 'interrupt', turn, by: 'caller' });
  });

  it('never moves for a stranger, and nothing at all after the end', () => {
    const call = new FloorDriver().answerCall();
    const before = call.state;
    expect(call.send({ type: 'playout-end', turn: 77 })).toEqual([{ type: 'stale', event: 'playout-end' }]);
    expect(call.state).toBe(before);
    call.send({ type: 'hang-up', reason: 'hang-up' });
    expect(call.kind).toBe('ended');
    expect(call.speech(500)).toEqual([]);
    expect(call.send({ type: 'hang-up', reason: 'shutdown' })).toEqual([]);
  });
});
