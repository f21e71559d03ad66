// Writes and reads the audit: rows are added in the transaction of what they tell, and never touched again.
import type { AuditRow } from '../ports/campaign-store.ts';
import type { Sql } from './database.ts';
import { auditRowOf, type AuditTableRow, type NewAuditRow } from './rows.ts';

export async function writeAudit(sql: Sql, rows: readonly NewAuditRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql.query(
    `insert into audit (at, kind, campaign_id, contact_id, attempt_id, number, reason, facts)
     select r.at, r.kind, r."campaignId", r."contactId", r."attemptId", r.number, r.reason, r.facts
     from jsonb_to_recordset($1::jsonb) as r(
       n int, at int8, kind text, "campaignId" text, "contactId" text, "attemptId" text, number text, reason text, facts jsonb)
     order by r.n`,
    [JSON.stringify(rows.map((row, n) => ({ ...row, n })))],
  );
}

/** In the order in which they were written; null for every campaign and what belongs to none. */
export async function readAudit(
  sql: Sql,
  campaignId: string | null,
  afterSeq: number,
  limit: number,
): Promise<readonly AuditRow[]> {
  const rows = await sql.query<AuditTableRow>(
    `select seq, at, kind, campaign_id, contact_id, attempt_id, number, reason, facts from audit
     where seq > $1 and ($2::text is null or campaign_id = $2 or campaign_id is null)
     order by seq limit $3`,
    [afterSeq, campaignId, limit],
  );
  return rows.map(auditRowOf);
}
