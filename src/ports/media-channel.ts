// The line of one call: audio and marks out, and what comes back from it.
import type { Mulaw8k, Ms } from '../audio/units.ts';

/** What the line tells the call. The edge has checked and decoded it; strangers and duplicates never get here. */
export type LineEvent =
  /** `at` is Twilio's media timestamp: the position of the first sample, in ms from the start of the stream. */
  | { readonly type: 'media'; readonly at: Ms; readonly audio: Mulaw8k }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'dtmf'; readonly digit: string }
  /** The stream is over; nothing follows. Given exactly once. */
  | { readonly type: 'closed'; readonly reason: 'stop' | 'socket-closed' | 'media-timeout' };

export interface MediaChannel {
  readonly callSid: string;
  readonly streamSid: string;
  /** Queues audio on the line behind what was sent before; the bytes are read before it returns. */
  send(audio: Mulaw8k): void;
  /** Comes back as a `mark` event once everything sent before it was played, or at once after `clear`. */
  mark(name: string): void;
  /** Drops what has not been played; all marks in flight come back. */
  clear(): void;
  /** Ends the stream; Twilio then goes on with the TwiML, which hangs up. Idempotent. */
  close(code: number, reason: string): void;
}
