// The do-not-call list on a database: added and removed together with its row in the audit.
import type { DoNotCallEntry, DoNotCallList } from '../ports/do-not-call.ts';
import { writeAudit } from './audit.ts';
import { CLAIM_LOCK } from './claim.ts';
import type { Database } from './database.ts';
import type { NewAuditRow } from './rows.ts';

export function doNotCallList(database: Database): DoNotCallList {
  return {
    add: async (entry) => {
      await addAll(database, [entry]);
    },
    addAll: (entries) => addAll(database, entries),
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

/** No call is decided on between the list and its audit. */
function addAll(database: Database, entries: readonly DoNotCallEntry[]): Promise<number> {
  return database.transaction(async (sql) => {
    await sql.query(`select pg_advisory_xact_lock(${CLAIM_LOCK})`);
    const added = await sql.query<DoNotCallEntry>(
      `insert into do_not_call (number, at, source, note)
       select r.number, r.at, r.source, r.note
       from jsonb_to_recordset($1::jsonb) as r(number text, at int8, source text, note text)
       on conflict (number) do nothing returning number, at, source, note`,
      [JSON.stringify(entries)],
    );
    if (added.length > 0) {
      await writeAudit(
        sql,
        added.map((entry) => auditOf(entry, 'do-not-call-added')),
      );
    }
    return added.length;
  });
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
    addAll: (all) => {
      const before = entries.size;
      for (const entry of all) if (!entries.has(entry.number)) entries.set(entry.number, entry);
      return Promise.resolve(entries.size - before);
    },
    remove: (number) => Promise.resolve(entries.delete(number)),
    find: (number) => Promise.resolve(entries.get(number) ?? null),
    page: (after, limit) => {
      const numbers = [...entries.keys()].filter((number) => number > (after ?? '')).toSorted();
      return Promise.resolve(numbers.slice(0, limit).flatMap((number) => entries.get(number) ?? []));
    },
  };
}
