// Calls that we make: who speaks first, and what a machine gets.
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { FloorDriver } from '../support/floor.ts';

const HOLD_MS = ms(1_500);

function held(): FloorDriver {
  const call = new FloorDriver();
  expect(call.send({ type: 'call-started', holdMs: HOLD_MS })).toEqual([]);
  return call;
}

const replies = (call: FloorDriver): readonly unknown[] =>
  call.commands.flatMap((command) => (command.type === 'reply' ? [command.cause] : []));

describe('a call that we made', () => {
  it('listens first, and answers the hello', () => {
    const call = held();
    expect(call.kind).toBe('listening');
    call.silence(500);
    call.saysAndWaits('Hello?');
    expect(replies(call)).toEqual([{ kind: 'heard', text: 'Hello?' }]);
    expect(call.kind).toBe('thinking');
  });

  it('speaks of its own accord when nobody has said anything for so long', () => {
    const call = held();
    call.silence(1_440);
    expect(call.kind).toBe('listening');
    call.silence(96);
    expect(replies(call)).toEqual([{ kind: 'silence', count: 1 }]);
  });

  it('asks no sooner than usual afterwards', () => {
    const call = held();
    call.silence(1_600);
    const { turn } = call;
    call.audio(2_000);
    call.end(null);
    call.silence(2_000);
    call.send({ type: 'playout-end', turn });
    call.silence(call.policy.idleMs - 500);
    expect(replies(call)).toHaveLength(1);
    call.silence(600);
    expect(replies(call)).toHaveLength(2);
  });
});

describe('a machine that answers', () => {
  const MESSAGE = 'Please call us back.';

  it('ends the call where it gets no message', () => {
    const call = held();
    call.speech(2_000);
    const commands = call.send({ type: 'machine', message: null });
    expect(commands.at(-1)).toEqual({ type: 'close', reason: 'machine', outcome: null });
    expect(call.kind).toBe('ended');
  });

  it.each(['listening', 'callerSpeaking', 'endpointing', 'agentSpeaking'] as const)(
    'gets the message whoever has the floor: %s',
    (floor) => {
      const call = held();
      if (floor === 'callerSpeaking') call.speech(500);
      if (floor === 'endpointing') {
        call.speech(500);
        call.silence(96);
      }
      if (floor === 'agentSpeaking') {
        call.silence(1_600);
        call.audio(5_000);
        call.silence(500);
      }
      expect(call.kind).toBe(floor);
      const before = floor === 'agentSpeaking' ? call.turn : null;
      const commands = call.send({ type: 'machine', message: MESSAGE });
      expect(commands).toContainEqual({
        type: 'reply',
        turn: call.turn,
        cause: { kind: 'message', text: MESSAGE },
      });
      if (before !== null) expect(commands).toContainEqual({ type: 'interrupt', turn: before, by: 'end' });
      expect(call.kind).toBe('thinking');
    },
  );

  it('does not stop the message with its own voice, and the call ends when it was played', () => {
    const call = held();
    call.send({ type: 'machine', message: MESSAGE });
    const { turn } = call;
    call.audio(3_000, turn, true);
    call.end('message-left', turn);
    call.commands = [];
    call.speech(2_000);
    expect(call.kind).toBe('agentSpeaking');
    expect(call.count('pause')).toBe(0);
    call.silence(1_100);
    const [finish, close] = call.send({ type: 'playout-end', turn });
    expect([finish, close]).toEqual([
      { type: 'finish', turn },
      { type: 'close', reason: 'goodbye', outcome: 'message-left' },
    ]);
  });

  it('ends the call when the message cannot be spoken', () => {
    const call = held();
    call.send({ type: 'machine', message: MESSAGE });
    const { turn } = call;
    const commands = call.send({ type: 'reply-failed', turn });
    expect(commands).toContainEqual({ type: 'close', reason: 'goodbye', outcome: 'message-failed' });
  });

  it('changes nothing after the end', () => {
    const call = held();
    call.send({ type: 'hang-up', reason: 'hang-up' });
    expect(call.send({ type: 'machine', message: MESSAGE })).toEqual([]);
  });
});
