// One attempt: read, changed under its lock, found again when its lease has run out.
import type { AttemptOutcome, CampaignSpec } from '../ports/campaign.ts';
import type { Attempt, AttemptChange, AttemptProgress, AttemptView } from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';
import { writeAudit } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { attemptOf, contactColumns, type AttemptRow, type NewAuditRow } from './rows.ts';

/** `change` is asked once the attempt cannot change under it; null leaves it. Null is returned for an unknown one. */
export async function updateAttempt(
  database: Database,
  attemptId: string,
  at: EpochMs,
  change: (view: AttemptView) => AttemptChange | null,
): Promise<Attempt | null> {
  return database.transaction(async (sql) => {
    const view = await attemptView(sql, attemptId, 'for update of a');
    if (view === null) return null;
    const changed = change(view);
    return changed === null ? view.attempt : write(sql, view, changed, at);
  });
}

export async function attemptView(
  sql: Sql,
  attemptId: string,
  lock: 'for update of a' | '' = '',
): Promise<AttemptView | null> {
  const [row] = await sql.query<AttemptRow & { spec: CampaignSpec }>(
    `select a.*, k.spec from attempts a join campaigns k on k.id = a.campaign_id where a.id = $1 ${lock}`,
    [attemptId],
  );
  if (row === undefined) return null;
  const history = await sql.query<{ outcome: AttemptOutcome }>(
    'select outcome from attempts where contact_id = $1 and not open and id <> $2 order by ordinal',
    [row.contact_id, attemptId],
  );
  return { attempt: attemptOf(row), spec: row.spec, history: history.map(({ outcome }) => outcome) };
}

async function write(sql: Sql, view: AttemptView, change: AttemptChange, at: EpochMs): Promise<Attempt> {
  const { attempt } = view;
  const ends = change.progress.kind === 'ended' && attempt.progress.kind !== 'ended';
  if (ends !== (change.contact !== undefined)) {
    throw new Error(
      `attempt ${attempt.id}: the contact's state is set when, and only when, the attempt ends`,
    );
  }
  if (attempt.progress.kind === 'ended' && change.progress.kind !== 'ended') {
    throw new Error(`attempt ${attempt.id} has ended and stays so`);
  }
  const [row] = await sql.query<AttemptRow>(
    `update attempts set progress = $2::jsonb, lease_until = $3, lookups = $4, collected = $5::jsonb, result = $6,
       open = $7, outcome = $8, call_sid = $9, ended_at = case when $7 then null else coalesce(ended_at, $10::int8) end
     where id = $1 returning *`,
    [
      attempt.id,
      JSON.stringify(change.progress),
      change.leaseUntil ?? attempt.leaseUntil,
      change.lookups ?? attempt.lookups,
      JSON.stringify(change.collected ?? attempt.collected),
      change.result === undefined ? attempt.result : change.result,
      change.progress.kind !== 'ended',
      change.progress.kind === 'ended' ? change.progress.outcome : null,
      callSidOf(change.progress),
      at,
    ],
  );
  if (change.contact !== undefined) {
    const columns = JSON.stringify(contactColumns(change.contact));
    await sql.query(
      `update contacts c set state = r.state, next_at = r.next_at, reason = r.reason, attempt_id = r.attempt_id,
         end_kind = r.end_kind, ended_at = r.ended_at
       from jsonb_to_record($2::jsonb) as r(
         state text, next_at int8, reason text, attempt_id text, end_kind text, ended_at int8)
       where c.id = $1`,
      [attempt.contactId, columns],
    );
  }
  await writeAudit(sql, auditOf(view, change, at));
  return row === undefined ? attempt : attemptOf(row);
}

const callSidOf = (progress: AttemptProgress): string | null =>
  progress.kind === 'reserved' ? null : progress.callSid;

/** That the network has taken a call, and how an attempt ended. */
function auditOf({ attempt }: AttemptView, change: AttemptChange, at: EpochMs): readonly NewAuditRow[] {
  const { progress, reason } = change;
  if (attempt.progress.kind === 'ended') return [];
  const base = {
    at,
    campaignId: attempt.campaignId,
    contactId: attempt.contactId,
    attemptId: attempt.id,
    number: attempt.number,
    reason,
  };
  const placed: readonly NewAuditRow[] =
    attempt.progress.kind === 'reserved' && callSidOf(progress) !== null
      ? [{ ...base, kind: 'placed', facts: { callSid: callSidOf(progress) } }]
      : [];
  if (progress.kind !== 'ended') return placed;
  const facts = { outcome: progress.outcome, callSid: progress.callSid, contact: change.contact };
  return [...placed, { ...base, kind: 'ended', facts }];
}

/** Open attempts whose lease has run out, oldest first. */
export async function expiredAttempts(sql: Sql, now: EpochMs, limit: number): Promise<readonly Attempt[]> {
  const rows = await sql.query<AttemptRow>(
    'select * from attempts where open and lease_until <= $1 order by lease_until limit $2',
    [now, limit],
  );
  return rows.map(attemptOf);
}

export async function lastOutcomes(
  sql: Sql,
  campaignId: string,
  limit: number,
): Promise<readonly AttemptOutcome[]> {
  const rows = await sql.query<{ outcome: AttemptOutcome }>(
    'select outcome from attempts where campaign_id = $1 and not open order by ended_at desc limit $2',
    [campaignId, limit],
  );
  return rows.map(({ outcome }) => outcome);
}
