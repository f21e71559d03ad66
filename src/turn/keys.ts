// Telephone keys as an answer: they take the floor like speech, are collected, and are answered when they are complete.
import { openAfterReply } from './reply-over.ts';
import { discarded, on, toOpenFloor, toReply, type Now } from './moves.ts';
import { overlapOf } from './overlap.ts';
import type { Stepped, TurnCommand, TurnEvent, TurnState } from './state.ts';

/** Telephone numbers have at most 15 digits. Overflow policy: further keys are dropped. */
export const MAX_KEYS = 32;
const END_KEY = '#';

/** A key that the conversation expects. The first one stops whatever the agent says, unless that must be heard. */
export function key(
  state: TurnState,
  event: Extract<TurnEvent, { type: 'key' }>,
  policy: Now['policy'],
): Stepped {
  const now = { at: event.at, policy };
  if (isClosing(state)) return [state, []];
  const digits = state.keys?.digits ?? '';
  const isEnd = event.digit === END_KEY;
  const more = isEnd || digits.length >= MAX_KEYS ? '' : event.digit;
  const complete = isEnd || event.whole;
  const keys = { digits: digits + more, at: event.at, complete };
  const [open, commands] = takeFloor({ ...state, keys }, now);
  const { kind } = open.floor;
  if (!complete || (kind !== 'listening' && kind !== 'callerSpeaking')) return [open, commands];
  const [next, reply] = answerKeys(open, now);
  return [next, [...commands, ...reply]];
}

/** Nothing is asked any more. */
function isClosing({ floor }: TurnState): boolean {
  if (floor.kind === 'thinking') return floor.cause.kind === 'agent' && floor.cause.input === 'time-up';
  if (floor.kind !== 'agentSpeaking' && floor.kind !== 'agentPaused') return false;
  return floor.reply.end !== null && floor.reply.end.hangUp !== null;
}

function takeFloor(state: TurnState, now: Now): Stepped {
  const { floor } = state;
  switch (floor.kind) {
    case 'listening':
      return [on(state, { ...floor, since: now.at }), []];
    case 'callerSpeaking':
    case 'ended':
      return [state, []];
    case 'endpointing':
    case 'thinking': {
      const dropped: TurnCommand = { type: 'cancel', turn: floor.turn };
      const speculation = floor.kind === 'endpointing' ? discarded(floor.prepared) : [];
      return [toOpenFloor(state, now.at, floor.prompts), [...speculation, dropped]];
    }
    case 'agentSpeaking':
    case 'agentPaused':
      if (now.at < floor.reply.protectedUntil) return [state, []];
      return openAfterReply(state, floor, now);
  }
}

/** The keys are an answer: complete, or followed by none for long enough. */
export function keysReady({ keys }: TurnState, { at, policy }: Now): boolean {
  return keys !== null && (keys.complete || at - keys.at >= policy.keyGapMs);
}

/** Answers the keys now. What the caller is saying at the same time is heard over the reply. */
export function answerKeys(state: TurnState, now: Now): Stepped {
  const { floor, keys } = state;
  const before: TurnCommand[] =
    floor.kind === 'endpointing' ? [...discarded(floor.prepared), { type: 'cancel', turn: floor.turn }] : [];
  const overlap = floor.kind === 'callerSpeaking' ? overlapOf(state, null) : null;
  const [next, commands] = toReply(
    { ...state, keys: null },
    { cause: { kind: 'keys', digits: keys?.digits ?? '' }, thinking: { kind: 'keys' }, prompts: 0, overlap },
    now,
  );
  return [next, [...before, ...commands]];
}
