// Watches the floors of all calls of a server from outside: its API is asked again and again, changes are noted with their time.
import type { ServerProcess } from './server-process.ts';

export interface FloorChange {
  /** `Date.now()` when the answer was there: late by one round of asking at most. */
  readonly atMs: number;
  readonly state: string;
}

/** A round of asking begins this long after the one before has ended. */
const EVERY_MS = 20;

interface Waiting {
  readonly callSid: string;
  readonly state: string;
  readonly resolve: () => void;
}

export class FloorWatch {
  readonly #server: Pick<ServerProcess, 'get'>;
  readonly #changes = new Map<string, FloorChange[]>();
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | null = null;
  #slowestMs = 0;

  constructor(server: Pick<ServerProcess, 'get'>) {
    this.#server = server;
    this.#again();
  }

  /** The longest time from one look to the next: nothing is known to a finer grain. */
  get slowestMs(): number {
    return this.#slowestMs;
  }

  changesOf(callSid: string): readonly FloorChange[] {
    return this.#changes.get(callSid) ?? [];
  }

  /** The first change into this state at or after `sinceMs`, or null. */
  entered(callSid: string, state: string, sinceMs: number): FloorChange | null {
    return this.changesOf(callSid).find((change) => change.state === state && change.atMs >= sinceMs) ?? null;
  }

  /** Resolves when the call next enters this state. */
  next(callSid: string, state: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.add({ callSid, state, resolve }));
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #again(): void {
    this.#timer = setTimeout(() => void this.#look(), EVERY_MS);
  }

  async #look(): Promise<void> {
    const begunMs = Date.now();
    const answer = await this.#server.get('/api/calls').catch(() => ({ calls: [] }));
    const atMs = Date.now();
    this.#slowestMs = Math.max(this.#slowestMs, EVERY_MS + atMs - begunMs);
    const { calls } = answer as { calls: readonly { callSid: string; state: string }[] };
    for (const { callSid, state } of calls) this.#note(callSid, state, atMs);
    if (this.#timer !== null) this.#again();
  }

  #note(callSid: string, state: string, atMs: number): void {
    const changes = this.#changes.get(callSid) ?? [];
    if (changes.at(-1)?.state === state) return;
    this.#changes.set(callSid, [...changes, { atMs, state }]);
    for (const waiting of this.#waiting) {
      if (waiting.callSid !== callSid || waiting.state !== state) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }
}
