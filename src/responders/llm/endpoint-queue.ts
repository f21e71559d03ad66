// Limits how many requests one model server is sent at a time: the rest wait, and who would wait too long is turned away.
import type { Clock } from '../../ports/clock.ts';
import { ms } from '../../audio/units.ts';
import { ModelError } from './model-error.ts';

export interface QueueLimits {
  readonly maxInFlight: number;
  /** Overflow policy: who has waited so long is refused with `busy`, and asks the next endpoint. */
  readonly maxWaitMs: number;
}

interface Waiter {
  readonly admit: () => void;
}

/** First come, first served. */
export class EndpointQueue {
  readonly #limits: QueueLimits;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #inFlight = 0;

  constructor(limits: QueueLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Resolves with what gives the place back; calling it again does nothing. @throws ModelError `busy` @throws the signal's reason. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#inFlight >= this.#limits.maxInFlight) await this.#wait(signal);
    else this.#inFlight += 1;
    let isHeld = true;
    return () => {
      if (isHeld) this.#leave();
      isHeld = false;
    };
  }

  /** The place is handed over: it is never free in between. */
  #leave(): void {
    const [next] = this.#waiters;
    if (next === undefined) {
      this.#inFlight -= 1;
      return;
    }
    this.#waiters.delete(next);
    next.admit();
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', onAbort);
        stopTimer();
      };
      const onAbort = (): void => {
        end();
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        admit: () => {
          end();
          resolve();
        },
      };
      const stopTimer = this.#clock.after(ms(this.#limits.maxWaitMs), () => {
        end();
        reject(new ModelError('busy', `${this.#inFlight} requests are under way`));
      });
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(waiter);
    });
  }
}
