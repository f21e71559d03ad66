// The floor is the caller's, who is talking: long speech is cut into parts, and what never ends is ended.
import type { Ms } from '../audio/units.ts';
import { NO_EVIDENCE, strongest, type Evidence } from './evidence.ts';
import type { VadEdge, VadState } from './hysteresis.ts';
import { answerKeys, keysReady } from './keys.ts';
import {
  on,
  partsOf,
  thinkingOf,
  toEndpointing,
  transcribe,
  UNPREPARED,
  type FloorOf,
  type Now,
  type Paused,
} from './moves.ts';
import type { Stepped, TurnState } from './state.ts';

/** Speech without the shortest pause is cut all the same when a part is this much longer than it should be. */
const MAX_PART_SHARE = 1.5;

export function callerSpeaking(
  state: TurnState,
  floor: FloorOf<'callerSpeaking'>,
  edge: VadEdge | null,
  now: Now,
): Stepped {
  const { at, policy } = now;
  if (edge?.type === 'speech-end') {
    return toEndpointing(state, pausedAt(floor, edge.lastSpeech, edge.evidence), policy);
  }
  if (at - state.burstMs - state.judgedTo >= policy.verdictGraceMs) {
    const cut = pausedAt(floor, state.judgedTo, burstEvidence(state));
    const [next, commands] = toEndpointing({ ...state, vad: { kind: 'quiet' } }, cut, policy);
    return [next, [{ type: 'watchdog', which: 'verdicts' }, ...commands]];
  }
  if (keysReady(state, now)) return answerKeys(state, now);
  // A caller who is just pausing may end the turn alone.
  const isLong = state.judgedTo - floor.onset >= policy.maxUtteranceMs;
  if (isLong && state.vad.kind === 'speaking') return endUtterance(state, floor, now);
  return cutLongSpeech(state, floor, now);
}

function pausedAt(floor: FloorOf<'callerSpeaking'>, lastSpeech: Ms, burst: Evidence): Paused {
  const { turn, onset, cuts, prompts } = floor;
  const evidence = strongest(floor.evidence, burst);
  return { turn, speech: { onset, lastSpeech, cuts, evidence, overAgent: false }, prompts };
}

function burstEvidence({ vad }: TurnState): Evidence {
  return vad.kind === 'quiet' ? NO_EVIDENCE : vad.evidence;
}

/** A part is transcribed while the caller talks on, so that only the last one is waited for. */
function cutLongSpeech(state: TurnState, floor: FloorOf<'callerSpeaking'>, { policy }: Now): Stepped {
  const cut = state.judgedTo;
  const partMs = cut - (floor.cuts.at(-1) ?? floor.onset);
  const isPause = state.vad.kind === 'stopping';
  const due = partMs >= policy.partMs && (isPause || partMs >= policy.partMs * MAX_PART_SHARE);
  if (!due) return [state, []];
  const next = { ...floor, cuts: [...floor.cuts, cut] };
  const speech = { onset: floor.onset, lastSpeech: cut, cuts: floor.cuts };
  const part = partsOf(speech, cut, policy).at(-1);
  return [on(state, next), part === undefined ? [] : [{ type: 'transcribe-part', part }]];
}

/** What is said from here on is new speech over the answer: it must not end as too long once more. */
function endUtterance(state: TurnState, floor: FloorOf<'callerSpeaking'>, now: Now): Stepped {
  const { turn, speech } = pausedAt(floor, state.judgedTo, burstEvidence(state));
  const next = thinkingOf({ turn, cause: { kind: 'caller', speech }, prepared: UNPREPARED }, now);
  const { judgedTo } = state;
  const evidence = burstEvidence(state);
  const vad: VadState = { kind: 'speaking', onset: judgedTo, lastSpeech: judgedTo, evidence };
  return [
    on({ ...state, vad }, next),
    [
      { type: 'watchdog', which: 'utterance' },
      transcribe(state, { turn, speech, priority: 'final' }, now.policy),
    ],
  ];
}
