// Who has the floor: the states of a call, the events that move it and the commands that follow.
import type { Ms } from '../audio/units.ts';
import type { Evidence } from './evidence.ts';
import type { VadState } from './hysteresis.ts';

/** Counts every piece of work that may become audible; a result that carries an older one is a stranger. */
export type TurnId = number;

/** A stretch of caller speech on the media clock. */
export interface Speech {
  readonly onset: Ms;
  readonly lastSpeech: Ms;
  /** Where long speech was cut into parts, each of which is transcribed already. */
  readonly cuts: readonly Ms[];
  /** How certain the detector was of a voice. */
  readonly evidence: Evidence;
  /** Said while the agent was talking: without words in it, it is not worth asking again. */
  readonly overAgent: boolean;
}

/** What is known of an answer that is being prepared. Audio is counted in ms, held or played. */
export interface Preparation {
  /** `hurried`: the caller waits for the words by now. */
  readonly stage: 'transcribing' | 'hurried' | 'replying' | 'nothing-heard' | 'failed';
  readonly audioMs: Ms;
  /** Of that audio, up to the end of the last clause that must be played to its end. */
  readonly protectedMs: Ms;
  /** Set once the reply's last part is known; `hangUp` is the outcome it ends the call with. */
  readonly end: ReplyEnd | null;
}

export interface ReplyEnd {
  readonly hangUp: string | null;
}

export type ThinkingCause =
  /** The caller said something. */
  | { readonly kind: 'caller'; readonly speech: Speech }
  /** The caller pressed keys. */
  | { readonly kind: 'keys' }
  /** The agent speaks on its own: greeting, prompt after silence, apology, the call's time. */
  | { readonly kind: 'agent'; readonly input: AgentInput };

export type AgentInput = 'greeting' | 'silence' | 'apology' | 'time-warning' | 'time-up' | 'message';

/** What bridges the time until the reply can be heard. */
export type Filler = { readonly kind: 'none' | 'asked' } | { readonly kind: 'playing'; readonly until: Ms };

/** A reply that is being played, or stands still. Times are on the media clock. */
export interface Playing {
  /** From here on speech may pause it: something of it has been played, and the greeting's protection is over. */
  readonly armedAt: Ms;
  /** When the byte clock says that everything queued so far has been played. */
  readonly playUntil: Ms;
  /** Until then it is played whatever the caller says. */
  readonly protectedUntil: Ms;
  readonly end: ReplyEnd | null;
  /** `early`: of a goodbye the line says that all was played before it can have been. */
  readonly mark: 'awaited' | 'early';
  /** Prompts after silence in a row, this one included. */
  readonly prompts: number;
}

/** A question to the transcriber about speech over the agent's voice: its turn, and how far it has heard. */
export interface Probe {
  readonly turn: TurnId;
  readonly from: Ms;
  readonly to: Ms;
  /**
   * `open` until the answer is there; `open-again` when an earlier part of the speech held no words; `unsure` when a word or
   * two were heard in speech that went on.
   */
  readonly answer: 'open' | 'open-again' | 'nothing' | 'backchannel' | 'unsure' | 'failed';
}

export const isOpen = ({ answer }: Probe): boolean => answer === 'open' || answer === 'open-again';

/** The caller's speech over the agent's voice that has not been answered. */
export interface Overlap {
  readonly speech: Speech;
  /** Set once it was found to hold no words so far: it does not pause the reply again, but is listened to on. */
  readonly dismissed: Probe | null;
}

