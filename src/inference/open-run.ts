// The one job that a lane's process works on: settled once, by its own answer, its deadline or the end of the process.
import type { Clock } from '../ports/clock.ts';
import { deadline } from './deadline.ts';
import type { LaneMessage } from './messages.ts';

export type RunResult = Extract<LaneMessage, { type: 'result' }>;

interface Open {
  readonly id: number;
  readonly stopWaiting: () => void;
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: Error) => void;
}

export class OpenRun {
  readonly #clock: Clock;
  readonly #ended: () => void;
  #open: Open | null = null;
  #lastId = 0;

  /** `ended` is told before whoever waits for the run. */
  constructor(clock: Clock, ended: () => void) {
    this.#clock = clock;
    this.#ended = ended;
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Only while none is open. */
  begin(limitMs: number, send: (id: number) => void, missed: () => void): Promise<RunResult> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const stopWaiting = deadline(this.#clock, limitMs, missed);
      this.#open = { id, stopWaiting, resolve, reject };
      send(id);
    });
  }

  /** An answer to another run than the open one is dropped. */
  resolve(result: RunResult): void {
    if (this.#open?.id === result.id) this.#close()?.resolve(result);
  }

  /** `id` null is whichever is open. */
  reject(id: number | null, error: Error): void {
    if (id === null || this.#open?.id === id) this.#close()?.reject(error);
  }

  #close(): Open | null {
    const open = this.#open;
    if (open === null) return null;
    this.#open = null;
    open.stopWaiting();
    this.#ended();
    return open;
  }
}
