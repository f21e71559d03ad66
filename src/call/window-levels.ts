// The levels of the caller's last windows, for when their verdicts come back.

/** More windows than the longest gap that is filled at once and the second that a verdict may take: above 188. */
export const LEVELS_KEPT = 256;

/** A ring addressed by the window's index. Overflow policy: the oldest level is overwritten. */
export class WindowLevels {
  readonly #ring = new Float32Array(LEVELS_KEPT);
  #count = 0;

  /** Of the next window, counted from 0. */
  add(levelDbfs: number): void {
    this.#ring[this.#count % LEVELS_KEPT] = levelDbfs;
    this.#count += 1;
  }

  /** Null for a window that is not held any more or has not come yet. */
  of(index: number): number | null {
    if (index < this.#count - LEVELS_KEPT || index >= this.#count) return null;
    return this.#ring[index % LEVELS_KEPT] ?? null;
  }
}
