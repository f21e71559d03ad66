// The rows of the tables and what they are outside: one place that knows both.
import type {
  AttemptOutcome,
  Campaign,
  CampaignSpec,
  CampaignState,
  Consent,
  ContactEnd,
  ContactState,
} from '../ports/campaign.ts';
import type { Attempt, AttemptProgress, AuditKind, AuditRow } from '../ports/campaign-store.ts';

export interface CampaignRow {
  readonly id: string;
  readonly spec: CampaignSpec;
  readonly state: CampaignState;
  readonly reason: string;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
}

export const campaignOf = (row: CampaignRow): Campaign => ({
  id: row.id,
  spec: row.spec,
  state: row.state,
  reason: row.reason,
  createdAt: row.created_at,
  startedAt: row.started_at,
  endedAt: row.ended_at,
});

export interface AttemptRow {
  readonly id: string;
  readonly campaign_id: string;
  readonly contact_id: string;
  readonly number: string;
  readonly ordinal: number;
  readonly dialled_at: number;
  readonly ended_at: number | null;
  readonly lease_until: number;
  readonly lookups: number;
  readonly progress: AttemptProgress;
  readonly variables: Readonly<Record<string, string>>;
  readonly collected: Readonly<Record<string, string>>;
  readonly result: string | null;
  readonly recording: string | null;
}

export const attemptOf = (row: AttemptRow): Attempt => ({
  id: row.id,
  campaignId: row.campaign_id,
  contactId: row.contact_id,
  number: row.number,
  ordinal: row.ordinal,
  dialledAt: row.dialled_at,
  endedAt: row.ended_at,
  leaseUntil: row.lease_until,
  lookups: row.lookups,
  progress: row.progress,
  variables: row.variables,
  collected: row.collected,
  result: row.result,
  recording: row.recording,
});

export interface ContactStateRow {
  readonly state: 'scheduled' | 'dialling' | 'final';
  readonly next_at: number | null;
  readonly reason: string;
  readonly attempt_id: string | null;
  readonly end_kind: ContactEnd | null;
  readonly ended_at: number | null;
}

export function contactStateOf(row: ContactStateRow): ContactState {
  switch (row.state) {
    case 'scheduled':
      return { kind: 'scheduled', at: row.next_at ?? 0, reason: row.reason };
    case 'dialling':
      return { kind: 'dialling', attemptId: row.attempt_id ?? '' };
    case 'final':
      return { kind: 'final', end: row.end_kind ?? 'failed', at: row.ended_at ?? 0 };
  }
}

/** The other way round; every column is set, so that nothing of the earlier state is left. */
export function contactColumns(state: ContactState): ContactStateRow {
  const none = { next_at: null, reason: '', attempt_id: null, end_kind: null, ended_at: null };
  switch (state.kind) {
    case 'scheduled':
      return { ...none, state: 'scheduled', next_at: state.at, reason: state.reason };
    case 'dialling':
      return { ...none, state: 'dialling', attempt_id: state.attemptId };
    case 'final':
      return { ...none, state: 'final', end_kind: state.end, ended_at: state.at };
  }
}

/** A due contact with what the decision about it rests on. */
export interface DueRow {
  readonly id: string;
  readonly number: string;
  readonly zones: readonly string[];
  readonly consent: Consent | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly listed: boolean;
  readonly mine: number;
  readonly total: number;
  readonly recent: readonly number[];
  readonly being_dialled: boolean;
  readonly ordinals: number;
}

/** An audit row before it has a number. */
export type NewAuditRow = Omit<AuditRow, 'seq'>;

export interface AuditTableRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: AuditKind;
  readonly campaign_id: string | null;
  readonly contact_id: string | null;
  readonly attempt_id: string | null;
  readonly number: string | null;
  readonly reason: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export const auditRowOf = (row: AuditTableRow): AuditRow => ({
  seq: row.seq,
  at: row.at,
  kind: row.kind,
  campaignId: row.campaign_id,
  contactId: row.contact_id,
  attemptId: row.attempt_id,
  number: row.number,
  reason: row.reason,
  facts: row.facts,
});

export interface OutcomeCount {
  readonly outcome: AttemptOutcome;
  readonly count: number;
}
