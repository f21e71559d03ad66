// What the dialler, the campaign desk and the reports need of the store. Every change is one transaction.
import type {
  AttemptOutcome,
  Campaign,
  CampaignSpec,
  CampaignState,
  Consent,
  ContactEnd,
  ContactState,
  NewContact,
} from './campaign.ts';
import type { NetworkStatus } from './call-control.ts';
import type { EpochMs } from './clock.ts';

/** Where an attempt is. It holds a slot until it has ended. */
export type AttemptProgress =
  /** Written before the network was asked; whether a call exists is not known yet. */
  | { readonly kind: 'reserved' }
  | PlacedProgress
  | { readonly kind: 'ended'; readonly callSid: string | null; readonly outcome: AttemptOutcome };

export interface PlacedProgress {
  readonly kind: 'placed';
  readonly callSid: string;
  readonly status: NetworkStatus;
  /** SequenceNumber of the latest callback that counted; -1 before the first. */
  readonly sequence: number;
  readonly answeredAt: EpochMs | null;
  /** When the first audio of ours was played. */
  readonly firstAudioAt: EpochMs | null;
  readonly answeredBy: string | null;
  /** A person has spoken a turn that was answered: later verdicts of a machine are wrong. */
  readonly personSpoke: boolean;
}

export interface Attempt {
  /** Unguessable: it is in the addresses of the call's webhooks. */
  readonly id: string;
  readonly campaignId: string;
  readonly contactId: string;
  readonly number: string;
  /** From 1, within the campaign. */
  readonly ordinal: number;
  readonly dialledAt: EpochMs;
  readonly endedAt: EpochMs | null;
  /** Whoever finds it expired asks the network what became of the call. */
  readonly leaseUntil: EpochMs;
  /** How often the network has been asked for it in vain. */
  readonly lookups: number;
  readonly progress: AttemptProgress;
  /** The campaign's and the contact's values for the agent. */
  readonly variables: Readonly<Record<string, string>>;
  /** What the agent has collected, and how the conversation ended in the agent file's words. */
  readonly collected: Readonly<Record<string, string>>;
  readonly result: string | null;
  /** Where the network keeps it; null without one. */
  readonly recording: string | null;
}

/** All that a decision about one contact rests on, read in the transaction that acts on it. */
export interface ContactFacts {
  readonly contactId: string;
  readonly number: string;
  readonly zones: readonly string[];
  readonly consent: Consent | null;
  readonly onDoNotCall: boolean;
  /** Attempts of this contact in this campaign that reached the network. */
  readonly attempts: number;
  /** Of this number in every campaign: the last 24 hours, oldest first, and how many in all. */
  readonly recentDials: readonly EpochMs[];
  readonly dialsInAll: number;
  /** Another attempt to this number is open, in whatever campaign. */
  readonly beingDialled: boolean;
}

export type Decision =
  | { readonly kind: 'dial' }
  | { readonly kind: 'later'; readonly at: EpochMs; readonly reason: string }
  | { readonly kind: 'never'; readonly end: ContactEnd };

/** How busy the line is, read in the same transaction. */
export interface DialLoad {
  readonly openInCampaign: number;
  readonly openInAll: number;
  /** Dials of the last `DIAL_LOAD_WINDOW_MS`, oldest first. */
  readonly recentInCampaign: readonly EpochMs[];
  readonly recentInAll: readonly EpochMs[];
}

/** Long enough for the slowest rate that a campaign may have, 0.1 calls per second. */
export const DIAL_LOAD_WINDOW_MS = 10_000;

export interface ClaimRequest {
  readonly campaignId: string;
  readonly now: EpochMs;
  /** Attempts are leased until then. */
  readonly leaseUntil: EpochMs;
  /** Contacts looked at, at most. */
  readonly look: number;
  /** How many may be dialled now; `at` is when more may be, null where a call must end first. Pure. */
  readonly allowed: (load: DialLoad) => { readonly count: number; readonly at: EpochMs | null };
  /** Asked for each due contact in the order of their times, until `allowed` are to be dialled. Pure. */
  readonly decide: (contact: ContactFacts) => Decision;
}

export interface Claim {
  /** To be dialled now, in this order. */
  readonly attempts: readonly Attempt[];
  /** Contacts that were decided, dialled or not. */
  readonly decided: number;
  /** When it is worth asking again; null when only the end of a call can change anything. */
  readonly nextAt: EpochMs | null;
  /** No contact is scheduled or being dialled. */
  readonly exhausted: boolean;
}

/** An attempt with what its next state depends on. */
export interface AttemptView {
  readonly attempt: Attempt;
  readonly spec: CampaignSpec;
  /** Outcomes of the contact's attempts in this campaign that have ended, oldest first. */
  readonly history: readonly AttemptOutcome[];
}

