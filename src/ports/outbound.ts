// What a call that we made needs beyond an answered one, and what it tells those who made it.
import type { Ms } from '../audio/units.ts';

/** When the agent greets a person who was called. */
export type Opening =
  | { readonly kind: 'at-once' }
  /** After the callee's "hello", or when nobody has spoken for `withinMs`. */
  | { readonly kind: 'after-hello'; readonly withinMs: Ms };

/** Who or what answered, as far as it matters to the call: an unknown answerer is a person. */
export type Answerer = 'person' | 'machine' | 'fax';

/** What to do where a machine answered; it is told when the machine's own greeting is over. */
export type MachineAction =
  | { readonly kind: 'hang-up' }
  /** Whatever is being said is cut, this is said, and the call ends. */
  | { readonly kind: 'leave-message'; readonly text: string };

/** How a call that we made ended, for its attempt. */
export interface CallEnding {
  /** `agent`: the agent came to its end; `machine`: as told by a MachineAction. */
  readonly by: 'agent' | 'caller' | 'machine' | 'failure';
  /** The agent file's name of how the conversation ended; null where it did not. */
  readonly result: string | null;
  readonly collected: Readonly<Record<string, string>>;
  /** A voicemail message was played to its end. */
  readonly messageLeft: boolean;
}

/** Told what happens in a call that we made. Never throws and never blocks the call. */
export interface OutboundWatch {
  /** The media stream has begun. */
  connected(): void;
  /** The first audio of ours has been played. */
  firstAudio(): void;
  /** A turn of the callee was answered after the greeting had been heard. */
  personSpoke(): void;
  ended(ending: CallEnding): void;
}

/** Of a call that we made; calls that came in have none. */
export interface OutboundPlan {
  readonly opening: Opening;
  readonly watch: OutboundWatch;
}

/** How a call ended whose party does not want to be called again. */
export const OPTED_OUT = 'opted-out';

/** Callers of any call may ask never to be called again. */
export interface OptOuts {
  /** The other party of the call. Resolves when it is on disk. */
  add(optOut: {
    readonly callSid: string;
    readonly number: string;
    readonly how: 'words' | 'key';
  }): Promise<void>;
}
