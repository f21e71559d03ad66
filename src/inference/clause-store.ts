// Ready clauses in memory: bounded in bytes, the least recently used goes first, pinned ones stay.
import type { Mulaw8k } from '../audio/units.ts';

/** What an entry takes beside its audio and its key: the map's place, the strings' and the buffer's heads. */
const ENTRY_OVERHEAD_BYTES = 250;
/** A longer clause would push out too much that is said more often. */
const MAX_CLAUSE_SHARE = 1 / 8;
/** The rest stays free for what is said while the server runs. */
const MAX_PINNED_SHARE = 1 / 2;

interface Entry {
  readonly audio: Mulaw8k;
  readonly bytes: number;
}

export class ClauseStore {
  readonly #capacity: number;
  /** In the order of use, the latest last. */
  readonly #recent = new Map<string, Entry>();
  readonly #pinned = new Map<string, Entry>();
  #recentBytes = 0;
  #pinnedBytes = 0;

  /** 0 keeps nothing. */
  constructor(capacityBytes: number) {
    this.#capacity = capacityBytes;
  }

  /** Never more than the capacity. */
  get bytes(): number {
    return this.#recentBytes + this.#pinnedBytes;
  }

  get clauses(): number {
    return this.#recent.size + this.#pinned.size;
  }

  has(key: string): boolean {
    return this.#pinned.has(key) || this.#recent.has(key);
  }

  /** Counts as a use. */
  get(key: string): Mulaw8k | null {
    const pinned = this.#pinned.get(key);
    if (pinned !== undefined) return pinned.audio;
    const entry = this.#recent.get(key);
    if (entry === undefined) return null;
    this.#recent.delete(key);
    this.#recent.set(key, entry);
    return entry.audio;
  }

  /** Returns how many other clauses had to go. Keeps nothing where the clause is too long or is there already. */
  put(key: string, audio: Mulaw8k): number {
    const entry = entryOf(key, audio);
    if (this.has(key) || entry.bytes > this.#capacity * MAX_CLAUSE_SHARE) return 0;
    this.#recent.set(key, entry);
    this.#recentBytes += entry.bytes;
    return this.#makeRoom();
  }

  /** Keeps the clause for good. False when pinned clauses have their share already; then nothing has changed. */
  pin(key: string, audio: Mulaw8k): boolean {
    if (this.#pinned.has(key)) return true;
    const entry = entryOf(key, audio);
    if (this.#pinnedBytes + entry.bytes > this.#capacity * MAX_PINNED_SHARE) return false;
    this.#drop(key);
    this.#pinned.set(key, entry);
    this.#pinnedBytes += entry.bytes;
    this.#makeRoom();
    return true;
  }

  #makeRoom(): number {
    let gone = 0;
    for (const key of this.#recent.keys()) {
      if (this.bytes <= this.#capacity) break;
      this.#drop(key);
      gone += 1;
    }
    return gone;
  }

  #drop(key: string): void {
    const entry = this.#recent.get(key);
    if (entry === undefined) return;
    this.#recent.delete(key);
    this.#recentBytes -= entry.bytes;
  }
}

function entryOf(key: string, audio: Mulaw8k): Entry {
  return { audio, bytes: audio.length + 2 * key.length + ENTRY_OVERHEAD_BYTES };
}
