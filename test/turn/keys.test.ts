// Telephone keys as an answer, in every state of the floor.
import { describe, expect, it } from 'vitest';
import { MAX_KEYS } from '../../src/turn/keys.ts';
import { FloorDriver } from '../support/floor.ts';

function press(call: FloorDriver, digits: string, whole = false): void {
  for (const digit of digits) call.send({ type: 'key', digit, whole: whole || digit === '#' });
}

const answers = (call: FloorDriver): unknown[] =>
  call.commands.filter((command) => command.type === 'reply').map((command) => command.cause);

describe('keys', () => {
  it('are an answer when # ends them', () => {
    const call = new FloorDriver().answerCall();
    press(call, '555');
    expect(answers(call)).toEqual([]);
    press(call, '#');
    expect(answers(call)).toEqual([{ kind: 'keys', digits: '555' }]);
    expect(call.kind).toBe('thinking');
  });

  it('are an answer at once when they are a whole one', () => {
    const call = new FloorDriver().answerCall();
    press(call, '1', true);
    expect(answers(call)).toEqual([{ kind: 'keys', digits: '1' }]);
  });

  it('are an answer when no other follows for a while, and the idle prompt waits for them', () => {
    const call = new FloorDriver().answerCall();
    call.silence(7900);
    press(call, '42');
    call.silence(call.policy.keyGapMs - 64);
    expect(answers(call)).toEqual([]);
    call.silence(96);
    expect(answers(call)).toEqual([{ kind: 'keys', digits: '42' }]);
  });

  it('stop what the agent says with the first one, with one reset', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('hours');
    const { turn } = call;
    call.audio(5000);
    call.end();
    call.silence(320);
    call.commands = [];
    press(call, '4');
    expect(call.commands).toEqual([
      { type: 'interrupt', turn, by: 'caller' },
      { type: 'vad-reset', turn },
    ]);
    expect(call.kind).toBe('listening');
    press(call, '#');
    expect(answers(call)).toEqual([{ kind: 'keys', digits: '4' }]);
  });

  it('end a pause of the reply, and what was asked about the speech that caused it', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('hours');
    call.audio(5000);
    call.silence(320);
    call.speech(384);
    expect(call.kind).toBe('agentPaused');
    call.silence(64);
    press(call, '7', true);
    expect(call.commands.map((command) => command.type)).toContain('interrupt');
    expect(answers(call).at(-1)).toEqual({ kind: 'keys', digits: '7' });
    expect(call.hear('late words', { turn: 3 })).toEqual([{ type: 'stale', event: 'transcript' }]);
  });

  it('are kept through a legal notice and answered when it is over', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('hours');
    const { turn } = call;
    call.audio(2000, turn, true);
    call.end();
    call.silence(320);
    call.commands = [];
    press(call, '12#');
    expect(call.commands).toEqual([]);
    call.silence(1700);
    call.send({ type: 'playout-end', turn });
    call.silence(32);
    expect(answers(call)).toEqual([{ kind: 'keys', digits: '12' }]);
  });

  it('take the place of words that are being prepared', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.silence(64);
    call.hear('my number is', { fit: 'part' });
    const { turn } = call;
    call.commands = [];
    press(call, '5');
    expect(call.commands).toEqual([
      { type: 'speculation', result: 'discarded' },
      { type: 'cancel', turn },
    ]);
    call.silence(call.policy.keyGapMs + 64);
    expect(answers(call)).toEqual([{ kind: 'keys', digits: '5' }]);
  });

  it('take the place of an answer that nobody has heard', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('five');
    const { turn } = call;
    expect(call.kind).toBe('thinking');
    press(call, '6', true);
    expect(call.commands).toContainEqual({ type: 'cancel', turn });
    expect(answers(call).at(-1)).toEqual({ kind: 'keys', digits: '6' });
  });

  it('are answered while the caller talks, whose speech is heard on', () => {
    const call = new FloorDriver().answerCall();
    call.speech(320);
    press(call, '1', true);
    expect(answers(call)).toEqual([{ kind: 'keys', digits: '1' }]);
    call.speech(320);
    const { turn } = call;
    call.audio(3000);
    expect(call.speech(160)).toContainEqual({ type: 'pause', turn });
  });

  it('are waited for when the caller falls silent between them', () => {
    const call = new FloorDriver().answerCall();
    press(call, '55');
    call.speech(320);
    call.silence(64);
    call.hear('hm', { fit: 'unknown' });
    call.silence(1600);
    press(call, '5');
    call.silence(call.policy.keyGapMs + 64);
    expect(answers(call).at(-1)).toEqual({ kind: 'keys', digits: '555' });
  });

  it('do nothing while the goodbye is played', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('bye');
    call.audio(2000);
    call.end('done');
    call.commands = [];
    press(call, '1#');
    expect(call.commands).toEqual([]);
  });

  it('are dropped beyond the most that any answer has', () => {
    const call = new FloorDriver().answerCall();
    press(call, '1'.repeat(MAX_KEYS + 20));
    press(call, '#');
    expect(answers(call)).toEqual([{ kind: 'keys', digits: '1'.repeat(MAX_KEYS) }]);
  });
});
