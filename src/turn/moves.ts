// The moves from one floor state into another, shared by everything that decides: each enters a state whole.
import { ms, type Ms } from '../audio/units.ts';
import { overlapGist } from './backchannel.ts';
import { endOfTurnWaitMs, waitFrom } from './end-of-turn.ts';
import { credible, NO_EVIDENCE, worthAsking as isVoice } from './evidence.ts';
import { speechOnset } from './hysteresis.ts';
import { overlapOf, unanswered } from './overlap.ts';
import type { TurnPolicy } from './policy.ts';
import type {
  AgentInput,
  Floor,
  Overlap,
  Preparation,
  ReplyCause,
  ReplyEnd,
  Span,
  Speech,
  Stepped,
  ThinkingCause,
  TurnCommand,
  TurnHeard,
  TurnId,
  TurnState,
  Words,
} from './state.ts';

export type FloorOf<K extends Floor['kind']> = Extract<Floor, { kind: K }>;

/** The moment of an event, and the rules. */
export interface Now {
  readonly at: Ms;
  readonly policy: TurnPolicy;
}

export const UNPREPARED: Preparation = {
  stage: 'transcribing',
  audioMs: ms(0),
  protectedMs: ms(0),
  end: null,
};
export const UNHEARD: TurnHeard = { words: null, likelihood: null };

export const on = (state: TurnState, floor: Floor): TurnState => ({ ...state, floor });

/** Nobody has the floor. Only from states in which the caller is not talking: speech there has taken the floor before. */
export function toListening(state: TurnState, at: Ms, prompts = 0): TurnState {
  return on(state, { kind: 'listening', since: at, prompts });
}

/** The caller talks, in a turn of its own; `said` is an utterance that goes on. */
export function toCallerSpeaking(
  state: TurnState,
  said: Pick<Speech, 'onset'> & Partial<Pick<Speech, 'cuts' | 'evidence'>> & { readonly prompts?: number },
): TurnState {
  const { onset, cuts = [], evidence = NO_EVIDENCE, prompts = 0 } = said;
  const turn = state.nextTurn;
  const floor: Floor = { kind: 'callerSpeaking', turn, onset, cuts, evidence, prompts };
  return { ...state, nextTurn: state.nextTurn + 1, floor };
}

/** Nobody had the floor, or only the caller: whoever is talking keeps it, else it is open. */
export function toOpenFloor(state: TurnState, at: Ms, prompts: number): TurnState {
  const talking = speechOnset(state.vad);
  if (talking === null) return toListening(state, at, prompts);
  return toCallerSpeaking(state, { onset: talking, prompts });
}

export interface Paused {
  readonly turn: TurnId;
  readonly speech: Speech;
  readonly prompts: number;
}

/** The caller paused: prepare the answer on speculation and wait for the end of the turn. */
export function toEndpointing(state: TurnState, paused: Paused, policy: TurnPolicy): Stepped {
  const { turn, speech } = paused;
  const floor = endpointingOf(paused, { heard: UNHEARD, prepared: UNPREPARED }, policy);
  return [on(state, floor), [transcribe(state, { turn, speech, priority: 'speculative' }, policy)]];
}

export function endpointingOf(
  { turn, speech, prompts }: Paused,
  known: { readonly heard: TurnHeard; readonly prepared: Preparation },
  policy: TurnPolicy,
): FloorOf<'endpointing'> {
  const decideAt = decisionAt(speech, known.heard, policy);
  return { kind: 'endpointing', turn, speech, decideAt, ...known, prompts };
}

/** When silence is the end of the turn, as far as is known. */
export function decisionAt(speech: Speech, { words, likelihood }: TurnHeard, policy: TurnPolicy): Ms {
  if (words === null) return ms(speech.lastSpeech + policy.baseWaitMs);
  const spokenMs = ms(speech.lastSpeech - speech.onset);
  const from = waitFrom(speech.lastSpeech, words.lastSound);
  return ms(from + endOfTurnWaitMs({ ...words, spokenMs, likelihood }, policy));
}

