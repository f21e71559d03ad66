// What to say, as a call sees it: what was heard goes in, clauses come out as they are known.

/** What the responder answers to. `silence` counts the prompts without an answer in a row, from 1. */
export type ResponderInput =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'heard'; readonly text: string }
  | { readonly kind: 'silence'; readonly count: number };

export type ReplyPart =
  | { readonly kind: 'clause'; readonly text: string }
  /** Hang up once everything said so far has been played. `outcome` names how the conversation ended. */
  | { readonly kind: 'hang-up'; readonly outcome: string };

/** How much of a reply the caller heard: all, some, or nothing. */
export type HeardExtent = 'all' | 'some' | 'none';

/**
 * One call's conversation. Replies may be asked for on speculation: nothing a reply would change is changed until
 * `settle` says that the caller heard some of it.
 */
export interface Conversation {
  readonly voice: string;
  /** Short answers that fit what was asked last; see TranscribeRequest.expected. */
  readonly expected: readonly string[];
  /** @throws CallError `responder-failed`, `cancelled`. Without any clause the call goes back to listening. */
  reply(turn: number, input: ResponderInput, signal: AbortSignal): AsyncIterable<ReplyPart>;
  /** Called at most once per turn, after the reply's last part or instead of it. `none` discards what the reply would have changed. */
  settle(turn: number, extent: HeardExtent, heardText: string): void;
  /** What the conversation has collected so far, for the call's record. */
  collected(): Readonly<Record<string, string>>;
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
