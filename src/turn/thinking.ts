// The floor is the agent's, and nothing of its reply can be heard yet: filler, deadline, and a caller who goes on.
import { ms } from '../audio/units.ts';
import type { VadEdge } from './hysteresis.ts';
import {
  answer,
  endWithoutAudio,
  giveUp,
  isAddressed,
  on,
  startPlaying,
  toCallerSpeaking,
  toListening,
  withAudio,
  worthAsking,
  type FloorOf,
  type Now,
} from './moves.ts';
import { overlapOf } from './overlap.ts';
import { isTwin, stale, type ResultEvent } from './results.ts';
import type { Filler, Stepped, TurnState } from './state.ts';

type Thinking = FloorOf<'thinking'>;

export function thinking(state: TurnState, floor: Thinking, edge: VadEdge | null, now: Now): Stepped {
  const { at, policy } = now;
  // Nothing of the answer was heard yet: the caller simply goes on talking, and all of it is answered together.
  if (edge?.type === 'speech-start' && floor.cause.kind === 'caller') {
    return [toCallerSpeaking(state, floor.cause.speech), [{ type: 'cancel', turn: floor.turn }]];
  }
  const current: Thinking = { ...floor, overlap: overlapOf(state, floor.overlap) };
  if (at >= floor.deadline) {
    const [next, commands] = giveUp(on(state, current), current, now);
    return [next, [{ type: 'watchdog', which: 'thinking' }, ...commands]];
  }
  const bridge = floor.filler.kind === 'none' && floor.cause.kind !== 'agent';
  if (!bridge || at - floor.since < policy.fillerAfterMs) return [on(state, current), []];
  const filler: Filler = { kind: 'asked' };
  return [on(state, { ...current, filler }), [{ type: 'fill', turn: floor.turn }]];
}

export function thinkingResult(
  state: TurnState,
  floor: Thinking,
  event: ResultEvent,
  policy: Now['policy'],
): Stepped {
  const now = { at: event.at, policy };
  const { prepared } = floor;
  if (isTwin(event, prepared)) return stale(state, event);
  switch (event.type) {
    case 'transcript':
      if (deservesAnswer(floor, event, policy)) return answer(state, floor, event.words.text);
      return [toListening(state, event.at, floor.prompts), [{ type: 'cancel', turn: floor.turn }]];
    case 'reply-audio': {
      const ready: Thinking = { ...floor, prepared: withAudio(prepared, event) };
      return startPlaying(on(state, ready), ready, now);
    }
    case 'filler-audio': {
      const filler: Filler = { kind: 'playing', until: ms(event.at + event.durationMs) };
      return [on(state, { ...floor, filler }), []];
    }
    case 'reply-end':
      return endWithoutAudio(state, floor, { hangUp: event.hangUp }, now);
    case 'reply-failed':
    case 'transcript-failed':
      return giveUp(state, floor, now);
    case 'turn-end-likelihood':
      return [state, []];
    case 'playout-end':
      return stale(state, event);
  }
}

function deservesAnswer(
  { cause }: Thinking,
  event: Extract<ResultEvent, { type: 'transcript' }>,
  policy: Now['policy'],
): boolean {
  if (cause.kind !== 'caller') return true;
  const { words } = event;
  return words.text === '' ? worthAsking(cause.speech, policy) : isAddressed(cause.speech, words);
}
