// Time that jumps from one timer to the next: two weeks of a campaign in a minute.
import type { SimulatorClock } from '../simulator-clock.ts';

interface Timer {
  readonly time: number;
  /** Timers of the same time run in the order in which they were set. */
  readonly order: number;
  run: (() => void) | null;
}

/** A binary heap: the soonest timer is the first; cancelled ones stay until their time. */
export class VirtualClock implements SimulatorClock {
  readonly #heap: Timer[] = [];
  #now: number;
  #orders = 0;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  at(time: number, run: () => void): () => void {
    // Whole milliseconds, as calendar time is stored.
    const timer: Timer = { time: Math.ceil(Math.max(time, this.#now)), order: (this.#orders += 1), run };
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
    return () => {
      timer.run = null;
    };
  }

  /** The time of the next timer; null when none is set. */
  nextAt(): number | null {
    while (this.#heap[0]?.run === null) this.#pop();
    return this.#heap[0]?.time ?? null;
  }

  /** Goes to the next timer and runs it, and every other of the same time that was set before. */
  step(): void {
    const time = this.nextAt();
    if (time === null) return;
    const last = this.#orders;
    this.#now = time;
    for (let first = this.#heap[0]; first?.time === time && first.order <= last; first = this.#heap[0]) {
      const { run } = first;
      this.#pop();
      run?.();
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapped(parent, index)) return;
      index = parent;
    }
  }

  #sink(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const child = this.#before(right, left) ? right : left;
      if (child >= this.#heap.length || !this.#swapped(index, child)) return;
      index = child;
    }
  }

  /** Puts the two in order; whether they were not. */
  #swapped(above: number, below: number): boolean {
    if (!this.#before(below, above)) return false;
    const [a, b] = [this.#heap[above], this.#heap[below]];
    if (a === undefined || b === undefined) return false;
    this.#heap[above] = b;
    this.#heap[below] = a;
    return true;
  }

  #before(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined) return false;
    if (b === undefined) return true;
    return a.time < b.time || (a.time === b.time && a.order < b.order);
  }
}
