// One attempt: read, changed under its lock, found again when its lease has run out.
import type { AttemptOutcome, CampaignSpec } from '../ports/campaign.ts';
import {
  StoreError,
  type Attempt,
  type AttemptChange,
  type AttemptProgress,
  type AttemptView,
  type AuditKind,
} from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';
import type { Sql } from './database.ts';
import { attemptOf, contactColumns, type AttemptRow } from './rows.ts';

interface VersionedView {
  readonly view: AttemptView;
  readonly version: number;
}

/** Somebody else's change of the same attempt in the same moment; with callbacks of one call that is rare. */
const MOST_TRIES = 20;

/**
 * Read, changed and written if nobody has changed it meanwhile, else read again: one statement writes attempt, contact and
 * audit. Null is returned for an unknown attempt.
 */
export async function updateAttempt(
  sql: Sql,
  attemptId: string,
  at: EpochMs,
  change: (view: AttemptView) => AttemptChange | null,
): Promise<Attempt | null> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const read = await versionedView(sql, attemptId);
    if (read === null) return null;
    const changed = change(read.view);
    if (changed === null) return read.view.attempt;
    const written = await write(sql, read, changed, at);
    if (written !== null) return written;
  }
  throw new StoreError(
    'unavailable',
    `attempt ${attemptId} was changed by others ${MOST_TRIES} times in a row`,
  );
}

export async function attemptView(sql: Sql, attemptId: string): Promise<AttemptView | null> {
  return (await versionedView(sql, attemptId))?.view ?? null;
}

async function versionedView(sql: Sql, attemptId: string): Promise<VersionedView | null> {
  const [row] = await sql.query<
    AttemptRow & { spec: CampaignSpec; version: number; history: readonly AttemptOutcome[] }
  >(
    `select a.*, k.spec, coalesce((
       select jsonb_agg(o.outcome order by o.ordinal) from attempts o
       where o.contact_id = a.contact_id and not o.open and o.id <> a.id), '[]') as history
     from attempts a join campaigns k on k.id = a.campaign_id where a.id = $1`,
    [attemptId],
  );
  if (row === undefined) return null;
  const { spec, history, version } = row;
  return { view: { attempt: attemptOf(row), spec, history }, version };
}

/** Null when somebody else was first. */
async function write(
  sql: Sql,
  { view, version }: VersionedView,
  change: AttemptChange,
  at: EpochMs,
): Promise<Attempt | null> {
  const { attempt } = view;
  checkChange(attempt, change);
  const isOpen = change.progress.kind !== 'ended';
  const [row] = await sql.query<AttemptRow>(
    `with a as (
       update attempts set version = version + 1, progress = $3::jsonb, lease_until = $4, lookups = $5,
         collected = $6::jsonb, result = $7, open = $8, outcome = $9, call_sid = $10,
         ended_at = case when $8 then null else coalesce(ended_at, $11::int8) end
       where id = $1 and version = $2 returning *
     ), c as (
       update contacts set state = r.state, next_at = r.next_at, reason = r.reason, attempt_id = r.attempt_id,
         end_kind = r.end_kind, ended_at = r.ended_at
       from a, jsonb_to_recordset($12::jsonb) as r(
         state text, next_at int8, reason text, attempt_id text, end_kind text, ended_at int8)
       where contacts.id = a.contact_id
     ), l as (
       insert into audit (at, kind, campaign_id, contact_id, attempt_id, number, reason, facts)
       select $11, r.kind, a.campaign_id, a.contact_id, a.id, a.number, r.reason, r.facts
       from a, jsonb_to_recordset($13::jsonb) as r(n int, kind text, reason text, facts jsonb) order by r.n
     )
     select * from a`,
    [
      attempt.id,
      version,
      JSON.stringify(change.progress),
      change.leaseUntil ?? attempt.leaseUntil,
      change.lookups ?? attempt.lookups,
      JSON.stringify(change.collected ?? attempt.collected),
      change.result === undefined ? attempt.result : change.result,
      isOpen,
      change.progress.kind === 'ended' ? change.progress.outcome : null,
      callSidOf(change.progress),
      at,
      JSON.stringify(change.contact === undefined ? [] : [contactColumns(change.contact)]),
      JSON.stringify(auditOf(attempt, change)),
    ],
  );
  return row === undefined ? null : attemptOf(row);
}

/** @throws Error for a change that no rule may make. */
function checkChange(attempt: Attempt, change: AttemptChange): void {
  const ends = change.progress.kind === 'ended' && attempt.progress.kind !== 'ended';
  if (ends !== (change.contact !== undefined)) {
    throw new Error(
      `attempt ${attempt.id}: the contact's state is set when, and only when, the attempt ends`,
    );
  }
  if (attempt.progress.kind === 'ended' && change.progress.kind !== 'ended') {
    throw new Error(`attempt ${attempt.id} has ended and stays so`);
  }
}

const callSidOf = (progress: AttemptProgress): string | null =>
  progress.kind === 'reserved' ? null : progress.callSid;

interface AuditNote {
  readonly n: number;
  readonly kind: AuditKind;
  readonly reason: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** That the network has taken a call, and how an attempt ended. */
function auditOf(attempt: Attempt, { progress, reason, contact }: AttemptChange): readonly AuditNote[] {
  if (attempt.progress.kind === 'ended') return [];
  const callSid = callSidOf(progress);
  const isPlaced = attempt.progress.kind === 'reserved' && callSid !== null;
  const placed: readonly AuditNote[] = isPlaced ? [{ n: 1, kind: 'placed', reason, facts: { callSid } }] : [];
  if (progress.kind !== 'ended') return placed;
  return [...placed, { n: 2, kind: 'ended', reason, facts: { outcome: progress.outcome, callSid, contact } }];
}

/** Not under the attempt's version: nothing else depends on it. */
export async function noteRecording(sql: Sql, attemptId: string, url: string): Promise<void> {
  await sql.query('update attempts set recording = $2 where id = $1', [attemptId, url]);
}

/** Open attempts whose lease has run out, oldest first. */
export async function expiredAttempts(sql: Sql, now: EpochMs, limit: number): Promise<readonly Attempt[]> {
  const rows = await sql.query<AttemptRow>(
    'select * from attempts where open and lease_until <= $1 order by lease_until limit $2',
    [now, limit],
  );
  return rows.map(attemptOf);
}

export async function nextExpiry(sql: Sql): Promise<EpochMs | null> {
  const [row] = await sql.query<{ at: number | null }>(
    'select min(lease_until) as at from attempts where open',
  );
  return row?.at ?? null;
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
