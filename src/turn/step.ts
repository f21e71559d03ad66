// The one place where the floor moves: state and event in, next state and commands out. Pure.
import { QUIETEST_DBFS } from '../audio/level.ts';
import { ms, type Ms } from '../audio/units.ts';
import { agentPaused, agentPausedResult } from './agent-paused.ts';
import { agentSpeaking, agentSpeakingResult } from './agent-speaking.ts';
import { callerSpeaking } from './caller-speaking.ts';
import { endpointing, endpointingResult } from './endpointing.ts';
import { judge, QUIET, type VadEdge } from './hysteresis.ts';
import { key } from './keys.ts';
import { listening } from './listening.ts';
import { on, toAgentTurn, toListening } from './moves.ts';
import type { TurnPolicy } from './policy.ts';
import { stale, type ResultEvent } from './results.ts';
import type { EndReason, Floor, Playing, Stepped, TurnCommand, TurnEvent, TurnState } from './state.ts';
import { thinking, thinkingResult } from './thinking.ts';

/** A line that is silent for longer than this is given up, so no burst holds more; a dead detector is found so much later. */
const MAX_BURST_MS = 5_000;

/** A voice that was above the echo may sink so much without being taken for it: syllables of a soft voice differ more. */
const ECHO_HYSTERESIS_DB = 6;

export const INITIAL_TURN_STATE: TurnState = {
  floor: { kind: 'listening', since: ms(0), prompts: 0 },
  vad: QUIET,
  nextTurn: 1,
  judgedTo: ms(0),
  burstMs: ms(0),
  keys: null,
  startedAt: ms(0),
  limit: 'not-yet',
};

export function step(state: TurnState, event: TurnEvent, policy: TurnPolicy): Stepped {
  if (state.floor.kind === 'ended') return [state, []];
  if ('turn' in event) return result(state, event, policy);
  switch (event.type) {
    case 'call-started': {
      const begun = { ...state, judgedTo: event.at, startedAt: event.at };
      if (event.holdMs === undefined) return toAgentTurn(begun, event.at, { kind: 'greeting' }, policy);
      // As if the line had been silent for a while: the agent speaks when `holdMs` more have passed.
      return [toListening(begun, ms(event.at + event.holdMs - policy.idleMs)), []];
    }
    case 'window': {
      const probability = isEcho(state, event, policy) ? 0 : event.probability;
      const [vad, edge] = judge(state.vad, { from: event.from, to: event.at, probability }, policy);
      const burstMs = ms(Math.max(0, state.burstMs - (event.at - event.from)));
      return atTime({ ...state, vad, judgedTo: event.at, burstMs }, edge, event, policy);
    }
    case 'tick':
      return atTime(state, null, event, policy);
    case 'clock-ahead': {
      const burstMs = ms(Math.min(MAX_BURST_MS, state.burstMs + event.byMs));
      return [{ ...on(state, deferred(state.floor, event.byMs)), burstMs }, []];
    }
    case 'key':
      return key(state, event, policy);
    case 'machine':
      return machine(state, event, policy);
    case 'hang-up':
      return end(state, event.reason);
  }
}

/** Far quieter than what the agent is saying: its own voice on the way back. The caller's audio itself is kept. */
function isEcho(
  { vad }: TurnState,
  { echoDbfs, levelDbfs }: Extract<TurnEvent, { type: 'window' }>,
  policy: TurnPolicy,
): boolean {
  const guardDb = policy.echoGuardDb + (vad.kind === 'quiet' ? 0 : ECHO_HYSTERESIS_DB);
  return echoDbfs > QUIETEST_DBFS && levelDbfs < echoDbfs - guardDb;
}

