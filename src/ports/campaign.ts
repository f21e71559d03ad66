// A campaign as everybody sees it: what its file says, and what becomes of its contacts and attempts.
import type { EpochMs } from './clock.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Minutes after the callee's local midnight; `to` <= `from` goes on over midnight into the next day. */
export interface WindowSpan {
  readonly from: number;
  readonly to: number;
}

/** When people may be called, in their own time. A missing weekday is closed. */
export interface CallingWindow {
  readonly days: Readonly<Partial<Record<Weekday, readonly WindowSpan[]>>>;
  /** Local dates, YYYY-MM-DD, on which nobody is called; a window that began the evening before ends at midnight. */
  readonly holidays: readonly string[];
}

/** What became of one attempt. */
export type AttemptOutcome =
  /** A person talked with the agent to the agent's end. */
  | 'completed'
  /** A person hung up, or the call broke, before the agent's end ... */
  | 'hung-up'
  /** ... and within `droppedBeforeS`. */
  | 'dropped'
  /** Answered, and no audio of ours in time. */
  | 'abandoned'
  | 'opted-out'
  | 'wrong-number'
  | 'voicemail'
  | 'voicemail-left'
  | 'fax'
  | 'busy'
  | 'no-answer'
  | 'failed'
  | 'canceled'
  /** No final word of the network could be had. */
  | 'lost'
  /** The network never took the call: nobody's telephone rang, and it counts for no limit. */
  | 'not-placed';

/** Outcomes after which another attempt may be worth it. */
export const RETRY_OUTCOMES = [
  'busy',
  'no-answer',
  'voicemail',
  'voicemail-left',
  'failed',
  'dropped',
  'abandoned',
  'canceled',
  'lost',
] as const satisfies readonly AttemptOutcome[];
export type RetryOutcome = (typeof RETRY_OUTCOMES)[number];

export interface RetryRule {
  readonly afterMs: number;
  /** Attempts with this outcome, the first included, after which it is final. */
  readonly most: number;
}

export interface CampaignSpec {
  readonly name: string;
  readonly agent: string;
  /** E.164, owned by the account. */
  readonly callerId: string;
  /** Who is responsible for the call; said at its start. */
  readonly business: string;
  readonly callbackNumber: string;
  /** Two letters: contacts without a country code belong to it; null refuses them. */
  readonly defaultCountry: string | null;
  /** Values for every call; a contact's columns come before these. */
  readonly variables: Readonly<Record<string, string>>;
  readonly callsPerSecond: number;
  readonly maxConcurrentCalls: number;
  readonly window: CallingWindow;
  /** Missing outcomes are final. */
  readonly retry: Readonly<Partial<Record<RetryOutcome, RetryRule>>>;
  /** Attempts per contact in this campaign. */
  readonly maxAttempts: number;
  /** Per number across all campaigns: in any 24 hours, and in all. */
  readonly maxAttemptsPerDay: number;
  readonly maxAttemptsPerNumber: number;
  readonly droppedBeforeS: number;
  readonly ringTimeoutS: number;
  readonly maxCallS: number;
  /** The network records both sides of each call. */
  readonly record: boolean;
  readonly voicemail:
    { readonly action: 'hang-up' } | { readonly action: 'leave-message'; readonly message: string };
  /** The greeting waits this long for the callee's "hello"; 0 greets at once. */
  readonly holdGreetingMs: number;
  /** No attempt begins at or after this; null for never. */
  readonly endsAt: EpochMs | null;
  readonly breaker: Breaker;
  readonly consent: { readonly kind: 'required' } | { readonly kind: 'exempt'; readonly rule: string };
}

/** Too many failures among the last attempts pause the campaign. */
export interface Breaker {
  /** Of the last attempts, so many are looked at; fewer never trip it. */
  readonly attempts: number;
  /** Share of failures (outcomes `failed`, `lost`, `not-placed`, `abandoned`) at which it trips, 0 to 1. */
  readonly share: number;
}

/** Proof that this number may be called. */
export interface Consent {
  readonly who: string;
  /** As the file has it; not empty. */
  readonly when: string;
  readonly how: string;
}

/** One person to be called, as the file of contacts names them. */
export interface NewContact {
  /** E.164. */
  readonly number: string;
  /** IANA names: every zone the callee may be in, at least one; empty where none is known. */
  readonly zones: readonly string[];
  /** The other columns, by name. */
  readonly variables: Readonly<Record<string, string>>;
  readonly consent: Consent | null;
  /** Line of the file, from 1, for messages. */
  readonly line: number;
}

/** Why somebody is never called, or never again. */
export type ContactEnd =
  | Exclude<AttemptOutcome, 'not-placed'>
  | 'do-not-call'
  | 'no-consent'
  | 'no-time-zone'
  | 'attempts-exhausted'
  | 'number-refused'
  | 'campaign-ended';

export type ContactState =
  /** Waits for its first or next attempt, not before `at`. */
  | { readonly kind: 'scheduled'; readonly at: EpochMs; readonly reason: string }
  | { readonly kind: 'dialling'; readonly attemptId: string }
  | { readonly kind: 'final'; readonly end: ContactEnd; readonly at: EpochMs };

export type CampaignState = 'draft' | 'running' | 'paused' | 'cancelled' | 'finished';

export interface Campaign {
  readonly id: string;
  readonly spec: CampaignSpec;
  readonly state: CampaignState;
  /** Why it is paused or ended; empty otherwise. */
  readonly reason: string;
  readonly createdAt: EpochMs;
  readonly startedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
}
