// Calls that people have asked to get: kept until somebody has made them.
import { randomBytes } from 'node:crypto';
import type { CallbackEntry, Callbacks } from '../ports/call-services.ts';
import type { Sql } from './database.ts';

const ID_BYTES = 6;

interface CallbackRow {
  readonly id: string;
  readonly call_sid: string;
  readonly number: string;
  readonly agent: string;
  readonly at: number;
  readonly note: string;
  readonly created_at: number;
  readonly done_at: number | null;
}

const entryOf = (row: CallbackRow): CallbackEntry => ({
  id: row.id,
  callSid: row.call_sid,
  number: row.number,
  agent: row.agent,
  at: row.at,
  note: row.note,
  createdAt: row.created_at,
  doneAt: row.done_at,
});

export function callbackStore(sql: Sql): Callbacks {
  return {
    add: async ({ callSid, number, agent, at, note }, createdAt) => {
      const id = randomBytes(ID_BYTES).toString('hex');
      await sql.query(
        `insert into callbacks (id, call_sid, number, agent, at, note, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
        [id, callSid, number, agent, at, note, createdAt],
      );
      return id;
    },
    remove: async (id) =>
      (await sql.query('delete from callbacks where id = $1 returning id', [id])).length > 0,
    open: async (limit) =>
      (
        await sql.query<CallbackRow>(
          `select id, call_sid, number, agent, at, note, created_at, done_at from callbacks
           where done_at is null order by at, id limit $1`,
          [limit],
        )
      ).map(entryOf),
    done: async (id, at) =>
      (
        await sql.query('update callbacks set done_at = $2 where id = $1 and done_at is null returning id', [
          id,
          at,
        ])
      ).length > 0,
  };
}
