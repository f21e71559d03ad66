// The reply stands still while the caller's speech over it is listened to: words end it, anything else lets it go on.
import { ms, type Ms } from '../audio/units.ts';
import { gistOver } from './agent-speaking.ts';
import { isSure } from './backchannel.ts';
import { strongest, worthAsking } from './evidence.ts';
import { on, partsOf, type FloorOf, type Now } from './moves.ts';
import { playingAfter } from './playing.ts';
import { yieldToWords } from './reply-over.ts';
import { stale, type ResultEvent } from './results.ts';
import {
  isOpen,
  type Floor,
  type Overlap,
  type Probe,
  type Speech,
  type Stepped,
  type TurnCommand,
  type TurnState,
} from './state.ts';

type AgentPaused = FloorOf<'agentPaused'>;

/** The first words can be made out in this much speech; less is transcribed only when the speech has ended. */
const FIRST_PROBE_MS = 350;
/** After an answer without words, speech that goes on is listened to again when it is longer by this. */
const NEXT_PROBE_MS = 250;
/** For a voice that goes on, and without any answer of the transcriber, the pause may last this many times `maxPauseMs`. */
const LONGEST_SHARE = 2;

export function agentPaused(state: TurnState, floor: AgentPaused, now: Now): Stepped {
  const { at, policy } = now;
  const current: AgentPaused = { ...floor, speech: withVad(state, floor.speech) };
  const pausedMs = at - floor.since;
  const known = floor.probe !== null && floor.probe.answer !== 'open';
  // A voice that goes on is given longer: the first words of one sentence in ten are not made out in half a second.
  const patienceMs = worthAsking(current.speech.evidence)
    ? policy.maxPauseMs * LONGEST_SHARE
    : policy.maxPauseMs;
  if (known && pausedMs >= patienceMs) {
    const unsure = floor.probe.answer === 'unsure';
    return resume(state, current, unsure ? 'unheard' : 'dismissed', now);
  }
  if (pausedMs >= policy.maxPauseMs * LONGEST_SHARE) {
    const [next, commands] = resume(state, current, 'unheard', now);
    return [next, [{ type: 'watchdog', which: 'pause' }, ...commands]];
  }
  return probeDue(state, current) ? ask(state, current, now) : [on(state, current), []];
}

function withVad({ vad }: TurnState, speech: Speech): Speech {
  if (vad.kind !== 'speaking' && vad.kind !== 'stopping') return speech;
  return { ...speech, lastSpeech: vad.lastSpeech, evidence: strongest(speech.evidence, vad.evidence) };
}

const isOver = ({ vad }: TurnState): boolean => vad.kind === 'quiet' || vad.kind === 'starting';

function probeDue(state: TurnState, { speech, probe }: AgentPaused): boolean {
  if (isOver(state)) {
    if (probe === null) return true;
    return !isOpen(probe) && (probe.to < speech.lastSpeech || probe.answer === 'unsure');
  }
  if (probe === null) return speech.lastSpeech - speech.onset >= FIRST_PROBE_MS;
  return !isOpen(probe) && speech.lastSpeech - probe.to >= NEXT_PROBE_MS;
}

function ask(state: TurnState, floor: AgentPaused, { policy }: Now): Stepped {
  const { speech, callerTurn } = floor;
  const to = ms(Math.max(state.judgedTo, speech.lastSpeech));
  const parts = partsOf(speech, to, policy);
  const from = parts[0]?.from ?? speech.onset;
  const before = floor.probe?.answer ?? 'failed';
  const answer = before === 'failed' || before === 'unsure' ? 'open' : 'open-again';
  const probe: Probe = { turn: callerTurn, from, to, answer };
  const { lastSpeech } = speech;
  return [
    on(state, { ...floor, probe }),
    [{ type: 'transcribe', turn: callerTurn, parts, lastSpeech, priority: 'final' }],
  ];
}

/** `dismissed` speech held no words; `unheard` speech is answered when the reply is over. */
function resume(state: TurnState, floor: AgentPaused, what: 'dismissed' | 'unheard', { at }: Now): Stepped {
  const { turn, reply, since, callerTurn } = floor;
  const pausedMs = at - since;
  const later = (moment: Ms): Ms => (moment > since ? ms(moment + pausedMs) : moment);
  const next: Floor = {
    kind: 'agentSpeaking',
    turn,
    reply: { ...reply, playUntil: later(reply.playUntil), protectedUntil: later(reply.protectedUntil) },
    overlap: overlapAfter(state, floor, what),
  };
  const dropped: readonly TurnCommand[] = what === 'unheard' ? [{ type: 'cancel', turn: callerTurn }] : [];
  return [on(state, next), [...dropped, { type: 'resume', turn }]];
}

/** Speech that goes on must not pause the reply again at once, whatever was found in it so far. */
function overlapAfter(
  state: TurnState,
  { speech, probe, callerTurn }: AgentPaused,
  what: 'dismissed' | 'unheard',
): Overlap | null {
  if (isOver(state)) return what === 'dismissed' ? null : { speech, dismissed: null };
  const { onset, lastSpeech } = speech;
  const unknown: Probe = { turn: callerTurn, from: onset, to: lastSpeech, answer: 'failed' };
  return { speech, dismissed: what === 'dismissed' && probe !== null ? probe : unknown };
}

export function agentPausedResult(
  state: TurnState,
  floor: AgentPaused,
  event: ResultEvent,
  policy: Now['policy'],
): Stepped {
  const now = { at: event.at, policy };
  if (event.turn === floor.callerTurn) return probeResult(state, floor, event, now);
  if (event.turn !== floor.turn) return stale(state, event);
  // Until it goes on, nothing of it is played.
  const reply = playingAfter(floor.reply, { ...event, at: floor.since });
  if (reply !== null) return [on(state, { ...floor, reply }), []];
  return event.type === 'turn-end-likelihood' ? [state, []] : stale(state, event);
}

function probeResult(state: TurnState, floor: AgentPaused, event: ResultEvent, now: Now): Stepped {
  const { probe } = floor;
  if (event.type === 'turn-end-likelihood') return [state, []];
  if (probe === null || (event.type !== 'transcript' && event.type !== 'transcript-failed')) {
    return stale(state, event);
  }
  if (event.type === 'transcript-failed') {
    const failed: AgentPaused = { ...floor, probe: { ...probe, answer: 'failed' } };
    return isOver(state) ? resume(state, failed, 'unheard', now) : [on(state, failed), []];
  }
  const gist = gistOver(event, floor.speech);
  if (gist === 'words') {
    if (!isOver(state) && !isSure(event.words.text)) {
      return [on(state, { ...floor, probe: { ...probe, answer: 'unsure' } }), []];
    }
    const { callerTurn, speech } = floor;
    return yieldToWords(
      state,
      floor,
      { turn: callerTurn, speech, words: event.words, heardTo: probe.to },
      now,
    );
  }
  const answered: AgentPaused = { ...floor, probe: { ...probe, answer: gist } };
  const heardAll = isOver(state) && probe.to >= floor.speech.lastSpeech;
  return heardAll ? resume(state, answered, 'dismissed', now) : [on(state, answered), []];
}
