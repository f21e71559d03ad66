// The caller has paused: the answer is prepared while it is waited for whether the turn is over.
import type { VadEdge } from './hysteresis.ts';
import { answerKeys, keysReady } from './keys.ts';
import {
  answer,
  decisionAt,
  discarded,
  endWithoutAudio,
  giveUp,
  isAddressed,
  on,
  startPlaying,
  thinkingOf,
  toCallerSpeaking,
  toListening,
  withAudio,
  worthAsking,
  type FloorOf,
  type Now,
} from './moves.ts';
import type { TurnPolicy } from './policy.ts';
import type { Preparation, Stepped, TurnCommand, TurnHeard, TurnState } from './state.ts';
import { isTwin, stale, type ResultEvent } from './results.ts';
import { ms } from '../audio/units.ts';

type Endpointing = FloorOf<'endpointing'>;

export function endpointing(state: TurnState, floor: Endpointing, edge: VadEdge | null, now: Now): Stepped {
  const { turn, speech, prompts, prepared } = floor;
  if (edge?.type === 'speech-start') {
    const { onset, cuts, evidence } = speech;
    const cancel: TurnCommand = { type: 'cancel', turn };
    return [toCallerSpeaking(state, { onset, cuts, evidence, prompts }), [...discarded(prepared), cancel]];
  }
  if (keysReady(state, now)) return answerKeys(state, now);
  return isOver(state, floor, now) ? decide(state, floor, now) : [state, []];
}

function isOver(state: TurnState, floor: Endpointing, { at, policy }: Now): boolean {
  const judged = state.judgedTo >= floor.decideAt && state.vad.kind !== 'starting';
  return judged || at - state.burstMs - floor.decideAt >= policy.verdictGraceMs;
}

/** The caller's turn is over: let the prepared answer be heard, or go on preparing it in `thinking`. */
function decide(state: TurnState, floor: Endpointing, now: Now): Stepped {
  const { prepared, speech, turn, prompts } = floor;
  if (state.keys !== null) {
    // Keys that are being pressed say more than the words before them.
    return [toListening(state, now.at, prompts), [...discarded(prepared), { type: 'cancel', turn }]];
  }
  const thinking = thinkingOf({ turn, cause: { kind: 'caller', speech }, prepared }, now);
  const thinkingState = on(state, thinking);
  switch (prepared.stage) {
    case 'transcribing':
      return waitForWords(state, floor, now);
    case 'hurried':
      return [thinkingState, []];
    case 'failed':
      return giveUp(state, floor, now);
    case 'nothing-heard':
      if (!worthAsking(speech, now.policy)) {
        return [toListening(state, now.at, prompts), [{ type: 'cancel', turn }]];
      }
      return answer(thinkingState, thinking, '');
    case 'replying': {
      const [next, commands] = heardNow(thinkingState, thinking, now);
      return [next, [{ type: 'speculation', result: 'used' }, ...commands]];
    }
  }
}

/** Silence alone would be the end of the turn, but the words are late: they are waited for, and may prolong the wait. */
function waitForWords(state: TurnState, floor: Endpointing, { policy }: Now): Stepped {
  const decideAt = ms(floor.speech.lastSpeech + policy.longWaitMs);
  const prepared: Preparation = { ...floor.prepared, stage: 'hurried' };
  return [on(state, { ...floor, decideAt, prepared }), [{ type: 'hurry', turn: floor.turn }]];
}

function heardNow(state: TurnState, floor: FloorOf<'thinking'>, now: Now): Stepped {
  const { prepared, turn } = floor;
  if (prepared.audioMs > 0) return startPlaying(state, floor, now);
  const release: TurnCommand = { type: 'release', turn };
  if (prepared.end === null) return [state, [release]];
  // A reply without audio is a reply all the same: the turn belongs to the conversation and its record.
  const [next, commands] = endWithoutAudio(state, floor, prepared.end, now);
  return [next, [release, ...commands]];
}

/** A result for the turn whose end is being waited for: kept until the decision, and it may bring that about. */
export function endpointingResult(
  state: TurnState,
  floor: Endpointing,
  event: ResultEvent,
  policy: TurnPolicy,
): Stepped {
  const now = { at: event.at, policy };
  const { prepared } = floor;
  if (isTwin(event, prepared)) return stale(state, event);
  const keep = (change: Partial<Preparation>): Stepped => [
    on(state, { ...floor, prepared: { ...prepared, ...change } }),
    [],
  ];
  switch (event.type) {
    case 'transcript':
      return decided(withWords(state, floor, event, policy), now);
    case 'turn-end-likelihood':
      return decided(
        [on(state, withHeard(floor, { ...floor.heard, likelihood: event.likelihood }, policy)), []],
        now,
      );
    case 'reply-audio':
      return [on(state, { ...floor, prepared: withAudio(prepared, event) }), []];
    case 'reply-end':
      return keep({ end: { hangUp: event.hangUp } });
    case 'reply-failed':
    case 'transcript-failed':
      if (prepared.audioMs > 0) return keep({ end: { hangUp: null } });
      return decided([on(state, withFailure(floor, policy)), []], now);
    case 'filler-audio':
    case 'playout-end':
      return stale(state, event);
  }
}

function withWords(
  state: TurnState,
  floor: Endpointing,
  { words }: Extract<ResultEvent, { type: 'transcript' }>,
  policy: TurnPolicy,
): Stepped {
  const known = withHeard(floor, { ...floor.heard, words }, policy);
  if (isAddressed(floor.speech, words)) return answer(state, known, words.text);
  const prepared: Preparation = { ...known.prepared, stage: 'nothing-heard' };
  const decideAt = ms(floor.speech.lastSpeech + policy.baseWaitMs);
  return [on(state, { ...known, decideAt, prepared }), []];
}

/** Nothing more will be known of the end of the turn: silence alone decides. */
function withFailure(floor: Endpointing, policy: TurnPolicy): Endpointing {
  const baseAt = ms(floor.speech.lastSpeech + policy.baseWaitMs);
  const decideAt = floor.heard.words === null ? baseAt : floor.decideAt;
  return { ...floor, decideAt, prepared: { ...floor.prepared, stage: 'failed' } };
}

function withHeard(floor: Endpointing, heard: TurnHeard, policy: TurnPolicy): Endpointing {
  const decideAt = heard.words === null ? floor.decideAt : decisionAt(floor.speech, heard, policy);
  return { ...floor, heard, decideAt };
}

/** What was just learnt may mean that the turn has been over for a while. */
function decided([state, commands]: Stepped, now: Now): Stepped {
  const { floor } = state;
  if (floor.kind !== 'endpointing' || !isOver(state, floor, now)) return [state, commands];
  const [next, more] = decide(state, floor, now);
  return [next, [...commands, ...more]];
}