export type Floor =
  | { readonly kind: 'listening'; readonly since: Ms; readonly prompts: number }
  | {
      readonly kind: 'callerSpeaking';
      readonly turn: TurnId;
      readonly onset: Ms;
      readonly cuts: readonly Ms[];
      /** Of the speech before the burst that goes on now. */
      readonly evidence: Evidence;
      readonly prompts: number;
    }
  | {
      readonly kind: 'endpointing';
      readonly turn: TurnId;
      readonly speech: Speech;
      readonly decideAt: Ms;
      readonly heard: TurnHeard;
      readonly prepared: Preparation;
      readonly prompts: number;
    }
  | {
      readonly kind: 'thinking';
      readonly turn: TurnId;
      readonly cause: ThinkingCause;
      readonly since: Ms;
      readonly deadline: Ms;
      readonly prepared: Preparation;
      readonly filler: Filler;
      readonly prompts: number;
      readonly overlap: Overlap | null;
    }
  | {
      readonly kind: 'agentSpeaking';
      readonly turn: TurnId;
      readonly reply: Playing;
      readonly overlap: Overlap | null;
    }
  | {
      readonly kind: 'agentPaused';
      readonly turn: TurnId;
      readonly reply: Playing;
      readonly since: Ms;
      readonly speech: Speech;
      /** The turn that the speech becomes, should there be words in it. */
      readonly callerTurn: TurnId;
      readonly probe: Probe | null;
    }
  | { readonly kind: 'ended'; readonly reason: EndReason };

/** What was heard of a turn. */
export interface Words {
  readonly text: string;
  /** How the words fit what was asked. */
  readonly fit: Fit;
  /** What the speech model makes of how the voice sounds at the end, 0 to 1; null where it cannot tell. */
  readonly ending: number | null;
  /** How sure the speech model is of the words, 0 to 1. */
  readonly confidence: number;
  /** Where the last sound of the speech ends by its level; null where the level does not tell. */
  readonly lastSound: Ms | null;
}

/** What is known of the end of a turn while it is waited for. */
export interface TurnHeard {
  /** Null until the transcription is there. */
  readonly words: Words | null;
  /** Of the acoustic turn model, if there is one. */
  readonly likelihood: number | null;
}

export type Fit = 'whole' | 'part' | 'possible' | 'unknown';

export type EndReason = 'hang-up' | 'goodbye' | 'time-up' | 'machine' | 'shutdown' | 'failure';

/** Telephone keys pressed so far, when the last one was, and whether they are an answer as they are. */
export interface KeyEntry {
  readonly digits: string;
  readonly at: Ms;
  readonly complete: boolean;
}

export interface TurnState {
  readonly floor: Floor;
  readonly vad: VadState;
  readonly nextTurn: TurnId;
  /** End of the last judged window: audio before it has been heard. */
  readonly judgedTo: Ms;
  /** Of late audio that came all at once: what the detector cannot have judged yet. */
  readonly burstMs: Ms;
  readonly keys: KeyEntry | null;
  readonly startedAt: Ms;
  /** What was said about the time of the call being up. */
  readonly limit: 'not-yet' | 'warned' | 'said';
}

