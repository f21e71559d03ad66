// The floor is the caller's or nobody's: listening, callerSpeaking and endpointing, and how each is left.
import { ms, type Ms } from '../audio/units.ts';
import type { VadEdge } from './hysteresis.ts';
import {
  answer,
  endWithoutAudio,
  giveUp,
  on,
  startPlaying,
  toAgentTurn,
  toCallerSpeaking,
  toEndpointing,
  toListening,
  transcribe,
  UNPREPARED,
  worthAsking,
} from './moves.ts';
import type { TurnPolicy } from './policy.ts';
import type { Floor, Preparation, Speech, Stepped, TurnEvent, TurnId, TurnState } from './state.ts';

type Listening = Extract<Floor, { kind: 'listening' }>;
type CallerSpeaking = Extract<Floor, { kind: 'callerSpeaking' }>;
type Endpointing = Extract<Floor, { kind: 'endpointing' }>;
type Thinking = Extract<Floor, { kind: 'thinking' }>;
/** A result of the turn that the floor is waiting for. */
export type ResultEvent = Extract<TurnEvent, { turn: number }>;

export function listening(
  state: TurnState,
  floor: Listening,
  edge: VadEdge | null,
  now: { at: Ms; policy: TurnPolicy },
): Stepped {
  if (edge?.type === 'speech-start') return [toCallerSpeaking(state, edge.onset), []];
  const idle = now.at - floor.since >= now.policy.idleMs && state.vad.kind === 'quiet';
  if (!idle) return [state, []];
  return toAgentTurn(state, now.at, { kind: 'silence', count: floor.prompts + 1 }, now.policy);
}

export function callerSpeaking(
  state: TurnState,
  floor: CallerSpeaking,
  edge: VadEdge | null,
  now: { at: Ms; policy: TurnPolicy },
): Stepped {
  const { at, policy } = now;
  if (edge?.type === 'speech-end') {
    const speech: Speech = { onset: floor.onset, lastSpeech: edge.lastSpeech, overAgent: false };
    return toEndpointing(state, floor.turn, speech, policy);
  }
  const cutHere: Speech = { onset: floor.onset, lastSpeech: state.judgedTo, overAgent: false };
  if (at - state.judgedTo >= policy.verdictGraceMs) {
    const [next, commands] = toEndpointing({ ...state, vad: { kind: 'quiet' } }, floor.turn, cutHere, policy);
    return [next, [{ type: 'watchdog', which: 'verdicts' }, ...commands]];
  }
  if (state.judgedTo - floor.onset < policy.maxUtteranceMs) return [state, []];
  const { turn } = floor;
  const next = thinkingOf({ turn, speech: cutHere, prepared: UNPREPARED }, at, policy);
  return [
    on(state, next),
    [
      { type: 'watchdog', which: 'utterance' },
      transcribe(state, { turn, speech: cutHere, priority: 'final' }, policy),
    ],
  ];
}

/** The caller's turn is over and its answer is still being prepared. */
function thinkingOf(
  over: { turn: TurnId; speech: Speech; prepared: Preparation },
  at: Ms,
  policy: TurnPolicy,
): Thinking {
  return {
    kind: 'thinking',
    turn: over.turn,
    cause: { kind: 'caller', speech: over.speech },
    prepared: over.prepared,
    deadline: ms(at + policy.thinkingDeadlineMs),
    prompts: 0,
    overlap: null,
  };
}

export function endpointing(
  state: TurnState,
  floor: Endpointing,
  edge: VadEdge | null,
  now: { at: Ms; policy: TurnPolicy },
): Stepped {
  const { at, policy } = now;
  if (edge?.type === 'speech-start') {
    return [toCallerSpeaking(state, floor.speech.onset), [{ type: 'cancel', turn: floor.turn }]];
  }
  const judged = state.judgedTo >= floor.decideAt && state.vad.kind !== 'starting';
  if (!judged && at - floor.decideAt < policy.verdictGraceMs) return [state, []];
  return decide(state, floor, at, policy);
}

/** The caller's turn is over: let the prepared answer be heard, or go on preparing it in `thinking`. */
function decide(state: TurnState, floor: Endpointing, at: Ms, policy: TurnPolicy): Stepped {
  const { prepared, speech, turn } = floor;
  const thinking = thinkingOf(floor, at, policy);
  const thinkingState = on(state, thinking);
  switch (prepared.stage) {
    case 'transcribing':
      return [thinkingState, [{ type: 'hurry', turn }]];
    case 'failed':
      return giveUp(state, floor, at, policy);
    case 'nothing-heard':
      if (!worthAsking(speech, policy)) return [toListening(state, at), [{ type: 'cancel', turn }]];
      return answer(thinkingState, thinking, '');
    case 'replying': {
      if (prepared.audioMs > 0) return startPlaying(thinkingState, thinking, at);
      if (prepared.end === null) return [thinkingState, [{ type: 'release', turn }]];
      return endWithoutAudio(thinkingState, thinking, at, { hangUp: prepared.end.hangUp, policy });
    }
  }
}

/** A result for the turn whose end is being waited for: kept until the decision. */
export function endpointingResult(state: TurnState, floor: Endpointing, event: ResultEvent): Stepped {
  const { prepared } = floor;
  const keep = (change: Partial<Preparation>): Stepped => [
    on(state, { ...floor, prepared: { ...prepared, ...change } }),
    [],
  ];
  switch (event.type) {
    case 'transcript':
      if (event.text === '') return keep({ stage: 'nothing-heard' });
      return answer(state, floor, event.text);
    case 'reply-audio':
      return keep({ audioMs: ms(prepared.audioMs + event.durationMs) });
    case 'reply-end':
      return keep({ end: { hangUp: event.hangUp } });
    case 'reply-failed':
    case 'transcript-failed':
      if (prepared.audioMs > 0) return keep({ end: { hangUp: null } });
      return keep({ stage: 'failed' });
    case 'playout-end':
      return [state, [{ type: 'stale', event: event.type }]];
  }
}
