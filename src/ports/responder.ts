// What to say, as a call sees it: what was heard goes in, clauses come out as they are known.
import type { Pcm } from '../audio/units.ts';

/** Why a call comes back from whom it was handed on to. */
export type ReturnReason = 'busy' | 'no-answer' | 'failed';

/** What the responder answers to. */
export type ResponderInput =
  | { readonly kind: 'greeting' }
  | {
      readonly kind: 'heard';
      readonly text: string;
      /** The last words as they sounded, for conversations that want them; absent where they are not kept any more. */
      readonly audio?: Pcm<8000>;
    }
  /** Telephone keys that the caller pressed as an answer, without the `#` that ended them; may be empty. */
  | { readonly kind: 'keys'; readonly digits: string }
  /** Counts the prompts without an answer in a row, from 1. */
  | { readonly kind: 'silence'; readonly count: number }
  /** The call comes back from whom it was transferred to. */
  | { readonly kind: 'returned'; readonly because: ReturnReason };

export type ReplyPart =
  /** What is uninterruptible (a legal notice) is played to its end, whatever the caller says meanwhile. */
  | { readonly kind: 'clause'; readonly text: string; readonly uninterruptible?: true }
  /** Telephone keys, 0-9, `*`, `#` and `w` for half a second's wait, played into the line as tones. */
  | { readonly kind: 'tones'; readonly digits: string }
  /** Hang up once everything said so far has been played. `outcome` names how the conversation ended. */
  | { readonly kind: 'hang-up'; readonly outcome: string };

/** How a reply is asked for. */
export interface ReplyControl {
  /** Aborted when nobody will hear the reply any more. */
  readonly signal: AbortSignal;
  /**
   * Resolves when the turn is over and the reply is wanted for certain. Until then it may turn out to be for nothing: what
   * cannot be undone waits for it. Never rejects; of a reply that is aborted it stays pending.
   */
  readonly released: Promise<void>;
}

/** How much of a reply the caller heard: all, some, or nothing. */
export type HeardExtent = 'all' | 'some' | 'none';

/**
 * How words fit the question: a whole answer to it, the beginning of one ("five five five"), a few words that are no
 * answer where a short one was asked for and may be all, or nothing that tells whether the caller has finished.
 */
export type AnswerFit = 'whole' | 'part' | 'possible' | 'unknown';

/** What a caller may answer at one moment. Cheap to ask: it is asked for every short silence and every key. */
export interface Expecting {
  /** Short answers that fit the question; see TranscribeRequest.expected. */
  readonly phrases: readonly string[];
  /** Anything may be an answer: what it is worth is not known here. */
  readonly open?: true;
  fit(text: string): AnswerFit;
  /** Whether these keys, `#` never among them, answer the question, may come to, or mean nothing here. */
  keys(digits: string): 'whole' | 'part' | 'none';
}

/** What a call says of its own accord, in the agent's words. */
export type PhraseKind = 'apology' | 'filler' | 'time-warning' | 'time-up';

/**
 * One call's conversation. Replies may be asked for on speculation: nothing a reply would change is changed until
 * `settle` says that the caller heard some of it.
 */
export interface Conversation {
  readonly voice: string;
  /** Whether `heard` should come with its audio. */
  readonly wantsAudio: boolean;
  /**
   * What the caller may answer to what was asked last. `during` is the turn whose reply is being played: its question,
   * though not settled yet, is the one that the caller answers.
   */
  expecting(during: number | null): Expecting;
  phrase(kind: PhraseKind): string;
  /** @throws CallError `responder-failed`, `cancelled`. Without any clause the call goes back to listening. */
  reply(turn: number, input: ResponderInput, control: ReplyControl): AsyncIterable<ReplyPart>;
  /** Whether an answer to the words so far may be begun before the turn is over: it may be paid for in vain. */
  mayPrepare(): boolean;
  /**
   * Called at most once per turn, after the reply's last part or instead of it. `none` discards what the reply would have
   * changed. `heardText` are the clauses that were heard, the last one perhaps cut after the last whole word.
   */
  settle(turn: number, extent: HeardExtent, heardText: string): void;
  /** What the conversation has collected so far, for the call's record. */
  collected(): Readonly<Record<string, string>>;
  /** What the conversation has cost so far, for the call's record. */
  counters(): Readonly<Record<string, number>>;
}

export interface CallFacts {
  readonly callSid: string;
  readonly from: string;
  readonly to: string;
  readonly direction: 'inbound' | 'outbound';
  /** Values of the agent's `{{name}}` places that belong to this call. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface Responder {
  /** @throws CallError `no-such-agent`. */
  open(agent: string, facts: CallFacts): Conversation;
  has(agent: string): boolean;
}
