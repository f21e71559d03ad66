// Work of scripted ports that takes as long as a test says, and what the call has left of it when it is over.
import { getEventListeners } from 'node:events';
import { CallError } from '../../src/ports/errors.ts';

/** How long a port takes; `never` is a lane that hangs. */
export type Takes = number | 'never';

interface Waiting {
  readonly due: number;
  readonly answer: () => void;
}

/** Ports that heed their signal give up at once; the others answer into a turn that is over. */
export type Manners = 'heeds-abort' | 'answers-anyway';

export class ScriptedWork {
  readonly signals = new Set<AbortSignal>();
  manners: Manners = 'heeds-abort';
  #waiting: Waiting[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Resolves when the time has come. @throws CallError `cancelled` at an abort. */
  wait(takes: Takes, signal: AbortSignal): Promise<void> {
    this.signals.add(signal);
    if (signal.aborted && this.manners === 'heeds-abort')
      return Promise.reject(new CallError('cancelled', 'scripted'));
    if (takes === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const due = takes === 'never' ? Infinity : this.#now() + takes;
      const waiting: Waiting = {
        due,
        answer: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      const giveUp = (): void => {
        if (this.manners === 'answers-anyway' && takes !== 'never') return;
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        reject(new CallError('cancelled', 'scripted'));
      };
      this.#waiting.push(waiting);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Answers what is due by now, in the order in which it was asked. */
  run(): void {
    const due = this.#waiting.filter((one) => one.due <= this.#now());
    this.#waiting = this.#waiting.filter((one) => one.due > this.#now());
    for (const one of due) one.answer();
  }

  /** Work that nobody has answered or given up. */
  get pending(): number {
    return this.#waiting.length;
  }

  get listeners(): number {
    return [...this.signals].reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
  }
}
