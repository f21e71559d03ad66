// The one transaction in which it is decided who is dialled: what is decided is true in the moment in which it is written.
import { randomBytes } from 'node:crypto';
import type { CampaignSpec, CampaignState } from '../ports/campaign.ts';
import {
  DIAL_LOAD_WINDOW_MS,
  type Attempt,
  type Claim,
  type ClaimRequest,
  type ContactFacts,
  type Decision,
  type DialLoad,
} from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';
import { writeAudit } from './audit.ts';
import type { Sql } from './database.ts';
import { attemptOf, type AttemptRow, type DueRow, type NewAuditRow } from './rows.ts';

/**
 * Limits of the account and one call per number at a time hold over all campaigns and processes: one claim at a time. What
 * forbids calls takes the same lock, so that no claim is in progress which has not seen it.
 */
export const CLAIM_LOCK = 715_023_101;
const DAY_MS = 86_400_000;
const ID_BYTES = 16;

/** Contacts that a claim looks at in any case. */
const LEAST_LOOK = 16;

const NOTHING: Claim = { attempts: [], decided: 0, nextAt: null, exhausted: false };

export async function claim(sql: Sql, request: ClaimRequest): Promise<Claim> {
  const { campaignId, now } = request;
  await sql.query(`select pg_advisory_xact_lock(${CLAIM_LOCK})`);
  const standing = await standingOf(sql, campaignId, now);
  if (standing?.state !== 'running') return NOTHING;
  const allowed = request.allowed(standing.load);
  // Most contacts that are due may be dialled: looking at many more than that would be for nothing.
  const look = Math.min(request.look, Math.max(LEAST_LOOK, 2 * allowed.count));
  const due = allowed.count > 0 ? await dueContacts(sql, campaignId, now, look) : [];
  const decided = decideInOrder(due, allowed.count, request);
  const dialled = decided.filter(({ decision }) => decision.kind === 'dial');
  const attempts = await writeAttempts(sql, dialled, standing.spec, request);
  await postpone(sql, decided, now);
  await writeAudit(
    sql,
    decided.map((one) => auditOf(one, attempts, request)),
  );
  const isFull = dialled.length >= allowed.count;
  if (isFull && dialled.length > 0)
    return { attempts, decided: decided.length, nextAt: allowed.at, exhausted: false };
  const more = due.length === look ? now : null;
  const rest = await remaining(sql, campaignId);
  return {
    attempts,
    decided: decided.length,
    nextAt: isFull ? allowed.at : (more ?? rest.nextAt),
    exhausted: rest.nextAt === null && !rest.dialling,
  };
}

interface Standing {
  readonly state: CampaignState;
  readonly spec: CampaignSpec;
  readonly load: DialLoad;
}

async function standingOf(sql: Sql, campaignId: string, now: EpochMs): Promise<Standing | null> {
  const [row] = await sql.query<{
    state: CampaignState;
    spec: CampaignSpec;
    mine: number;
    total: number;
    recent: readonly { readonly at: number; readonly mine: boolean }[];
  }>(
    `select k.state, k.spec,
       (select count(*)::int from attempts where open and campaign_id = k.id) as mine,
       (select count(*)::int from attempts where open) as total,
       (select coalesce(jsonb_agg(jsonb_build_object('at', dialled_at, 'mine', campaign_id = k.id) order by dialled_at), '[]')
        from attempts where dialled_at > $2) as recent
     from campaigns k where k.id = $1`,
    [campaignId, now - DIAL_LOAD_WINDOW_MS],
  );
  if (row === undefined) return null;
  const { state, spec, mine, total, recent } = row;
  return {
    state,
    spec,
    load: {
      openInCampaign: mine,
      openInAll: total,
      recentInCampaign: recent.filter((dial) => dial.mine).map(({ at }) => at),
      recentInAll: recent.map(({ at }) => at),
    },
  };
}

/**
 * An attempt that the network never took counts for nothing but its number in the row. The rows need no lock of their own:
 * whoever schedules or ends a contact that is not being dialled holds the one of all claims.
 */
function dueContacts(sql: Sql, campaignId: string, now: EpochMs, look: number): Promise<readonly DueRow[]> {
  return sql.query<DueRow>(
    `select c.id, c.number, c.zones, c.consent, c.variables, d.number is not null as listed,
       a.mine, a.total, a.recent, a.being_dialled, a.ordinals
     from (
       select id, number, zones, consent, variables, next_at, line from contacts
       where campaign_id = $1 and state = 'scheduled' and next_at <= $2 order by next_at, line limit $3
     ) c
     left join do_not_call d on d.number = c.number
     cross join lateral (
       select
         (count(*) filter (where contact_id = c.id and outcome is distinct from 'not-placed'))::int as mine,
         (count(*) filter (where outcome is distinct from 'not-placed'))::int as total,
         coalesce(jsonb_agg(dialled_at order by dialled_at)
           filter (where dialled_at > $4 and outcome is distinct from 'not-placed'), '[]') as recent,
         coalesce(bool_or(open), false) as being_dialled,
         (count(*) filter (where contact_id = c.id))::int as ordinals
       from attempts where number = c.number
     ) a
     order by c.next_at, c.line`,
    [campaignId, now, look, now - DAY_MS],
  );
}

