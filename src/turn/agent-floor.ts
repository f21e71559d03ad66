// The floor is the agent's: thinking and agentSpeaking, what ends them, and what the caller says meanwhile.
import { ms, type Ms } from '../audio/units.ts';
import type { ResultEvent } from './caller-floor.ts';
import type { VadEdge } from './hysteresis.ts';
import {
  answer,
  endWithoutAudio,
  giveUp,
  goodbye,
  on,
  openLine,
  overlapOf,
  startPlaying,
  toCallerSpeaking,
  toListening,
  worthAsking,
} from './moves.ts';
import type { TurnPolicy } from './policy.ts';
import type { Floor, Preparation, Stepped, TurnCommand, TurnState } from './state.ts';

type Thinking = Extract<Floor, { kind: 'thinking' }>;
type AgentSpeaking = Extract<Floor, { kind: 'agentSpeaking' }>;

export function thinking(
  state: TurnState,
  floor: Thinking,
  edge: VadEdge | null,
  now: { at: Ms; policy: TurnPolicy },
): Stepped {
  const { at, policy } = now;
  // Nothing of the answer was heard yet: the caller simply goes on talking, and all of it is answered together.
  if (edge?.type === 'speech-start' && floor.cause.kind === 'caller') {
    return [toCallerSpeaking(state, floor.cause.speech.onset), [{ type: 'cancel', turn: floor.turn }]];
  }
  const current: Thinking = { ...floor, overlap: overlapOf(state, floor.overlap) };
  if (at < floor.deadline) return [on(state, current), []];
  const [next, commands] = giveUp(on(state, current), current, at, policy);
  return [next, [{ type: 'watchdog', which: 'thinking' }, ...commands]];
}

export function agentSpeaking(
  state: TurnState,
  floor: AgentSpeaking,
  now: { at: Ms; policy: TurnPolicy },
): Stepped {
  const { at, policy } = now;
  const current: AgentSpeaking = { ...floor, overlap: overlapOf(state, floor.overlap) };
  if (interrupts(state, current, policy)) {
    const onset = current.overlap?.onset ?? at;
    return [
      toCallerSpeaking(state, onset),
      [
        { type: 'interrupt', turn: floor.turn, by: 'caller' },
        { type: 'vad-reset', turn: floor.turn },
      ],
    ];
  }
  const patience = floor.end === null ? policy.thinkingDeadlineMs : policy.playoutSlackMs;
  if (at - floor.playUntil < patience) return [on(state, current), []];
  const [next, commands] = played(on(state, current), current, at, policy);
  return [next, [{ type: 'watchdog', which: 'playout' }, ...commands]];
}

/** Speech during playout that has lasted long enough, counted from the first audio; a goodbye is played to its end. */
function interrupts(state: TurnState, floor: AgentSpeaking, policy: TurnPolicy): boolean {
  if (state.vad.kind !== 'speaking' || (floor.end !== null && floor.end.hangUp !== null)) return false;
  return state.vad.lastSpeech - Math.max(state.vad.onset, floor.since) >= policy.minInterruptMs;
}

function played(state: TurnState, floor: AgentSpeaking, at: Ms, policy: TurnPolicy): Stepped {
  const finish: TurnCommand = { type: 'finish', turn: floor.turn };
  const outcome = floor.end?.hangUp ?? null;
  if (outcome !== null) return goodbye(state, outcome, [finish]);
  const [next, commands] = openLine(state, at, floor, policy);
  return [next, [finish, ...commands]];
}

export function thinkingResult(
  state: TurnState,
  floor: Thinking,
  event: ResultEvent,
  policy: TurnPolicy,
): Stepped {
  const { prepared, turn } = floor;
  const withPrepared = (change: Partial<Preparation>): Thinking => ({
    ...floor,
    prepared: { ...prepared, ...change },
  });
  switch (event.type) {
    case 'transcript':
      if (event.text !== '' || floor.cause.kind === 'agent' || worthAsking(floor.cause.speech, policy)) {
        return answer(state, floor, event.text);
      }
      return [toListening(state, event.at), [{ type: 'cancel', turn }]];
    case 'reply-audio': {
      const ready = withPrepared({ audioMs: ms(prepared.audioMs + event.durationMs) });
      return startPlaying(on(state, ready), ready, event.at);
    }
    case 'reply-end':
      return endWithoutAudio(state, floor, event.at, { hangUp: event.hangUp, policy });
    case 'reply-failed':
    case 'transcript-failed':
      return giveUp(state, floor, event.at, policy);
    case 'playout-end':
      return [state, [{ type: 'stale', event: event.type }]];
  }
}

export function agentSpeakingResult(
  state: TurnState,
  floor: AgentSpeaking,
  event: ResultEvent,
  policy: TurnPolicy,
): Stepped {
  switch (event.type) {
    case 'reply-audio': {
      const playUntil = ms(Math.max(floor.playUntil, event.at) + event.durationMs);
      return [on(state, { ...floor, playUntil }), []];
    }
    case 'reply-end':
      return [on(state, { ...floor, end: { hangUp: event.hangUp } }), []];
    case 'reply-failed':
      return [on(state, { ...floor, end: { hangUp: null } }), []];
    case 'playout-end':
      return played(state, floor, event.at, policy);
    case 'transcript':
    case 'transcript-failed':
      return [state, [{ type: 'stale', event: event.type }]];
  }
}
