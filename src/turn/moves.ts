// The moves from one floor state into another, shared by everything that decides: each enters a state whole.
import { ms, type Ms } from '../audio/units.ts';
import { speechOnset } from './hysteresis.ts';
import type { TurnPolicy } from './policy.ts';
import type {
  Floor,
  Preparation,
  ReplyCause,
  Speech,
  Stepped,
  TurnCommand,
  TurnId,
  TurnState,
} from './state.ts';

type FloorOf<K extends Floor['kind']> = Extract<Floor, { kind: K }>;

export const UNPREPARED: Preparation = { stage: 'transcribing', audioMs: ms(0), end: null };

export const on = (state: TurnState, floor: Floor): TurnState => ({ ...state, floor });

/** Nobody has the floor. Only from states in which the caller is not talking: speech there has taken the floor before. */
export function toListening(state: TurnState, at: Ms, prompts = 0): TurnState {
  return on(state, { kind: 'listening', since: at, prompts });
}

export function toCallerSpeaking(state: TurnState, onset: Ms): TurnState {
  return {
    ...state,
    nextTurn: state.nextTurn + 1,
    floor: { kind: 'callerSpeaking', turn: state.nextTurn, onset },
  };
}

/** The caller paused: prepare the answer on speculation and wait for the end of the turn. */
export function toEndpointing(state: TurnState, turn: TurnId, speech: Speech, policy: TurnPolicy): Stepped {
  const decideAt = ms(speech.lastSpeech + policy.endSilenceMs);
  const floor: Floor = { kind: 'endpointing', turn, speech, decideAt, prepared: UNPREPARED };
  return [on(state, floor), [transcribe(state, { turn, speech, priority: 'speculative' }, policy)]];
}

/** What was said, with the preroll before it and everything judged after it. */
export function transcribe(
  state: TurnState,
  said: { turn: TurnId; speech: Speech; priority: 'final' | 'speculative' },
  policy: TurnPolicy,
): TurnCommand {
  const { turn, speech, priority } = said;
  return {
    type: 'transcribe',
    turn,
    from: ms(Math.max(0, speech.onset - policy.prerollMs)),
    to: ms(Math.max(state.judgedTo, speech.lastSpeech)),
    lastSpeech: speech.lastSpeech,
    priority,
  };
}

/** The agent speaks on its own account, in a turn of its own. */
export function toAgentTurn(
  state: TurnState,
  at: Ms,
  cause: Exclude<ReplyCause, { kind: 'heard' }>,
  policy: TurnPolicy,
): Stepped {
  const turn = state.nextTurn;
  const overlap = state.floor.kind === 'thinking' ? state.floor.overlap : null;
  const floor: Floor = {
    kind: 'thinking',
    turn,
    cause: { kind: 'agent', input: cause.kind },
    prepared: { ...UNPREPARED, stage: 'replying' },
    deadline: ms(at + policy.thinkingDeadlineMs),
    prompts: cause.kind === 'silence' ? cause.count : 0,
    overlap,
  };
  return [
    { ...state, nextTurn: turn + 1, floor },
    [
      { type: 'reply', turn, cause },
      { type: 'release', turn },
    ],
  ];
}

/** Something went wrong before the caller heard anything: apologize, unless this was the apology itself. */
export function giveUp(
  state: TurnState,
  floor: FloorOf<'endpointing' | 'thinking'>,
  at: Ms,
  policy: TurnPolicy,
): Stepped {
  const cancel: TurnCommand = { type: 'cancel', turn: floor.turn };
  if (floor.kind === 'thinking' && floor.cause.kind === 'agent') {
    const [open, commands] = openLine(state, at, floor, policy);
    return [open, [cancel, ...commands]];
  }
  const [next, commands] = toAgentTurn(state, at, { kind: 'apology' }, policy);
  return [next, [cancel, ...commands]];
}

/** Text is known, or known to be none: ask for the reply to it. While the decision is pending it is held back. */
export function answer(state: TurnState, floor: FloorOf<'endpointing' | 'thinking'>, text: string): Stepped {
  const prepared: Preparation = { ...floor.prepared, stage: 'replying' };
  const reply: TurnCommand = { type: 'reply', turn: floor.turn, cause: { kind: 'heard', text } };
  if (floor.kind === 'endpointing') return [on(state, { ...floor, prepared }), [reply]];
  return [on(state, { ...floor, prepared }), [reply, { type: 'release', turn: floor.turn }]];
}

export function worthAsking(speech: Speech, policy: TurnPolicy): boolean {
  return !speech.overAgent && speech.lastSpeech - speech.onset >= policy.askAgainMs;
}

/**
 * After a reply has been played, cleared or failed: exactly one detector reset, and the line is open. Speech that
 * began over the agent's voice goes on as the caller's turn; speech that ended over it is answered now.
 */
export function openLine(
  state: TurnState,
  at: Ms,
  floor: FloorOf<'thinking' | 'agentSpeaking'>,
  policy: TurnPolicy,
): Stepped {
  const reset: TurnCommand = { type: 'vad-reset', turn: floor.turn };
  const { overlap } = floor;
  const talking = speechOnset(state.vad);
  if (talking !== null) return [toCallerSpeaking(state, overlap?.onset ?? talking), [reset]];
  if (overlap === null) return [toListening(state, at, floor.prompts), [reset]];
  const turn = state.nextTurn;
  const [next, commands] = toEndpointing({ ...state, nextTurn: turn + 1 }, turn, overlap, policy);
  return [next, [reset, ...commands]];
}

/** The caller's speech over the agent's voice so far, with the window that was just judged. */
export function overlapOf(state: TurnState, known: Speech | null): Speech | null {
  const { vad } = state;
  if (vad.kind !== 'speaking' && vad.kind !== 'stopping') return known;
  return { onset: known?.onset ?? vad.onset, lastSpeech: vad.lastSpeech, overAgent: true };
}

/** Audio is ready and the turn is the agent's: it is being played from now on. */
export function startPlaying(state: TurnState, floor: FloorOf<'thinking'>, at: Ms): Stepped {
  const { prepared, turn, prompts, overlap } = floor;
  const playUntil = ms(at + prepared.audioMs);
  const next: Floor = {
    kind: 'agentSpeaking',
    turn,
    since: at,
    playUntil,
    end: prepared.end,
    prompts,
    overlap,
  };
  return [on(state, next), [{ type: 'release', turn }]];
}

/** The reply is complete and has no audio: hang up if it says so, else the line is open again. */
export function endWithoutAudio(
  state: TurnState,
  floor: FloorOf<'thinking'>,
  at: Ms,
  end: { hangUp: string | null; policy: TurnPolicy },
): Stepped {
  const finish: TurnCommand = { type: 'finish', turn: floor.turn };
  if (end.hangUp !== null) return goodbye(state, end.hangUp, [finish]);
  const [next, commands] = openLine(state, at, floor, end.policy);
  return [next, [finish, ...commands]];
}

export function goodbye(state: TurnState, outcome: string, before: readonly TurnCommand[]): Stepped {
  const close: TurnCommand = { type: 'close', reason: 'goodbye', outcome };
  return [on(state, { kind: 'ended', reason: 'goodbye' }), [...before, close]];
}