export interface AttemptChange {
  readonly progress: AttemptProgress;
  readonly leaseUntil?: EpochMs;
  readonly lookups?: number;
  readonly collected?: Readonly<Record<string, string>>;
  readonly result?: string | null;
  /** Needed when, and only when, the attempt ends: what becomes of the contact. */
  readonly contact?: ContactState;
  /** Why, for the audit. */
  readonly reason: string;
}

export type AuditKind =
  | 'dial'
  | 'not-dialled'
  | 'postponed'
  | 'placed'
  | 'ended'
  | 'opted-out'
  | 'do-not-call-added'
  | 'do-not-call-removed'
  | 'campaign';

/** Never changed, never removed. */
export interface AuditRow {
  readonly seq: number;
  readonly at: EpochMs;
  readonly kind: AuditKind;
  readonly campaignId: string | null;
  readonly contactId: string | null;
  readonly attemptId: string | null;
  readonly number: string | null;
  readonly reason: string;
  /** What the decision rested on: zones, consent, counts. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface CampaignProgress {
  readonly contacts: number;
  readonly scheduled: number;
  readonly dialling: number;
  readonly ends: Readonly<Partial<Record<ContactEnd, number>>>;
  /** Attempts that have ended, by outcome. */
  readonly outcomes: Readonly<Partial<Record<AttemptOutcome, number>>>;
  readonly attempts: number;
  readonly answered: number;
  readonly dialsLastMinute: number;
  readonly rejectedRows: number;
  /** When the next contact is due; null when none waits. */
  readonly nextAt: EpochMs | null;
}

/** One line of the export. */
export interface ContactResult {
  readonly line: number;
  readonly number: string;
  readonly state: ContactState;
  readonly variables: Readonly<Record<string, string>>;
  readonly consent: Consent | null;
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
}

/** Columns of an export beside the fixed ones. */
export interface ResultColumns {
  readonly answers: readonly string[];
  readonly variables: readonly string[];
}

export interface RejectedRow {
  readonly line: number;
  readonly reason: string;
  /** As it was read, cut at `MAX_REJECTED_CHARS`. */
  readonly text: string;
}
export const MAX_REJECTED_CHARS = 500;

export interface StateChange {
  readonly from: readonly CampaignState[];
  readonly to: CampaignState;
  readonly reason: string;
  readonly at: EpochMs;
}

export interface CampaignStore {
  /** A name is taken once. @throws StoreError `name-taken` */
  create(id: string, spec: CampaignSpec, at: EpochMs): Promise<Campaign>;
  /** By id or name. */
  find(idOrName: string): Promise<Campaign | null>;
  /** Newest first. */
  list(): Promise<readonly Campaign[]>;
  /** From one of the states in `from`, or nothing happens and null is returned. */
  setState(id: string, change: StateChange): Promise<Campaign | null>;
  /** In one batch. A number that the campaign has already is left as it is; how many were new. */
  addContacts(campaignId: string, contacts: readonly NewContact[], at: EpochMs): Promise<number>;
  addRejected(campaignId: string, rows: readonly RejectedRow[]): Promise<void>;
  rejected(campaignId: string, afterLine: number, limit: number): Promise<readonly RejectedRow[]>;

  claim(request: ClaimRequest): Promise<Claim>;
  /** Reads the attempt, asks `change` and writes, under the attempt's lock. Null leaves it; null is returned when unknown. */
  update(
    attemptId: string,
    at: EpochMs,
    change: (view: AttemptView) => AttemptChange | null,
  ): Promise<Attempt | null>;
  attempt(attemptId: string): Promise<AttemptView | null>;
  /** The last one told counts; it may come long after the attempt's end. An unknown attempt is none of ours. */
  noteRecording(attemptId: string, url: string): Promise<void>;
  /** Open attempts whose lease has run out, oldest first. */
  expired(now: EpochMs, limit: number): Promise<readonly Attempt[]>;
  /** When the next lease runs out; null when no attempt is open. */
  nextExpiry(): Promise<EpochMs | null>;
  /** Outcomes of the campaign's last attempts that have ended, newest first. */
  lastOutcomes(campaignId: string, limit: number): Promise<readonly AttemptOutcome[]>;

  progress(campaignId: string, now: EpochMs): Promise<CampaignProgress>;
  /** Names of everything that agents have collected and that contacts have brought, each once, in alphabetical order. */
  resultColumns(campaignId: string): Promise<ResultColumns>;
  /** In the file's order, after line `afterLine`. */
  results(campaignId: string, afterLine: number, limit: number): Promise<readonly ContactResult[]>;
  /** In the order in which they were written, after `afterSeq`; null for every campaign. */
  audit(campaignId: string | null, afterSeq: number, limit: number): Promise<readonly AuditRow[]>;
}

/** Why the store does not do what it is asked, or cannot be opened. */
export type StoreErrorCode = 'name-taken' | 'in-use' | 'unreachable' | 'newer-schema' | 'unavailable';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get retryable(): boolean {
    return this.code === 'unreachable' || this.code === 'unavailable';
  }
}
