// The longest wait of the last few seconds, in a handful of numbers.
import type { Clock } from '../ports/clock.ts';

const SLICE_MS = 1_000;
const SLICES = 5;

/** Waits of the last 4 to 5 s, since the newest second is not over. */
export class RecentWaits {
  readonly #clock: Clock;
  readonly #longest = new Float64Array(SLICES);
  #slice = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  record(waitMs: number): void {
    this.#advance();
    const at = this.#slice % SLICES;
    this.#longest[at] = Math.max(this.#longest[at] ?? 0, waitMs);
  }

  /** 0 when nothing has waited. */
  longest(): number {
    this.#advance();
    return Math.max(...this.#longest);
  }

  #advance(): void {
    const now = Math.floor(this.#clock.now() / SLICE_MS);
    const first = Math.max(this.#slice + 1, now - SLICES + 1);
    for (let slice = first; slice <= now; slice += 1) this.#longest[slice % SLICES] = 0;
    this.#slice = Math.max(this.#slice, now);
  }
}
