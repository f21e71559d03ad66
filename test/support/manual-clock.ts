// A Clock that stands still until a test moves it.
import { ms, type Ms } from '../../src/audio/units.ts';
import type { Clock } from '../../src/ports/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  readonly #origin: Date;
  #nowMs = 0;
  #timers: Timer[] = [];

  constructor(origin = new Date('2026-03-02T09:00:00Z')) {
    this.#origin = origin;
  }

  now(): Ms {
    return ms(this.#nowMs);
  }

  date(): Date {
    return new Date(this.#origin.getTime() + this.#nowMs);
  }

  after(delay: Ms, run: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delay), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that are armed: none may be left of something that has ended. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Time passes while nothing runs; the timers that fell due are late. */
  stall(byMs: number): void {
    this.#nowMs += byMs;
  }

  /** Runs every timer that falls due on the way, each at its own time, those set on the way included. */
  advance(byMs: number): void {
    const until = this.#nowMs + byMs;
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.dueMs <= until).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.run();
    }
    this.#nowMs = until;
  }
}