interface Decided {
  readonly row: DueRow;
  readonly decision: Decision;
  /** Of the attempt, where there is one. */
  readonly attemptId: string | null;
}

/** Contacts behind the last one that may be dialled now stay as they are. */
function decideInOrder(due: readonly DueRow[], count: number, { decide }: ClaimRequest): readonly Decided[] {
  const decided: Decided[] = [];
  let dials = 0;
  for (const row of due) {
    if (dials >= count) break;
    const decision = decide(factsOf(row));
    const isDial = decision.kind === 'dial';
    if (isDial) dials += 1;
    decided.push({ row, decision, attemptId: isDial ? randomBytes(ID_BYTES).toString('base64url') : null });
  }
  return decided;
}

const factsOf = (row: DueRow): ContactFacts => ({
  contactId: row.id,
  number: row.number,
  zones: row.zones,
  consent: row.consent,
  onDoNotCall: row.listed,
  attempts: row.mine,
  recentDials: row.recent,
  dialsInAll: row.total,
  beingDialled: row.being_dialled,
});

async function writeAttempts(
  sql: Sql,
  dialled: readonly Decided[],
  spec: CampaignSpec,
  { campaignId, now, leaseUntil }: ClaimRequest,
): Promise<readonly Attempt[]> {
  if (dialled.length === 0) return [];
  const rows = dialled.map(({ row, attemptId }) => ({
    id: attemptId,
    contact_id: row.id,
    number: row.number,
    ordinal: row.ordinals + 1,
    variables: { ...spec.variables, ...row.variables },
    consent: row.consent,
  }));
  const written = await sql.query<AttemptRow>(
    `insert into attempts (id, campaign_id, contact_id, number, ordinal, dialled_at, lease_until, progress, variables, consent)
     select r.id, $2, r.contact_id, r.number, r.ordinal, $3, $4, '{"kind":"reserved"}', r.variables, r.consent
     from jsonb_to_recordset($1::jsonb) as r(
       id text, contact_id text, number text, ordinal int, variables jsonb, consent jsonb)
     returning *`,
    [JSON.stringify(rows), campaignId, now, leaseUntil],
  );
  await sql.query(
    `update contacts c set state = 'dialling', attempt_id = r.id, next_at = null, reason = ''
     from jsonb_to_recordset($1::jsonb) as r(id text, contact_id text) where c.id = r.contact_id`,
    [JSON.stringify(rows)],
  );
  const byId = new Map(written.map((row) => [row.id, attemptOf(row)]));
  return dialled.flatMap(({ attemptId }) => byId.get(attemptId ?? '') ?? []);
}

async function postpone(sql: Sql, decided: readonly Decided[], now: EpochMs): Promise<void> {
  const rows = decided.flatMap(({ row, decision }): readonly object[] => {
    if (decision.kind === 'dial') return [];
    const { id } = row;
    return decision.kind === 'later'
      ? [{ id, state: 'scheduled', next_at: decision.at, reason: decision.reason, end_kind: null }]
      : [{ id, state: 'final', next_at: null, reason: '', end_kind: decision.end }];
  });
  if (rows.length === 0) return;
  await sql.query(
    `update contacts c set state = r.state, next_at = r.next_at, reason = r.reason, end_kind = r.end_kind,
       attempt_id = null, ended_at = case when r.state = 'final' then $2::int8 end
     from jsonb_to_recordset($1::jsonb) as r(id text, state text, next_at int8, reason text, end_kind text)
     where c.id = r.id`,
    [JSON.stringify(rows), now],
  );
}

function auditOf(
  { row, decision, attemptId }: Decided,
  attempts: readonly Attempt[],
  { campaignId, now }: ClaimRequest,
): NewAuditRow {
  const facts = {
    zones: row.zones,
    consent: row.consent,
    attempts: row.mine,
    dialsInAll: row.total,
    dialsInADay: row.recent.length,
  };
  const base = { at: now, campaignId, contactId: row.id, attemptId, number: row.number };
  switch (decision.kind) {
    case 'dial': {
      const ordinal = attempts.find(({ id }) => id === attemptId)?.ordinal ?? 0;
      return { ...base, kind: 'dial', reason: 'allowed', facts: { ...facts, ordinal } };
    }
    case 'later':
      return { ...base, kind: 'postponed', reason: decision.reason, facts: { ...facts, until: decision.at } };
    case 'never':
      return { ...base, kind: 'not-dialled', reason: decision.end, facts };
  }
}

async function remaining(
  sql: Sql,
  campaignId: string,
): Promise<{ readonly nextAt: EpochMs | null; readonly dialling: boolean }> {
  const [rest] = await sql.query<{ next_at: number | null; dialling: boolean }>(
    `select (select min(next_at) from contacts where campaign_id = $1 and state = 'scheduled') as next_at,
       exists (select from attempts where campaign_id = $1 and open) as dialling`,
    [campaignId],
  );
  return { nextAt: rest?.next_at ?? null, dialling: rest?.dialling ?? false };
}
