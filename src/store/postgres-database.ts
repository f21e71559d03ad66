// A Postgres server behind the queries: a small pool, time limits, and errors in our own terms.
import pg from 'pg';
import { StoreError } from '../ports/campaign-store.ts';
import type { Logger } from '../ports/telemetry.ts';
import type { Database, Param, Sql } from './database.ts';

const MAX_CONNECTIONS = 8;
const CONNECT_MS = 5_000;
/** The longest query of ours is a batch of an import. */
const STATEMENT_MS = 30_000;
const IDLE_MS = 30_000;
/** OID of int8, which pg would give as text: all of ours are times and counts below 2^53. */
const INT8 = 20;
/** A transaction that lost against another one may be tried again: serialization failure, deadlock. */
const LOST_RACE = new Set(['40001', '40P01']);
const MOST_TRIES = 4;

/** Not connected yet: the first query connects. */
export function postgresDatabase(url: string, logger: Logger): Database {
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8, Number);
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    idleTimeoutMillis: IDLE_MS,
    application_name: 'parley',
    types,
  });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => {
    logger.warn({ code: codeOf(error) }, 'database connection lost');
  });
  return {
    query: async <Row>(text: string, params: readonly Param[] = []) =>
      named(async () => (await pool.query(text, bound(params))).rows as Row[]),
    script: async (text) => {
      await named(() => pool.query(text));
    },
    transaction: (run) => retrying(() => inTransaction(pool, run)),
    close: () => pool.end(),
  };
}

async function inTransaction<T>(pool: pg.Pool, run: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await named(() => pool.connect());
  try {
    await client.query('begin');
    const result = await run({
      query: async <Row>(text: string, params: readonly Param[] = []) =>
        (await client.query(text, bound(params))).rows as Row[],
      script: async (text) => {
        await client.query(text);
      },
    });
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // A connection that cannot even roll back is not given to others.
    const broken = await client.query('rollback').then(
      () => undefined,
      (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
    );
    client.release(broken);
    throw inOurTerms(error);
  }
}

async function retrying<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (tries >= MOST_TRIES || !LOST_RACE.has(codeOf(error))) throw error;
    }
  }
}

async function named<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw inOurTerms(error);
  }
}

const bound = (params: readonly Param[]): unknown[] => [...params];

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** Faults of the connection, SQLSTATE class 57P and 08, and refused logins; the message never holds the address's password. */
function inOurTerms(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const isLogin = code.startsWith('28') || code === '3D000';
  const isLost = /^(?:E[A-Z]+|08|57P)/.test(code) || (code === '' && isConnectionFault(error));
  if (!isLogin && !isLost) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError('unreachable', `DATABASE_URL: ${message}`, { cause: error });
}

const isConnectionFault = (error: unknown): boolean =>
  error instanceof Error && /connection|timeout|terminated/i.test(error.message);
