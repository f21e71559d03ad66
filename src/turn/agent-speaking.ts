// The agent can be heard: its reply goes on to its end, unless the caller's speech over it pauses it.
import { ms, type Ms } from '../audio/units.ts';
import { overlapGist, type Gist } from './backchannel.ts';
import { worthAsking } from './evidence.ts';
import { on, type FloorOf, type Now } from './moves.ts';
import { overlapOf } from './overlap.ts';
import { playingAfter } from './playing.ts';
import { probeDropped, played, yieldToWords } from './reply-over.ts';
import { stale, type ResultEvent } from './results.ts';
import {
  isOpen,
  type Overlap,
  type Playing,
  type Probe,
  type Speech,
  type Stepped,
  type TurnState,
} from './state.ts';

type AgentSpeaking = FloorOf<'agentSpeaking'>;

/**
 * A mark that comes back sooner than this before the byte clock's end of playout is not to be believed (some lines return
 * marks at once). Packets of 20 ms and their jitter make a true one this early at most.
 */
const EARLY_MARK_MS = 60;
/** Speech that was found to hold no words is listened to again when it has gone on for this long ... */
const LISTEN_AGAIN_MS = 1_000;
/** ... or has ended with this much that nobody has listened to. */
const UNHEARD_END_MS = 200;
/** How far back such speech is listened to: words of a caller who talks through a noise. */
const LISTEN_BACK_MS = 3_000;

export function agentSpeaking(state: TurnState, floor: AgentSpeaking, now: Now): Stepped {
  const { at, policy } = now;
  const current: AgentSpeaking = { ...floor, overlap: overlapOf(state, floor.overlap) };
  const { reply, overlap } = current;
  if (overlap !== null && pauses(state, reply, overlap, now)) {
    const over = reply.end !== null && at >= reply.playUntil;
    return over ? finished(state, current, now) : pause(state, current, overlap, at);
  }
  if (reply.mark === 'early' && at >= reply.playUntil) return finished(on(state, current), current, now);
  const patience = reply.end === null ? policy.thinkingDeadlineMs : policy.playoutSlackMs;
  if (at - reply.playUntil < patience) return listenOn(state, current, now);
  const [next, commands] = finished(on(state, current), current, now);
  return [next, [{ type: 'watchdog', which: 'playout' }, ...commands]];
}

/** Speech that nobody has listened to has lasted long enough, counted from when the reply may be paused. */
function pauses(state: TurnState, reply: Playing, overlap: Overlap, { at, policy }: Now): boolean {
  if (state.vad.kind !== 'speaking' || overlap.dismissed !== null) return false;
  if (at < reply.protectedUntil || (reply.end !== null && reply.end.hangUp !== null)) return false;
  return state.vad.lastSpeech - Math.max(state.vad.onset, reply.armedAt) >= policy.minInterruptMs;
}

function pause(state: TurnState, { turn, reply }: AgentSpeaking, { speech }: Overlap, at: Ms): Stepped {
  const callerTurn = state.nextTurn;
  return [
    {
      ...state,
      nextTurn: callerTurn + 1,
      floor: { kind: 'agentPaused', turn, reply, since: at, speech, callerTurn, probe: null },
    },
    [{ type: 'pause', turn }],
  ];
}

function finished(state: TurnState, floor: AgentSpeaking, now: Now): Stepped {
  const [next, commands] = played(state, floor, now);
  return [next, [...probeDropped(floor.overlap), ...commands]];
}

/** What was dismissed may become words: nobody who talks through a noise, or after an "mm-hm", goes unheard. */
function listenOn(state: TurnState, floor: AgentSpeaking, { policy }: Now): Stepped {
  const { overlap } = floor;
  const probe = overlap?.dismissed ?? null;
  if (overlap === null || probe === null || isOpen(probe)) return [on(state, floor), []];
  const { speech } = overlap;
  const unheardMs = speech.lastSpeech - probe.to;
  const goesOn = state.vad.kind === 'speaking' || state.vad.kind === 'stopping';
  if (goesOn ? unheardMs < LISTEN_AGAIN_MS : unheardMs < UNHEARD_END_MS) {
    if (goesOn) return [on(state, floor), []];
    // What could not be transcribed is answered when the reply is over.
    const kept = probe.answer === 'failed' ? { speech, dismissed: null } : null;
    return [on(state, { ...floor, overlap: kept }), []];
  }
  const from = ms(Math.max(0, speech.onset - policy.prerollMs, state.judgedTo - LISTEN_BACK_MS));
  const next: Probe = { turn: probe.turn, from, to: state.judgedTo, answer: 'open' };
  const parts = [{ from, to: next.to }];
  return [
    on(state, { ...floor, overlap: { speech, dismissed: next } }),
    [{ type: 'transcribe', turn: probe.turn, parts, lastSpeech: speech.lastSpeech, priority: 'overlap' }],
  ];
}

export function agentSpeakingResult(
  state: TurnState,
  floor: AgentSpeaking,
  event: ResultEvent,
  policy: Now['policy'],
): Stepped {
  const now = { at: event.at, policy };
  if (event.turn !== floor.turn) return probeResult(state, floor, event, now);
  const reply = playingAfter(floor.reply, event);
  if (reply !== null) return [on(state, { ...floor, reply }), []];
  if (event.type === 'turn-end-likelihood') return [state, []];
  if (event.type !== 'playout-end') return stale(state, event);
  if (!isTooEarly(floor.reply, event.at)) return finished(state, floor, now);
  return [on(state, { ...floor, reply: { ...floor.reply, mark: 'early' } }), []];
}

/** The last words must not be cut: their mark alone is not enough where the byte clock says that they cannot be over. */
function isTooEarly({ end, playUntil }: Playing, at: Ms): boolean {
  return end !== null && end.hangUp !== null && at < playUntil - EARLY_MARK_MS;
}

function probeResult(state: TurnState, floor: AgentSpeaking, event: ResultEvent, now: Now): Stepped {
  const { overlap } = floor;
  const probe = overlap?.dismissed ?? null;
  if (overlap === null || probe?.turn !== event.turn) return stale(state, event);
  const answered = (answer: Probe['answer']): Stepped => [
    on(state, { ...floor, overlap: { ...overlap, dismissed: { ...probe, answer } } }),
    [],
  ];
  if (event.type === 'transcript-failed') return answered('failed');
  if (event.type !== 'transcript')
    return event.type === 'turn-end-likelihood' ? [state, []] : stale(state, event);
  const gist = gistOver(event, overlap.speech);
  if (gist !== 'words' || now.at < floor.reply.protectedUntil)
    return answered(gist === 'words' ? 'nothing' : gist);
  const onset = ms(Math.max(overlap.speech.onset, probe.from + now.policy.prerollMs));
  const speech = { ...overlap.speech, onset };
  return yieldToWords(state, floor, { turn: probe.turn, speech, words: event.words, heardTo: probe.to }, now);
}

/**
 * A sign of listening is an answer once the question it answers has begun to be heard. Words in a sound that the detector
 * was never certain of are what the speech model makes of noise: of 84 sentences none is such a sound.
 */
export function gistOver(
  { words, asked }: Extract<ResultEvent, { type: 'transcript' }>,
  speech: Speech,
): Gist {
  const answers = words.fit === 'whole' || words.fit === 'part';
  const gist = overlapGist(words.text, words.confidence, answers);
  if (gist === 'backchannel' && asked && words.fit === 'whole') return 'words';
  return gist === 'words' && !worthAsking(speech.evidence) ? 'nothing' : gist;
}
