// The record of one call while it happens: turns, counters, outcome, as the API shows them.
import type { CallArchive } from '../ports/call-archive.ts';
import type { CallOutcome, CallRecord, TurnRecord } from '../ports/call-log.ts';
import type { CallFacts } from '../ports/responder.ts';
import type { TurnId } from '../turn/state.ts';

/** A call of many hours keeps its newest turns. */
const MAX_TURNS = 1_000;

interface OpenTurn {
  /** Null for turns of an earlier stream of the call: their numbers are used again. */
  readonly turn: TurnId | null;
  /** Counts the call's turns from 1. */
  readonly ordinal: number;
  record: TurnRecord;
}

export class CallJournal {
  readonly callSid: string;
  readonly #facts: CallFacts;
  readonly #agent: string;
  readonly #startedAt: string;
  readonly #archive: CallArchive | null;
  #turns: OpenTurn[] = [];
  #opened = 0;
  readonly #counters = new Map<string, number>();
  #state = 'thinking';
  #endedAt: string | null = null;
  #outcome: CallOutcome = 'in-progress';
  #result: string | null = null;
  #collected: Readonly<Record<string, string>> = {};

  /** The archive gets every turn that was heard, and each change of it. */
  constructor(agent: string, facts: CallFacts, startedAt: Date, archive: CallArchive | null = null) {
    this.callSid = facts.callSid;
    this.#agent = agent;
    this.#archive = archive;
    this.#facts = facts;
    this.#startedAt = startedAt.toISOString();
  }

  get ended(): boolean {
    return this.#endedAt !== null;
  }

  enter(state: string): void {
    this.#state = state;
  }

  count(name: string, by = 1): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + by);
  }

  set(name: string, value: number): void {
    this.#counters.set(name, value);
  }

  setAll(counters: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(counters)) this.set(name, value);
  }

  /** A reply may be heard from now on. `heard` is null when the agent speaks on its own. */
  openTurn(turn: TurnId, heard: string | null): void {
    if (this.#turns.at(-1)?.turn === turn) return;
    this.#opened += 1;
    this.#turns.push({
      turn,
      ordinal: this.#opened,
      record: { heard, replied: '', stagesMs: null, bargedIn: false },
    });
    if (this.#turns.length > MAX_TURNS) this.#turns.shift();
  }

  /** Returns the turn's record as it now stands, or null for a turn that was never opened. */
  updateTurn(turn: TurnId, change: Partial<TurnRecord>): TurnRecord | null {
    const open = this.#turns.findLast((candidate) => candidate.turn === turn);
    if (open === undefined) return null;
    open.record = { ...open.record, ...change };
    if (open.record.replied !== '') this.#archive?.turn(this.callSid, open.ordinal, open.record);
    return open.record;
  }

  collect(values: Readonly<Record<string, string>>): void {
    this.#collected = values;
  }

  /** Ends the record once; later calls change nothing. */
  end(outcome: CallOutcome, result: string | null, at: Date): void {
    if (this.ended) return;
    this.#endedAt = at.toISOString();
    this.#outcome = outcome;
    this.#result = result;
    this.#state = 'ended';
  }

  /** The call goes on, on another stream. */
  reopen(): void {
    this.#turns = this.#turns.map((open) => ({ ...open, turn: null }));
    this.#endedAt = null;
    this.#outcome = 'in-progress';
    this.#result = null;
    this.#state = 'thinking';
  }

  snapshot(): CallRecord {
    return {
      callSid: this.callSid,
      agent: this.#agent,
      direction: this.#facts.direction,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      state: this.#state,
      outcome: this.#outcome,
      result: this.#result,
      collected: this.#collected,
      turns: this.#turns.map((open) => open.record),
      counters: Object.fromEntries(this.#counters),
    };
  }
}
