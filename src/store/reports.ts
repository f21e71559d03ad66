// How a campaign stands, and what became of each of its contacts.
import type { Consent, ContactEnd } from '../ports/campaign.ts';
import type { CampaignProgress, ContactResult, ResultColumns } from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';
import type { Sql } from './database.ts';
import {
  attemptOf,
  contactStateOf,
  type AttemptRow,
  type ContactStateRow,
  type OutcomeCount,
} from './rows.ts';

const MINUTE_MS = 60_000;

export async function campaignProgress(
  sql: Sql,
  campaignId: string,
  now: EpochMs,
): Promise<CampaignProgress> {
  const states = await sql.query<{
    state: string;
    end_kind: ContactEnd | null;
    count: number;
    next: number | null;
  }>(
    `select state, end_kind, count(*)::int as count, min(next_at) as next from contacts
     where campaign_id = $1 group by state, end_kind`,
    [campaignId],
  );
  const outcomes = await sql.query<OutcomeCount>(
    'select outcome, count(*)::int as count from attempts where campaign_id = $1 and not open group by outcome',
    [campaignId],
  );
  const [sums] = await sql.query<{ attempts: number; answered: number; lately: number; rejected: number }>(
    `select count(*)::int as attempts,
       (count(*) filter (where progress->>'answeredAt' is not null or outcome in (
         'completed', 'hung-up', 'dropped', 'abandoned', 'opted-out', 'wrong-number', 'voicemail', 'voicemail-left', 'fax'
       )))::int as answered,
       (count(*) filter (where dialled_at > $2))::int as lately,
       (select count(*)::int from rejected_rows where campaign_id = $1) as rejected
     from attempts where campaign_id = $1`,
    [campaignId, now - MINUTE_MS],
  );
  const countOf = (state: string): number =>
    states.filter((row) => row.state === state).reduce((sum, { count }) => sum + count, 0);
  return {
    contacts: states.reduce((sum, { count }) => sum + count, 0),
    scheduled: countOf('scheduled'),
    dialling: countOf('dialling'),
    ends: Object.fromEntries(
      states.flatMap(({ end_kind, count }) => (end_kind === null ? [] : [[end_kind, count]])),
    ),
    outcomes: Object.fromEntries(outcomes.map(({ outcome, count }) => [outcome, count])),
    attempts: sums?.attempts ?? 0,
    answered: sums?.answered ?? 0,
    dialsLastMinute: sums?.lately ?? 0,
    rejectedRows: sums?.rejected ?? 0,
    nextAt: states.find(({ state }) => state === 'scheduled')?.next ?? null,
  };
}

export async function resultColumns(sql: Sql, campaignId: string): Promise<ResultColumns> {
  const rows = await sql.query<{ of: 'answers' | 'variables'; name: string }>(
    `select distinct 'answers' as of, jsonb_object_keys(collected) as name from attempts where campaign_id = $1
     union select distinct 'variables', jsonb_object_keys(variables) from contacts where campaign_id = $1
     order by of, name`,
    [campaignId],
  );
  const named = (of: string): readonly string[] =>
    rows.filter((row) => row.of === of).map(({ name }) => name);
  return { answers: named('answers'), variables: named('variables') };
}

interface ResultRow extends ContactStateRow {
  readonly line: number;
  readonly number: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly consent: Consent | null;
  readonly attempts: readonly AttemptRow[];
}

/** In the file's order. */
export async function contactResults(
  sql: Sql,
  campaignId: string,
  afterLine: number,
  limit: number,
): Promise<readonly ContactResult[]> {
  const rows = await sql.query<ResultRow>(
    `select c.line, c.number, c.variables, c.consent, c.state, c.next_at, c.reason, c.attempt_id, c.end_kind, c.ended_at,
       coalesce((select jsonb_agg(to_jsonb(a) order by a.ordinal) from attempts a where a.contact_id = c.id), '[]') as attempts
     from contacts c where c.campaign_id = $1 and c.line > $2 order by c.line limit $3`,
    [campaignId, afterLine, limit],
  );
  return rows.map((row) => ({
    line: row.line,
    number: row.number,
    state: contactStateOf(row),
    variables: row.variables,
    consent: row.consent,
    attempts: row.attempts.map(attemptOf),
  }));
}