/** Time has passed, and perhaps the caller began or ceased to speak. */
function atTime(state: TurnState, edge: VadEdge | null, event: TurnEvent, policy: TurnPolicy): Stepped {
  const { floor } = state;
  const now = { at: event.at, policy };
  if (event.at - state.startedAt >= policy.maxCallMs + policy.callWarningMs) {
    const [next, commands] = end(state, 'time-up');
    return [next, [{ type: 'watchdog', which: 'call' }, ...commands]];
  }
  switch (floor.kind) {
    case 'listening':
      return listening(state, floor, edge, now);
    case 'callerSpeaking':
      return callerSpeaking(state, floor, edge, now);
    case 'endpointing':
      return endpointing(state, floor, edge, now);
    case 'thinking':
      return thinking(state, floor, edge, now);
    case 'agentSpeaking':
      return agentSpeaking(state, floor, now);
    case 'agentPaused':
      return agentPaused(state, floor, now);
    case 'ended':
      return [state, []];
  }
}

/** Results carry the turn they belong to; strangers never move the floor. */
function result(state: TurnState, event: ResultEvent, policy: TurnPolicy): Stepped {
  const { floor } = state;
  switch (floor.kind) {
    case 'endpointing':
      return floor.turn === event.turn ? endpointingResult(state, floor, event, policy) : stale(state, event);
    case 'thinking':
      return floor.turn === event.turn ? thinkingResult(state, floor, event, policy) : stale(state, event);
    case 'agentSpeaking':
      return agentSpeakingResult(state, floor, event, policy);
    case 'agentPaused':
      return agentPausedResult(state, floor, event, policy);
    case 'listening':
    case 'callerSpeaking':
    case 'ended':
      return stale(state, event);
  }
}

/** Nothing was played, and nobody waited, in time that the media clock has gained. */
function deferred(floor: Floor, byMs: Ms): Floor {
  const later = (moment: Ms): Ms => ms(moment + byMs);
  switch (floor.kind) {
    case 'listening':
      return { ...floor, since: later(floor.since) };
    case 'thinking':
      return { ...floor, since: later(floor.since), deadline: later(floor.deadline) };
    case 'agentPaused':
      return { ...floor, since: later(floor.since), reply: deferredReply(floor.reply, later) };
    case 'agentSpeaking':
      return { ...floor, reply: deferredReply(floor.reply, later) };
    case 'callerSpeaking':
    case 'endpointing':
    case 'ended':
      return floor;
  }
}

function deferredReply(reply: Playing, later: (moment: Ms) => Ms): Playing {
  const { playUntil, protectedUntil } = reply;
  return { ...reply, playUntil: later(playUntil), protectedUntil: later(protectedUntil) };
}

function end(state: TurnState, reason: EndReason): Stepped {
  const close: TurnCommand = { type: 'close', reason, outcome: null };
  return [on(state, { kind: 'ended', reason }), [...abandon(state), close]];
}

/** Whoever has the floor loses it: a machine does not listen, and what it says is no answer. */
function machine(
  state: TurnState,
  { at, message }: Extract<TurnEvent, { type: 'machine' }>,
  policy: TurnPolicy,
): Stepped {
  if (message === null) return end(state, 'machine');
  const left = abandon(state);
  const open = { ...toListening(state, at), vad: QUIET, keys: null };
  const [next, commands] = toAgentTurn(open, at, { kind: 'message', text: message }, policy);
  return [next, [...left, ...commands]];
}

/** What a call that ends in the middle of a turn leaves behind. */
function abandon({ floor }: TurnState): readonly TurnCommand[] {
  switch (floor.kind) {
    case 'endpointing':
    case 'thinking':
      return [{ type: 'cancel', turn: floor.turn }];
    case 'agentSpeaking':
      return [{ type: 'interrupt', turn: floor.turn, by: 'end' }];
    case 'agentPaused':
      return [
        { type: 'cancel', turn: floor.callerTurn },
        { type: 'interrupt', turn: floor.turn, by: 'end' },
      ];
    case 'listening':
    case 'callerSpeaking':
    case 'ended':
      return [];
  }
}
