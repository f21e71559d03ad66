// The embedded database: PGlite in a thread of its own, one statement or transaction at a time.
import { Worker } from 'node:worker_threads';
import { StoreError } from '../ports/campaign-store.ts';
import type { Database, Param, Sql } from './database.ts';
import type { EmbeddedAnswer, EmbeddedRequest, EmbeddedSetup } from './embedded-protocol.ts';

/** Statements and transactions that wait for their turn. Overflow policy: one more is refused as `unavailable`. */
const MAX_WAITING = 10_000;

/** The built thread, also when this file runs unbuilt in tests. */
const MAIN = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/store/embedded-main.js' : './embedded-main.js',
  import.meta.url,
);

type Request = EmbeddedRequest extends infer R
  ? R extends { readonly id: number }
    ? Omit<R, 'id'>
    : never
  : never;

interface Pending {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

/** `folder` null keeps everything in memory. The folder belongs to one process: see folder-lock.ts. */
export function embeddedDatabase(folder: string | null): Database {
  const thread = new DatabaseThread({ folder });
  const turns = new Turns();
  const sql: Sql = {
    query: async <Row>(text: string, params: readonly Param[] = []) =>
      (await thread.ask({ kind: 'query', text, params })) as readonly Row[],
    script: async (text) => {
      await thread.ask({ kind: 'script', text });
    },
  };
  return {
    query: (text, params) => turns.take(() => sql.query(text, params)),
    script: (text) => turns.take(() => sql.script(text)),
    transaction: (run) =>
      turns.take(async () => {
        // Not waited for: the thread answers in order.
        const begun = sql.script('begin');
        try {
          const result = await run(sql);
          await begun;
          await sql.script('commit');
          return result;
        } catch (error) {
          await sql.script('rollback');
          throw error;
        }
      }),
    close: () => turns.take(() => thread.close()),
  };
}

/** Gives the one connection to one after the other. */
class Turns {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  take<T>(run: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) {
      return Promise.reject(
        new StoreError('unavailable', `${MAX_WAITING} statements wait for the embedded database.`),
      );
    }
    this.#waiting += 1;
    const result = this.#tail.then(run).finally(() => {
      this.#waiting -= 1;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

class DatabaseThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #ended: StoreError | null = null;

  constructor(setup: EmbeddedSetup) {
    this.#worker = new Worker(MAIN, { workerData: setup });
    this.#worker.on('message', (answer: EmbeddedAnswer) => {
      this.#settle(answer);
    });
    this.#worker.on('error', (error) => {
      this.#end(error.message);
    });
    this.#worker.on('exit', () => {
      this.#end('its thread has ended');
    });
  }

  ask(request: Request): Promise<readonly unknown[]> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
  }

  async close(): Promise<void> {
    if (this.#ended !== null) return;
    await this.ask({ kind: 'close' });
    await this.#worker.terminate();
  }

  #settle(answer: EmbeddedAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('rows' in answer) pending?.resolve(answer.rows);
    else pending?.reject(Object.assign(new Error(answer.failed.message), { code: answer.failed.code }));
  }

  #end(reason: string): void {
    this.#ended ??= new StoreError('unavailable', `The embedded database has stopped: ${reason}.`);
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}
