// Which message of a media socket means what, in which order: a pure state machine that lets no stranger through.
import { ms } from '../audio/units.ts';
import type { LineEvent } from '../ports/media-channel.ts';
import type { MessageFault, ParsedMessage, StartMessage, TwilioMessage } from './codec.ts';

export type GateState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'open'; readonly streamSid: string }
  | { readonly kind: 'over' };

/** Why a message was dropped: counted in `twilio_messages_ignored`, logged once per stream and reason. */
export type IgnoredReason =
  MessageFault | 'before-start' | 'duplicate-start' | 'duplicate-connected' | 'wrong-stream' | 'after-stop';

export type GateOutput =
  | { readonly type: 'nothing' }
  | { readonly type: 'ignored'; readonly reason: IgnoredReason }
  /** The socket claims to be a call's stream; whoever runs the gate checks the token. */
  | { readonly type: 'start'; readonly start: StartMessage }
  | { readonly type: 'event'; readonly event: LineEvent };

export type GateStep = readonly [GateState, GateOutput];

export const WAITING: GateState = { kind: 'waiting' };
const OVER: GateState = { kind: 'over' };
const NOTHING: GateOutput = { type: 'nothing' };

/** `start` opens the gate, `stop` closes it for good; nothing else moves it. */
export function gateStep(state: GateState, parsed: ParsedMessage): GateStep {
  if (!parsed.ok) return ignore(state, parsed.code);
  switch (state.kind) {
    case 'waiting':
      return whileWaiting(parsed.message);
    case 'open':
      return whileOpen(state, parsed.message);
    case 'over':
      return ignore(state, 'after-stop');
  }
}

/** `connected` carries nothing that `start` would depend on, so a `start` without it is taken as well. */
function whileWaiting(message: TwilioMessage): GateStep {
  if (message.type === 'connected') return [WAITING, NOTHING];
  if (message.type !== 'start') return ignore(WAITING, 'before-start');
  return [
    { kind: 'open', streamSid: message.streamSid },
    { type: 'start', start: message },
  ];
}

function whileOpen(state: GateState & { kind: 'open' }, message: TwilioMessage): GateStep {
  if (message.type === 'connected') return ignore(state, 'duplicate-connected');
  if (message.type === 'start') return ignore(state, 'duplicate-start');
  if (message.streamSid !== state.streamSid) return ignore(state, 'wrong-stream');
  switch (message.type) {
    case 'media':
      return pass(state, { type: 'media', at: ms(message.timestampMs), audio: message.audio });
    case 'dtmf':
      return pass(state, { type: 'dtmf', digit: message.digit });
    case 'mark':
      return pass(state, { type: 'mark', name: message.name });
    case 'stop':
      return pass(OVER, { type: 'closed', reason: 'stop' });
  }
}

const ignore = (state: GateState, reason: IgnoredReason): GateStep => [state, { type: 'ignored', reason }];
const pass = (state: GateState, event: LineEvent): GateStep => [state, { type: 'event', event }];
