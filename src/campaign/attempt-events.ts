// What may be learned about an attempt, from the network, the call and the clock.
import type { DialErrorCode, NetworkCall, NetworkStatus } from '../ports/call-control.ts';
import type { CallEnding } from '../ports/outbound.ts';

export type AttemptEvent =
  /** The network has taken the call. */
  | { readonly type: 'placed'; readonly call: NetworkCall }
  /** The network did not take the call, and says so. */
  | { readonly type: 'not-placed'; readonly code: DialErrorCode }
  /** The network will never take a call to this number. */
  | { readonly type: 'refused'; readonly code: DialErrorCode }
  /** A status callback; `sequence` is its SequenceNumber. */
  | {
      readonly type: 'status';
      readonly callSid: string;
      readonly status: NetworkStatus;
      readonly sequence: number;
      readonly answeredBy: string | null;
    }
  /** The lease has run out and the network was asked: the call, or null where it knows none. */
  | { readonly type: 'looked-up'; readonly call: NetworkCall | null }
  | { readonly type: 'answered-by'; readonly answeredBy: string }
  | { readonly type: 'connected'; readonly callSid: string }
  | { readonly type: 'first-audio' }
  | { readonly type: 'person-spoke' }
  | { readonly type: 'talk-ended'; readonly ending: CallEnding };

/** The network's answer to our asking for a call. */
export type DialAnswer = Extract<AttemptEvent, { type: 'placed' | 'not-placed' | 'refused' }>;
/** What is noted of a call and ends nothing. */
export type CallNote = Extract<AttemptEvent, { type: 'answered-by' | 'first-audio' | 'person-spoke' }>;

export const isDialAnswer = (event: AttemptEvent): event is DialAnswer =>
  event.type === 'placed' || event.type === 'not-placed' || event.type === 'refused';

export const isCallNote = (event: AttemptEvent): event is CallNote =>
  event.type === 'answered-by' || event.type === 'first-audio' || event.type === 'person-spoke';
