// Calls in progress and the last thousand that ended, in memory.
import type { CallDirectory, CallRecord } from '../ports/call-log.ts';
import type { CallJournal } from './call-journal.ts';

/** Overflow policy: the oldest ended call is forgotten; calls in progress never are. */
export const MAX_ENDED_CALLS = 1_000;

export class CallBook implements CallDirectory {
  readonly #journals = new Map<string, CallJournal>();

  /** A second stream of the same call (a reconnect) takes the place of the first. */
  add(journal: CallJournal): void {
    this.#journals.delete(journal.callSid);
    this.#journals.set(journal.callSid, journal);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    let ended = [...this.#journals.values()].filter((journal) => journal.ended).length;
    for (const [callSid, journal] of this.#journals) {
      if (ended <= MAX_ENDED_CALLS) return;
      if (!journal.ended) continue;
      this.#journals.delete(callSid);
      ended -= 1;
    }
  }

  list(limit: number): readonly CallRecord[] {
    return [...this.#journals.values()]
      .reverse()
      .slice(0, limit)
      .map((journal) => journal.snapshot());
  }

  get(callSid: string): CallRecord | null {
    return this.#journals.get(callSid)?.snapshot() ?? null;
  }
}
