// The windows of one call that wait for the detector: a fixed ring that drops the oldest when the lane falls behind.
import { VAD_WINDOW_MS, VAD_WINDOW_SAMPLES } from '../ports/speech-detector.ts';

/**
 * 5.1 s. What a stalled line held back comes in one burst, and none of it may be lost: a line is given up after
 * `stream.mediaTimeoutMs`, 5 s as it is set, without audio. A lane is replaced in less. 82 KB a call.
 */
const CAPACITY = 160;

export class WindowQueue {
  readonly #samples = new Int16Array(CAPACITY * VAD_WINDOW_SAMPLES);
  readonly #needsReset = new Uint8Array(CAPACITY);
  readonly #dueMs = new Float64Array(CAPACITY);
  #lastDueMs = -Infinity;
  /** Counts all windows ever pushed; the newest `length` of them are held. */
  #pushed = 0;
  #length = 0;
  #resetDue = false;

  get length(): number {
    return this.#length;
  }

  /** Of the oldest window: whether the state must be forgotten before it is judged. */
  get nextNeedsReset(): boolean {
    return this.#length > 0 && this.#needsReset[this.#oldest % CAPACITY] === 1;
  }

  /**
   * Of the oldest window, by the clock of `push`; Infinity without one. That is when it came, but never less than its own
   * length after the one before it: nobody waits for what a stalled line delivers faster than it was spoken.
   */
  get nextDueMs(): number {
    return this.#length === 0 ? Infinity : (this.#dueMs[this.#oldest % CAPACITY] ?? Infinity);
  }

  /** Copies the window. False when the oldest one was dropped for it. */
  push(window: Int16Array, nowMs: number): boolean {
    const hadRoom = this.#length < CAPACITY;
    if (!hadRoom) this.#dropOldest();
    const place = this.#pushed % CAPACITY;
    this.#samples.set(window, place * VAD_WINDOW_SAMPLES);
    this.#needsReset[place] = this.#resetDue ? 1 : 0;
    this.#resetDue = false;
    this.#lastDueMs = Math.max(nowMs, this.#lastDueMs + VAD_WINDOW_MS);
    this.#dueMs[place] = this.#lastDueMs;
    this.#pushed += 1;
    this.#length += 1;
    return hadRoom;
  }

  /** The next window pushed begins with fresh state; those already held do not. */
  resetNext(): void {
    this.#resetDue = true;
  }

  /** Copies the oldest window into `target`, forgets it, and gives its index among all pushed. */
  take(target: Int16Array): number {
    const index = this.#oldest;
    const place = (index % CAPACITY) * VAD_WINDOW_SAMPLES;
    target.set(this.#samples.subarray(place, place + VAD_WINDOW_SAMPLES));
    this.#length -= 1;
    return index;
  }

  get #oldest(): number {
    return this.#pushed - this.#length;
  }

  /** A reset that was due before the dropped window is due before the next one. */
  #dropOldest(): void {
    const reset = this.nextNeedsReset;
    this.#length -= 1;
    if (!reset) return;
    if (this.#length > 0) this.#needsReset[this.#oldest % CAPACITY] = 1;
    else this.#resetDue = true;
  }
}