/** What was said, with the preroll before it and everything judged after it. */
export function transcribe(
  state: TurnState,
  said: { turn: TurnId; speech: Speech; priority: 'final' | 'speculative' },
  policy: TurnPolicy,
): TurnCommand {
  const { turn, speech, priority } = said;
  const to = ms(Math.max(state.judgedTo, speech.lastSpeech));
  const { lastSpeech } = speech;
  return { type: 'transcribe', turn, parts: partsOf(speech, to, policy), lastSpeech, priority };
}

/** Speech in the parts that it was cut into. After the last cut there may be nothing but silence. */
export function partsOf(
  speech: Pick<Speech, 'onset' | 'lastSpeech' | 'cuts'>,
  to: Ms,
  policy: TurnPolicy,
): readonly Span[] {
  const from = ms(Math.max(0, speech.onset - policy.prerollMs));
  const starts = [from, ...speech.cuts];
  const ends = [...speech.cuts, to];
  const spans = starts.map((start, index) => ({ from: start, to: ends[index] ?? to }));
  return spans.filter((span, index) => index === 0 || span.from < speech.lastSpeech);
}

/** The agent speaks on its own account, in a turn of its own. */
export function toAgentTurn(
  state: TurnState,
  at: Ms,
  cause: Exclude<ReplyCause, { kind: 'heard' | 'keys' }>,
  policy: TurnPolicy,
): Stepped {
  const overlap = state.floor.kind === 'thinking' ? state.floor.overlap : null;
  const input: AgentInput = cause.kind;
  const prompts = cause.kind === 'silence' ? cause.count : 0;
  return toReply(state, { cause, thinking: { kind: 'agent', input }, prompts, overlap }, { at, policy });
}

/** A reply without any transcription: to nothing, or to keys. */
export function toReply(
  state: TurnState,
  what: {
    readonly cause: ReplyCause;
    readonly thinking: ThinkingCause;
    readonly prompts: number;
    readonly overlap: Overlap | null;
  },
  now: Now,
): Stepped {
  const turn = state.nextTurn;
  const prepared: Preparation = { ...UNPREPARED, stage: 'replying' };
  const thinking = thinkingOf({ turn, prepared, cause: what.thinking }, now);
  const floor: Floor = { ...thinking, prompts: what.prompts, overlap: what.overlap };
  return [
    { ...state, nextTurn: turn + 1, floor },
    [
      { type: 'reply', turn, cause: what.cause },
      { type: 'release', turn },
    ],
  ];
}

/** The turn is over and its answer is still being prepared. */
export function thinkingOf(
  over: { readonly turn: TurnId; readonly cause: ThinkingCause; readonly prepared: Preparation },
  { at, policy }: Now,
): FloorOf<'thinking'> {
  return {
    kind: 'thinking',
    ...over,
    since: at,
    deadline: ms(at + policy.thinkingDeadlineMs),
    filler: { kind: 'none' },
    prompts: 0,
    overlap: null,
  };
}

/** Something went wrong before the caller heard anything: apologize, unless this was the apology itself. */
export function giveUp(state: TurnState, floor: FloorOf<'endpointing' | 'thinking'>, now: Now): Stepped {
  const cancel: TurnCommand = { type: 'cancel', turn: floor.turn };
  if (floor.kind === 'thinking' && floor.cause.kind === 'agent') {
    // Nobody is there to talk to.
    if (floor.cause.input === 'message') return goodbye(state, 'message-failed', [cancel]);
    const [open, commands] = openLine(state, floor, now);
    return [open, [cancel, ...commands]];
  }
  const [next, commands] = toAgentTurn(state, now.at, { kind: 'apology' }, now.policy);
  return [next, [cancel, ...commands]];
}

/** Text is known, or known to be none: ask for the reply to it. While the decision is pending it is held back. */
export function answer(state: TurnState, floor: FloorOf<'endpointing' | 'thinking'>, text: string): Stepped {
  const prepared: Preparation = { ...floor.prepared, stage: 'replying' };
  const reply: TurnCommand = { type: 'reply', turn: floor.turn, cause: { kind: 'heard', text } };
  if (floor.kind === 'endpointing') return [on(state, { ...floor, prepared }), [reply]];
  return [on(state, { ...floor, prepared }), [reply, { type: 'release', turn: floor.turn }]];
}

/** Speech without words that deserves a "sorry?". */
export function worthAsking(speech: Speech, policy: TurnPolicy): boolean {
  const long = speech.lastSpeech - speech.onset >= policy.askAgainMs;
  return long && !speech.overAgent && isVoice(speech.evidence);
}

