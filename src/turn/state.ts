// Who has the floor: the states of a call, the events that move it and the commands that follow.
import type { Ms } from '../audio/units.ts';
import type { VadState } from './hysteresis.ts';

/** Counts every piece of work that may become audible; a result that carries an older one is a stranger. */
export type TurnId = number;

/** A stretch of caller speech on the media clock. */
export interface Speech {
  readonly onset: Ms;
  readonly lastSpeech: Ms;
  /** Said while the agent was talking: without words in it, it is not worth asking again. */
  readonly overAgent: boolean;
}

/** What is known of an answer that is being prepared. Audio is counted in ms, held or played. */
export interface Preparation {
  readonly stage: 'transcribing' | 'replying' | 'nothing-heard' | 'failed';
  readonly audioMs: Ms;
  /** Set once the reply's last part is known; `hangUp` is the outcome it ends the call with. */
  readonly end: { readonly hangUp: string | null } | null;
}

export type ThinkingCause =
  /** The caller said something. */
  | { readonly kind: 'caller'; readonly speech: Speech }
  /** The agent speaks on its own: greeting, prompt after silence, apology. */
  | { readonly kind: 'agent'; readonly input: 'greeting' | 'silence' | 'apology' };

export type Floor =
  | { readonly kind: 'listening'; readonly since: Ms; readonly prompts: number }
  | { readonly kind: 'callerSpeaking'; readonly turn: TurnId; readonly onset: Ms }
  | {
      readonly kind: 'endpointing';
      readonly turn: TurnId;
      readonly speech: Speech;
      readonly decideAt: Ms;
      readonly prepared: Preparation;
    }
  | {
      readonly kind: 'thinking';
      readonly turn: TurnId;
      readonly cause: ThinkingCause;
      readonly prepared: Preparation;
      readonly deadline: Ms;
      readonly prompts: number;
      readonly overlap: Speech | null;
    }
  | {
      readonly kind: 'agentSpeaking';
      readonly turn: TurnId;
      readonly since: Ms;
      /** When the byte clock says that everything queued so far has been played. */
      readonly playUntil: Ms;
      readonly end: { readonly hangUp: string | null } | null;
      readonly prompts: number;
      /** What the caller said over the agent's voice and has not been answered yet. */
      readonly overlap: Speech | null;
    }
  | { readonly kind: 'ended'; readonly reason: EndReason };

export type EndReason = 'hang-up' | 'goodbye' | 'shutdown' | 'failure';

export interface TurnState {
  readonly floor: Floor;
  readonly vad: VadState;
  readonly nextTurn: TurnId;
  /** End of the last judged window: audio before it has been heard. */
  readonly judgedTo: Ms;
}

/** Every event carries `at`, ms on the call's media clock. */
export type TurnEvent =
  | { readonly type: 'call-started'; readonly at: Ms }
  | { readonly type: 'window'; readonly at: Ms; readonly from: Ms; readonly probability: number }
  | { readonly type: 'tick'; readonly at: Ms }
  | { readonly type: 'transcript'; readonly at: Ms; readonly turn: TurnId; readonly text: string }
  | { readonly type: 'transcript-failed'; readonly at: Ms; readonly turn: TurnId }
  | { readonly type: 'reply-audio'; readonly at: Ms; readonly turn: TurnId; readonly durationMs: Ms }
  | { readonly type: 'reply-end'; readonly at: Ms; readonly turn: TurnId; readonly hangUp: string | null }
  | { readonly type: 'reply-failed'; readonly at: Ms; readonly turn: TurnId }
  | { readonly type: 'playout-end'; readonly at: Ms; readonly turn: TurnId }
  | { readonly type: 'hang-up'; readonly at: Ms; readonly reason: EndReason };

export type ReplyCause =
  | { readonly kind: 'greeting' | 'apology' }
  | { readonly kind: 'silence'; readonly count: number }
  | { readonly kind: 'heard'; readonly text: string };

export type Watchdog = 'thinking' | 'playout' | 'verdicts' | 'utterance';

export type TurnCommand =
  | {
      readonly type: 'transcribe';
      readonly turn: TurnId;
      readonly from: Ms;
      readonly to: Ms;
      readonly lastSpeech: Ms;
      readonly priority: 'final' | 'speculative';
    }
  /** The turn is over and its words are not known yet: the caller waits for the transcription now. */
  | { readonly type: 'hurry'; readonly turn: TurnId }
  | { readonly type: 'reply'; readonly turn: TurnId; readonly cause: ReplyCause }
  /** The turn is the agent's: audio that is ready, and what becomes ready, is played. */
  | { readonly type: 'release'; readonly turn: TurnId }
  /** Nothing of this turn was heard: its work is aborted and forgotten. */
  | { readonly type: 'cancel'; readonly turn: TurnId }
  /** Stop playing now, since the caller took the floor or the call ended; what was played counts as heard. */
  | { readonly type: 'interrupt'; readonly turn: TurnId; readonly by: 'caller' | 'end' }
  /** All of the reply was played. */
  | { readonly type: 'finish'; readonly turn: TurnId }
  | { readonly type: 'vad-reset'; readonly turn: TurnId }
  | { readonly type: 'close'; readonly reason: EndReason; readonly outcome: string | null }
  | { readonly type: 'stale'; readonly event: TurnEvent['type'] }
  | { readonly type: 'watchdog'; readonly which: Watchdog };

export type Stepped = readonly [TurnState, readonly TurnCommand[]];
