// Ends of a reply that can be heard: played to its end, or stopped for the caller's words or keys.
import type { Ms } from '../audio/units.ts';
import {
  answer,
  endpointingOf,
  goodbye,
  on,
  openLine,
  toEndpointing,
  toOpenFloor,
  UNHEARD,
  UNPREPARED,
  type FloorOf,
  type Now,
} from './moves.ts';
import {
  isOpen,
  type Overlap,
  type Speech,
  type Stepped,
  type TurnCommand,
  type TurnId,
  type TurnState,
  type Words,
} from './state.ts';
import { speechOnset } from './hysteresis.ts';

/** All of the reply was played: hang up if it says so, else the line is open again. */
export function played(state: TurnState, floor: FloorOf<'agentSpeaking'>, now: Now): Stepped {
  const { turn, reply, overlap } = floor;
  const finish: TurnCommand = { type: 'finish', turn };
  const outcome = reply.end?.hangUp ?? null;
  if (outcome !== null) return goodbye(state, outcome, [finish]);
  const [next, commands] = openLine(state, { turn, prompts: reply.prompts, overlap }, now);
  return [next, [finish, ...commands]];
}

/** The caller took the floor with words; what was heard of the reply is all that was said. */
export function yieldToWords(
  state: TurnState,
  floor: FloorOf<'agentSpeaking' | 'agentPaused'>,
  said: {
    readonly turn: TurnId;
    readonly speech: Speech;
    readonly words: Words;
    /** How far the transcriber has listened: the words are all that was said, or its beginning. */
    readonly heardTo: Ms;
  },
  now: Now,
): Stepped {
  const stop = stopped(floor);
  const speech: Speech = { ...said.speech, overAgent: false };
  if (speechOnset(state.vad) !== null) {
    const { onset, cuts, evidence } = speech;
    const { turn } = said;
    return [on(state, { kind: 'callerSpeaking', turn, onset, cuts, evidence, prompts: 0 }), stop];
  }
  const paused = { turn: said.turn, speech, prompts: 0 };
  if (said.heardTo < speech.lastSpeech) {
    const [next, commands] = toEndpointing(state, paused, now.policy);
    return [next, [...stop, ...commands]];
  }
  const known = { heard: { ...UNHEARD, words: said.words }, prepared: UNPREPARED };
  const next = endpointingOf(paused, known, now.policy);
  const [after, commands] = answer(on(state, next), next, said.words.text);
  return [after, [...stop, ...commands]];
}

/** The caller took the floor with a key. */
export function openAfterReply(
  state: TurnState,
  floor: FloorOf<'agentSpeaking' | 'agentPaused'>,
  { at }: Now,
): Stepped {
  const overlap: Overlap | null = floor.kind === 'agentSpeaking' ? floor.overlap : null;
  const unheard: readonly TurnCommand[] =
    floor.kind === 'agentPaused' ? [{ type: 'cancel', turn: floor.callerTurn }] : probeDropped(overlap);
  return [toOpenFloor(state, at, 0), [...stopped(floor), ...unheard]];
}

/** What is still asked about speech over a reply that is over is not waited for. */
export function probeDropped(overlap: Overlap | null): readonly TurnCommand[] {
  const probe = overlap?.dismissed;
  return probe != null && isOpen(probe) ? [{ type: 'cancel', turn: probe.turn }] : [];
}

function stopped({ turn }: { readonly turn: TurnId }): readonly TurnCommand[] {
  return [
    { type: 'interrupt', turn, by: 'caller' },
    { type: 'vad-reset', turn },
  ];
}