/** Every event carries `at`, ms on the call's media clock. */
export type TurnEvent =
  /** The agent greets at once, or only after so long a silence: a person who is called speaks first. */
  | { readonly type: 'call-started'; readonly at: Ms; readonly holdMs?: Ms }
  /** A machine has answered: it gets the message, or the call ends. */
  | { readonly type: 'machine'; readonly at: Ms; readonly message: string | null }
  | {
      readonly type: 'window';
      readonly at: Ms;
      readonly from: Ms;
      readonly probability: number;
      /** Of the window. */
      readonly levelDbfs: number;
      /** The loudest of the agent's voice that may come back as echo in this window. */
      readonly echoDbfs: number;
    }
  | { readonly type: 'tick'; readonly at: Ms }
  /** Late audio came after silence had been fed in its place: the media clock has gained on the line's by so much. */
  | { readonly type: 'clock-ahead'; readonly at: Ms; readonly byMs: Ms }
  | {
      readonly type: 'transcript';
      readonly at: Ms;
      readonly turn: TurnId;
      readonly words: Words;
      /** Over the agent's voice: whether the reply's last clause, its question, has begun to be heard. */
      readonly asked: boolean;
    }
  | { readonly type: 'transcript-failed'; readonly at: Ms; readonly turn: TurnId }
  | {
      readonly type: 'turn-end-likelihood';
      readonly at: Ms;
      readonly turn: TurnId;
      readonly likelihood: number;
    }
  | {
      readonly type: 'reply-audio';
      readonly at: Ms;
      readonly turn: TurnId;
      readonly durationMs: Ms;
      readonly uninterruptible: boolean;
    }
  | { readonly type: 'filler-audio'; readonly at: Ms; readonly turn: TurnId; readonly durationMs: Ms }
  | { readonly type: 'reply-end'; readonly at: Ms; readonly turn: TurnId; readonly hangUp: string | null }
  | { readonly type: 'reply-failed'; readonly at: Ms; readonly turn: TurnId }
  | { readonly type: 'playout-end'; readonly at: Ms; readonly turn: TurnId }
  /** A key that the conversation expects, or `#`. `whole`: with it the keys are an answer. */
  | { readonly type: 'key'; readonly at: Ms; readonly digit: string; readonly whole: boolean }
  | { readonly type: 'hang-up'; readonly at: Ms; readonly reason: EndReason };

export type ReplyCause =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'apology' | 'time-warning' | 'time-up' }
  | { readonly kind: 'silence'; readonly count: number }
  | { readonly kind: 'heard'; readonly text: string }
  | { readonly kind: 'keys'; readonly digits: string }
  /** For a machine that records, and then the call ends. */
  | { readonly kind: 'message'; readonly text: string };

export type Watchdog = 'thinking' | 'playout' | 'verdicts' | 'utterance' | 'pause' | 'call';

export interface Span {
  readonly from: Ms;
  readonly to: Ms;
}

export type TurnCommand =
  | {
      readonly type: 'transcribe';
      readonly turn: TurnId;
      /** One after the other; their texts are joined. Those before the last may be known already. */
      readonly parts: readonly Span[];
      readonly lastSpeech: Ms;
      /** `overlap`: speech over the reply of another turn, which goes on meanwhile. */
      readonly priority: 'final' | 'speculative' | 'overlap';
    }
  /** A part of long speech that will be asked for again with the rest: begin. */
  | { readonly type: 'transcribe-part'; readonly part: Span }
  /** The turn is over and its words are not known yet: the caller waits for the transcription now. */
  | { readonly type: 'hurry'; readonly turn: TurnId }
  | { readonly type: 'reply'; readonly turn: TurnId; readonly cause: ReplyCause }
  /** The turn is the agent's: audio that is ready, and what becomes ready, is played. */
  | { readonly type: 'release'; readonly turn: TurnId }
  /** Say something that bridges the time. */
  | { readonly type: 'fill'; readonly turn: TurnId }
  /** Stop playing now and remember where; `resume` goes on there. */
  | { readonly type: 'pause' | 'resume'; readonly turn: TurnId }
  /** Nothing of this turn was heard: its work is aborted and forgotten. */
  | { readonly type: 'cancel'; readonly turn: TurnId }
  /** Stop playing for good, since the caller took the floor or the call ended; what was played counts as heard. */
  | { readonly type: 'interrupt'; readonly turn: TurnId; readonly by: 'caller' | 'end' }
  /** All of the reply was played. */
  | { readonly type: 'finish'; readonly turn: TurnId }
  | { readonly type: 'vad-reset'; readonly turn: TurnId }
  | { readonly type: 'close'; readonly reason: EndReason; readonly outcome: string | null }
  | { readonly type: 'stale'; readonly event: TurnEvent['type'] }
  /** What became of a reply that was begun before the turn was over. */
  | { readonly type: 'speculation'; readonly result: 'used' | 'discarded' }
  | { readonly type: 'watchdog'; readonly which: Watchdog };

export type Stepped = readonly [TurnState, readonly TurnCommand[]];
