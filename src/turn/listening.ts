// The floor is nobody's: what ends the silence is speech, keys, the time of the call, or the agent's patience.
import { ms } from '../audio/units.ts';
import type { VadEdge } from './hysteresis.ts';
import { keysReady, answerKeys } from './keys.ts';
import { toAgentTurn, toCallerSpeaking, type FloorOf, type Now } from './moves.ts';
import type { Stepped, TurnState } from './state.ts';

export function listening(
  state: TurnState,
  floor: FloorOf<'listening'>,
  edge: VadEdge | null,
  now: Now,
): Stepped {
  const { at, policy } = now;
  if (edge?.type === 'speech-start') {
    return [toCallerSpeaking(state, { onset: edge.onset, prompts: floor.prompts }), []];
  }
  if (keysReady(state, now)) return answerKeys(state, now);
  if (state.vad.kind !== 'quiet' || state.keys !== null) return [state, []];
  const leftMs = ms(state.startedAt + policy.maxCallMs - at);
  if (leftMs <= 0 && state.limit !== 'said') {
    return toAgentTurn({ ...state, limit: 'said' }, at, { kind: 'time-up' }, policy);
  }
  if (leftMs <= policy.callWarningMs && state.limit === 'not-yet') {
    return toAgentTurn({ ...state, limit: 'warned' }, at, { kind: 'time-warning' }, policy);
  }
  if (at - floor.since < policy.idleMs) return [state, []];
  return toAgentTurn(state, at, { kind: 'silence', count: floor.prompts + 1 }, policy);
}
