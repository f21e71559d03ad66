// The do-not-call list on a database: added and removed together with its row in the audit.
import type { DoNotCallEntry, DoNotCallList } from '../ports/do-not-call.ts';
import { writeAudit } from './audit.ts';
import { CLAIM_LOCK } from './claim.ts';
import type { Database } from './database.ts';
import type { NewAuditRow } from './rows.ts';

export function doNotCallList(database: Database): DoNotCallList {
  return {
    add: (entry) =>
      database.transaction(async (sql) => {
        await sql.query(`select pg_advisory_xact_lock(${CLAIM_LOCK})`);
        const added = await sql.query(
          `insert into do_not_call (number, at, source, note) values ($1, $2, $3, $4)
           on conflict (number) do nothing returning number`,
          [entry.number, entry.at, entry.source, entry.note],
        );
        if (added.length > 0) await writeAudit(sql, [auditOf(entry, 'do-not-call-added')]);
      }),
    remove: (number, at, source) =>
      database.transaction(async (sql) => {
        const removed = await sql.query('delete from do_not_call where number = $1 returning number', [
          number,
        ]);
        if (removed.length === 0) return false;
        await writeAudit(sql, [auditOf({ number, at, source, note: '' }, 'do-not-call-removed')]);
        return true;
      }),
    find: async (number) => {
      const [entry] = await database.query<DoNotCallEntry>(
        'select number, at, source, note from do_not_call where number = $1',
        [number],
      );
      return entry ?? null;
    },
    page: (after, limit) =>
      database.query<DoNotCallEntry>(
        'select number, at, source, note from do_not_call where number > $1 order by number limit $2',
        [after ?? '', limit],
      ),
  };
}

const auditOf = (
  { number, at, source, note }: DoNotCallEntry,
  kind: 'do-not-call-added' | 'do-not-call-removed',
): NewAuditRow => ({
  at,
  kind,
  campaignId: null,
  contactId: null,
  attemptId: null,
  number,
  reason: source,
  facts: note === '' ? {} : { note },
});

/** For servers that keep nothing: gone with the process. */
export function memoryDoNotCallList(): DoNotCallList {
  const entries = new Map<string, DoNotCallEntry>();
  return {
    add: (entry) => {
      if (!entries.has(entry.number)) entries.set(entry.number, entry);
      return Promise.resolve();
    },
    remove: (number) => Promise.resolve(entries.delete(number)),
    find: (number) => Promise.resolve(entries.get(number) ?? null),
    page: (after, limit) => {
      const numbers = [...entries.keys()].filter((number) => number > (after ?? '')).toSorted();
      return Promise.resolve(numbers.slice(0, limit).flatMap((number) => entries.get(number) ?? []));
    },
  };
}