/** Whether words deserve an answer: from a caller, and more than a sign of listening to the agent. */
export function isAddressed(speech: Speech, words: Words): boolean {
  return credible(words.text, words.confidence, speech.evidence) && !isAside(speech, words);
}

/** Whether words that were said over the agent's voice are no more than a sign of listening. */
function isAside(speech: Speech, words: Words): boolean {
  if (!speech.overAgent || words.fit === 'whole') return false;
  return overlapGist(words.text, words.confidence, words.fit === 'part') !== 'words';
}

/** A reply that is over: played, or failed before it could be. */
export interface ReplyOver {
  readonly turn: TurnId;
  readonly prompts: number;
  readonly overlap: Overlap | null;
}

/**
 * After a reply has been played, cleared or failed: exactly one detector reset, and the line is open. Speech that
 * began over the agent's voice goes on as the caller's turn; speech that ended over it is answered now.
 */
export function openLine(
  state: TurnState,
  { turn, prompts, overlap }: ReplyOver,
  { at, policy }: Now,
): Stepped {
  const reset: TurnCommand = { type: 'vad-reset', turn };
  const talking = speechOnset(state.vad);
  const speech = overlap === null ? null : unanswered(overlap);
  if (talking !== null) {
    // What was found to hold no words is not listened to once more.
    const onset = speech?.onset ?? overlap?.dismissed?.to ?? talking;
    return [toCallerSpeaking(state, { onset, prompts }), [reset]];
  }
  if (speech === null) return [toListening(state, at, prompts), [reset]];
  const caller = state.nextTurn;
  const paused = { turn: caller, speech, prompts };
  const [next, commands] = toEndpointing({ ...state, nextTurn: caller + 1 }, paused, policy);
  return [next, [reset, ...commands]];
}

/** Audio is ready and the turn is the agent's: it is being played from now on, behind the filler if there is one. */
export function startPlaying(state: TurnState, floor: FloorOf<'thinking'>, { at, policy }: Now): Stepped {
  const { prepared, turn, prompts, cause, filler } = floor;
  const begins = filler.kind === 'playing' ? Math.max(at, filler.until) : at;
  const protection = cause.kind === 'agent' && cause.input === 'greeting' ? policy.greetingProtectionMs : 0;
  const next: Floor = {
    kind: 'agentSpeaking',
    turn,
    reply: {
      armedAt: ms(at + protection),
      playUntil: ms(begins + prepared.audioMs),
      protectedUntil: prepared.protectedMs > 0 ? ms(begins + prepared.protectedMs) : at,
      end: prepared.end,
      mark: 'awaited',
      prompts,
    },
    overlap: overlapOf(state, floor.overlap),
  };
  return [on(state, next), [{ type: 'release', turn }]];
}

/** The reply is complete and has no audio: hang up if it says so, else the line is open again. */
export function endWithoutAudio(
  state: TurnState,
  floor: FloorOf<'thinking'>,
  end: ReplyEnd,
  now: Now,
): Stepped {
  const finish: TurnCommand = { type: 'finish', turn: floor.turn };
  if (end.hangUp !== null) return goodbye(state, end.hangUp, [finish]);
  const [next, commands] = openLine(state, floor, now);
  return [next, [finish, ...commands]];
}

export function goodbye(state: TurnState, outcome: string, before: readonly TurnCommand[]): Stepped {
  const close: TurnCommand = { type: 'close', reason: 'goodbye', outcome };
  return [on(state, { kind: 'ended', reason: 'goodbye' }), [...before, close]];
}

/** A reply that was begun before the turn was over is thrown away. */
export function discarded(prepared: Preparation): readonly TurnCommand[] {
  return prepared.stage === 'replying' ? [{ type: 'speculation', result: 'discarded' }] : [];
}

/** One more piece of the reply's audio is ready. */
export function withAudio(
  prepared: Preparation,
  piece: { readonly durationMs: Ms; readonly uninterruptible: boolean },
): Preparation {
  const audioMs = ms(prepared.audioMs + piece.durationMs);
  return { ...prepared, audioMs, protectedMs: piece.uninterruptible ? audioMs : prepared.protectedMs };
}
