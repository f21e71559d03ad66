// The one place where the floor moves: state and event in, next state and commands out. Pure.
import { ms } from '../audio/units.ts';
import { agentSpeaking, agentSpeakingResult, thinking, thinkingResult } from './agent-floor.ts';
import {
  callerSpeaking,
  endpointing,
  endpointingResult,
  listening,
  type ResultEvent,
} from './caller-floor.ts';
import { judge, QUIET, type VadEdge } from './hysteresis.ts';
import { on, toAgentTurn } from './moves.ts';
import type { TurnPolicy } from './policy.ts';
import type { Stepped, TurnCommand, TurnEvent, TurnState } from './state.ts';

export const INITIAL_TURN_STATE: TurnState = {
  floor: { kind: 'listening', since: ms(0), prompts: 0 },
  vad: QUIET,
  nextTurn: 1,
  judgedTo: ms(0),
};

export function step(state: TurnState, event: TurnEvent, policy: TurnPolicy): Stepped {
  if (state.floor.kind === 'ended') return [state, []];
  switch (event.type) {
    case 'call-started':
      return toAgentTurn({ ...state, judgedTo: event.at }, event.at, { kind: 'greeting' }, policy);
    case 'window': {
      const window = { from: event.from, to: event.at, probability: event.probability };
      const [vad, edge] = judge(state.vad, window, policy);
      return atTime({ ...state, vad, judgedTo: event.at }, edge, event, policy);
    }
    case 'tick':
      return atTime(state, null, event, policy);
    case 'hang-up':
      return [
        on(state, { kind: 'ended', reason: event.reason }),
        [...abandon(state), { type: 'close', reason: event.reason, outcome: null }],
      ];
    case 'transcript':
    case 'transcript-failed':
    case 'reply-audio':
    case 'reply-end':
    case 'reply-failed':
    case 'playout-end':
      return result(state, event, policy);
  }
}

/** Time has passed, and perhaps the caller began or ceased to speak. */
function atTime(state: TurnState, edge: VadEdge | null, event: TurnEvent, policy: TurnPolicy): Stepped {
  const { floor } = state;
  const now = { at: event.at, policy };
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
    case 'ended':
      return [state, []];
  }
}

/** Results carry the turn they belong to; strangers never move the floor. */
function result(state: TurnState, event: ResultEvent, policy: TurnPolicy): Stepped {
  const { floor } = state;
  const stale: Stepped = [state, [{ type: 'stale', event: event.type }]];
  switch (floor.kind) {
    case 'endpointing':
      return floor.turn === event.turn ? endpointingResult(state, floor, event) : stale;
    case 'thinking':
      return floor.turn === event.turn ? thinkingResult(state, floor, event, policy) : stale;
    case 'agentSpeaking':
      return floor.turn === event.turn ? agentSpeakingResult(state, floor, event, policy) : stale;
    case 'listening':
    case 'callerSpeaking':
    case 'ended':
      return stale;
  }
}

/** What a call that ends in the middle of a turn leaves behind. */
function abandon(state: TurnState): readonly TurnCommand[] {
  const { floor } = state;
  switch (floor.kind) {
    case 'endpointing':
    case 'thinking':
      return [{ type: 'cancel', turn: floor.turn }];
    case 'agentSpeaking':
      return [{ type: 'interrupt', turn: floor.turn, by: 'end' }];
    case 'listening':
    case 'callerSpeaking':
    case 'ended':
      return [];
  }
}
