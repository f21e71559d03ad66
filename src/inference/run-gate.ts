// Lets a limited number of heavy runs go on at a time, the most urgent first, whichever lane they are for.
import type { Priority } from './priority.ts';

/** A queue in front of lanes, as the gate sees it. */
export interface GatedQueue {
  /** The most urgent request that could run at once; null when none could. */
  readonly urgency: Priority | null;
  /** Runs that request, with whatever fits beside it. Called only while `urgency` is not null; never rejects. */
  runNext(): Promise<void>;
}

export class RunGate {
  readonly #limit: number;
  readonly #queues: GatedQueue[] = [];
  #running = 0;

  /** More runs than cores would only take turns, and slow each other's first results. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(queue: GatedQueue): void {
    this.#queues.push(queue);
  }

  /** To be called whenever a request came or a lane became free. */
  open(): void {
    while (this.#running < this.#limit) {
      const next = this.#mostUrgent();
      if (next === null) return;
      this.#running += 1;
      void next.runNext().then(() => {
        this.#running -= 1;
        this.open();
      });
    }
  }

  #mostUrgent(): GatedQueue | null {
    let best: GatedQueue | null = null;
    for (const queue of this.#queues) {
      const { urgency } = queue;
      if (urgency !== null && urgency < (best?.urgency ?? Infinity)) best = queue;
    }
    return best;
  }
}
