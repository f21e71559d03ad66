// Calls and turns on disk as they happen: queued, written in order, and tried again while the database is away.
import type { CallRecord, TurnRecord } from '../ports/call-log.ts';
import type { ArchivedCall, CallArchive } from '../ports/call-archive.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import { ms } from '../audio/units.ts';
import type { Database, Param } from './database.ts';

/** Overflow policy: the oldest is dropped, counted and logged. An hour of 64 busy calls without a database. */
const MAX_QUEUED = 50_000;
const RETRY_MS = ms(1_000);

interface Entry {
  readonly text: string;
  readonly params: readonly Param[];
}

export interface ArchiveDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export class DatabaseArchive implements CallArchive {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #meter: Meter;
  readonly #queue: Entry[] = [];
  #writing: Promise<void> | null = null;
  #dropped = 0;
  #closing = false;

  constructor(database: Database, around: ArchiveDeps) {
    this.#database = database;
    this.#clock = around.clock;
    this.#logger = around.logger;
    this.#meter = around.meter;
  }

  begin(call: ArchivedCall): void {
    this.#add(
      `insert into calls (call_sid, agent, direction, from_number, to_number, started_at)
       values ($1, $2, $3, $4, $5, $6) on conflict (call_sid) do nothing`,
      [call.callSid, call.agent, call.direction, call.from, call.to, call.startedAt],
    );
  }

  turn(callSid: string, ordinal: number, turn: TurnRecord): void {
    this.#add(
      `insert into turns (call_sid, ordinal, heard, replied, stages, barged_in) values ($1, $2, $3, $4, $5::jsonb, $6)
       on conflict (call_sid, ordinal) do update
       set heard = excluded.heard, replied = excluded.replied, stages = excluded.stages, barged_in = excluded.barged_in`,
      [callSid, ordinal, turn.heard, turn.replied, JSON.stringify(turn.stagesMs), turn.bargedIn],
    );
  }

  end(record: CallRecord): void {
    this.#add(
      `update calls set ended_at = $2, outcome = $3, result = $4, collected = $5::jsonb, counters = $6::jsonb
       where call_sid = $1`,
      [
        record.callSid,
        record.endedAt,
        record.outcome,
        record.result,
        JSON.stringify(record.collected),
        JSON.stringify(record.counters),
      ],
    );
  }

  /** Resolves when everything so far is written, or was given up because the archive is closing. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.flush();
  }

  #add(text: string, params: readonly Param[]): void {
    this.#queue.push({ text, params });
    if (this.#queue.length > MAX_QUEUED) {
      this.#queue.shift();
      this.#dropped += 1;
      this.#meter.count('archive_dropped');
    }
    this.#meter.gauge('archive_waiting', this.#queue.length);
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
  }

  async #writeAll(): Promise<void> {
    for (let entry = this.#queue[0]; entry !== undefined; entry = this.#queue[0]) {
      try {
        await this.#database.query(entry.text, entry.params);
        // While it was away the entry may have been dropped from the front.
        if (this.#queue[0] === entry) this.#queue.shift();
        this.#meter.gauge('archive_waiting', this.#queue.length);
      } catch (error) {
        this.#logger.error(
          { err: error, waiting: this.#queue.length, dropped: this.#dropped },
          'archive not written',
        );
        if (this.#closing) return;
        await new Promise<void>((resolve) => this.#clock.after(RETRY_MS, resolve));
      }
    }
  }
}
