// Campaigns and their contacts: made, found, moved from state to state.
import { randomBytes } from 'node:crypto';
import type { Campaign, CampaignSpec, NewContact } from '../ports/campaign.ts';
import { StoreError, type RejectedRow, type StateChange } from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';
import { writeAudit } from './audit.ts';
import { CLAIM_LOCK } from './claim.ts';
import type { Database, Sql } from './database.ts';
import { campaignOf, type CampaignRow, type NewAuditRow } from './rows.ts';

const ID_BYTES = 9;
const COLUMNS = 'id, spec, state, reason, created_at, started_at, ended_at';

/** @throws StoreError `name-taken` */
export async function createCampaign(
  database: Database,
  id: string,
  spec: CampaignSpec,
  at: EpochMs,
): Promise<Campaign> {
  return database.transaction(async (sql) => {
    const [row] = await sql.query<CampaignRow>(
      `insert into campaigns (id, name, spec, state, created_at) values ($1, $2, $3::jsonb, 'draft', $4)
       on conflict (name) do nothing returning ${COLUMNS}`,
      [id, spec.name, JSON.stringify(spec), at],
    );
    if (row === undefined) {
      const name = JSON.stringify(spec.name);
      throw new StoreError('name-taken', `There is a campaign called ${name}: choose another name.`);
    }
    await writeAudit(sql, [stateAudit(id, 'created', '', at)]);
    return campaignOf(row);
  });
}

export async function findCampaign(sql: Sql, idOrName: string): Promise<Campaign | null> {
  const [row] = await sql.query<CampaignRow>(
    `select ${COLUMNS} from campaigns where id = $1 or name = $1 order by id = $1 desc limit 1`,
    [idOrName],
  );
  return row === undefined ? null : campaignOf(row);
}

export async function listCampaigns(sql: Sql): Promise<readonly Campaign[]> {
  const rows = await sql.query<CampaignRow>(
    `select ${COLUMNS} from campaigns order by created_at desc, name`,
  );
  return rows.map(campaignOf);
}

/** Null when the campaign is in none of the states in `from`. Who still waits when it is cancelled is never called. */
export async function setCampaignState(
  database: Database,
  id: string,
  { from, to, reason, at }: StateChange,
): Promise<Campaign | null> {
  return database.transaction(async (sql) => {
    await sql.query(`select pg_advisory_xact_lock(${CLAIM_LOCK})`);
    const [row] = await sql.query<CampaignRow>(
      `update campaigns set state = $3, reason = $4,
         started_at = case when $3 = 'running' then coalesce(started_at, $5::int8) else started_at end,
         ended_at = case when $3 in ('cancelled', 'finished') then $5::int8 end
       where id = $1 and state = any ($2::text[]) returning ${COLUMNS}`,
      [id, from, to, reason, at],
    );
    if (row === undefined) return null;
    await writeAudit(sql, [stateAudit(id, to, reason, at)]);
    if (to === 'cancelled') await endScheduled(sql, id, at);
    return campaignOf(row);
  });
}

async function endScheduled(sql: Sql, campaignId: string, at: EpochMs): Promise<void> {
  await sql.query(
    `with ended as (
       update contacts set state = 'final', end_kind = 'campaign-ended', ended_at = $2, next_at = null, reason = ''
       where campaign_id = $1 and state = 'scheduled' returning id, number
     )
     insert into audit (at, kind, campaign_id, contact_id, number, reason, facts)
     select $2, 'not-dialled', $1, id, number, 'campaign-ended', '{}' from ended`,
    [campaignId, at],
  );
}

const stateAudit = (campaignId: string, state: string, reason: string, at: EpochMs): NewAuditRow => ({
  at,
  kind: 'campaign',
  campaignId,
  contactId: null,
  attemptId: null,
  number: null,
  reason: state,
  facts: reason === '' ? {} : { reason },
});

/** How many were new. */
export async function addContacts(
  sql: Sql,
  campaignId: string,
  contacts: readonly NewContact[],
  at: EpochMs,
): Promise<number> {
  const rows = contacts.map((contact) => ({ ...contact, id: randomBytes(ID_BYTES).toString('base64url') }));
  const added = await sql.query(
    `insert into contacts (id, campaign_id, line, number, zones, variables, consent, state, next_at)
     select r.id, $2, r.line, r.number, r.zones, r.variables, nullif(r.consent, 'null'), 'scheduled', $3
     from jsonb_to_recordset($1::jsonb) as r(id text, line int, number text, zones jsonb, variables jsonb, consent jsonb)
     order by r.line
     on conflict (campaign_id, number) do nothing returning id`,
    [JSON.stringify(rows), campaignId, at],
  );
  return added.length;
}

export async function addRejected(sql: Sql, campaignId: string, rows: readonly RejectedRow[]): Promise<void> {
  await sql.query(
    `insert into rejected_rows (campaign_id, line, reason, text)
     select $2, r.line, r.reason, r.text from jsonb_to_recordset($1::jsonb) as r(line int, reason text, text text)
     on conflict (campaign_id, line) do update set reason = excluded.reason, text = excluded.text`,
    [JSON.stringify(rows), campaignId],
  );
}

export async function rejectedRows(
  sql: Sql,
  campaignId: string,
  afterLine: number,
  limit: number,
): Promise<readonly RejectedRow[]> {
  return sql.query<RejectedRow>(
    'select line, reason, text from rejected_rows where campaign_id = $1 and line > $2 order by line limit $3',
    [campaignId, afterLine, limit],
  );
}
