// The schema, step by step: each is applied once and never changed afterwards; new ones are added at the end.
import { StoreError } from '../ports/campaign-store.ts';
import type { Database, Sql } from './database.ts';

interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** Times are milliseconds since 1970 in UTC. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: '001-campaigns',
    sql: `
      create table campaigns (
        id text primary key, name text not null unique, spec jsonb not null, state text not null,
        reason text not null default '', created_at int8 not null, started_at int8, ended_at int8
      );
      create table contacts (
        id text primary key, campaign_id text not null references campaigns, line int not null, number text not null,
        zones jsonb not null, variables jsonb not null, consent jsonb,
        state text not null, next_at int8, reason text not null default '', attempt_id text, end_kind text, ended_at int8,
        unique (campaign_id, number)
      );
      create index contacts_due on contacts (campaign_id, next_at, line) where state = 'scheduled';
      create index contacts_in_order on contacts (campaign_id, line);
      create table attempts (
        id text primary key, campaign_id text not null references campaigns, contact_id text not null references contacts,
        number text not null, ordinal int not null, dialled_at int8 not null, ended_at int8, lease_until int8 not null,
        lookups int not null default 0, version int not null default 0, open boolean not null default true, call_sid text, outcome text,
        progress jsonb not null, variables jsonb not null, consent jsonb,
        collected jsonb not null default '{}', result text
      );
      create unique index attempts_one_open_per_number on attempts (number) where open;
      create index attempts_of_number on attempts (number, dialled_at);
      create index attempts_of_contact on attempts (contact_id, ordinal);
      create index attempts_by_time on attempts (dialled_at);
      create index attempts_leased on attempts (lease_until) where open;
      create index attempts_ended on attempts (campaign_id, ended_at) where not open;
      create table rejected_rows (
        campaign_id text not null references campaigns, line int not null, reason text not null, text text not null,
        primary key (campaign_id, line)
      );
      create table do_not_call (
        number text primary key, at int8 not null, source text not null, note text not null
      );`,
  },
  {
    name: '002-audit',
    sql: `
      create table audit (
        seq bigserial primary key, at int8 not null, kind text not null, campaign_id text, contact_id text,
        attempt_id text, number text, reason text not null, facts jsonb not null
      );
      create index audit_of_campaign on audit (campaign_id, seq);
      create function audit_is_append_only() returns trigger language plpgsql as $$
        begin raise exception 'the audit is append-only'; end $$;
      create trigger audit_rows_stay before update or delete on audit
        for each row execute function audit_is_append_only();
      create trigger audit_stays before truncate on audit
        for each statement execute function audit_is_append_only();`,
  },
  {
    name: '003-calls',
    sql: `
      create table calls (
        call_sid text primary key, agent text not null, direction text not null, from_number text not null,
        to_number text not null, started_at text not null, ended_at text, outcome text, result text,
        collected jsonb not null default '{}', counters jsonb not null default '{}'
      );
      create index calls_by_time on calls (started_at);
      create table turns (
        call_sid text not null, ordinal int not null, heard text, replied text not null, stages jsonb,
        barged_in boolean not null, primary key (call_sid, ordinal)
      );`,
  },
  { name: '004-recordings', sql: 'alter table attempts add column recording text;' },
  {
    name: '005-callbacks',
    sql: `
      create table callbacks (
        id text primary key, call_sid text not null, number text not null, agent text not null, at int8 not null,
        note text not null, created_at int8 not null, done_at int8
      );
      create index callbacks_open on callbacks (at) where done_at is null;`,
  },
];

/** Any number that nothing else on the same server locks. */
const MIGRATION_LOCK = 715_023_100;

/** Brings the schema up to date; several processes may do so at once. @throws StoreError `newer-schema` */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await sql.script(
      'create table if not exists migrations (name text primary key, applied_at int8 not null)',
    );
    const done = await sql.query<{ name: string }>('select name from migrations order by name');
    const known = new Set(MIGRATIONS.map(({ name }) => name));
    const strange = done.find(({ name }) => !known.has(name));
    if (strange !== undefined) {
      throw new StoreError(
        'newer-schema',
        `The database has the step ${JSON.stringify(strange.name)}, which this version does not know: start a newer one.`,
      );
    }
    const applied = new Set(done.map(({ name }) => name));
    for (const step of MIGRATIONS) if (!applied.has(step.name)) await apply(sql, step);
  });
}

async function apply(sql: Sql, { name, sql: text }: Migration): Promise<void> {
  await sql.script(text);
  await sql.query(
    'insert into migrations (name, applied_at) values ($1, extract(epoch from now())::int8 * 1000)',
    [name],
  );
}
