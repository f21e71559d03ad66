// Repeats a timed inference until it is under its limit: only then may the lane be used.
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';

/** A start-up is noisy: so many tries follow each other at once, the next ones after a pause. */
const QUICK_TRIES = 3;
const PAUSE_MS = ms(1_000);

export interface ProofEvents {
  /** Resolves with the time it took, in ms. */
  attempt(): Promise<number>;
  slow(sampleMs: number): void;
  passed(sampleMs: number): void;
  failed(error: Error): void;
}

export class TimedProof {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #events: ProofEvents;
  #state: 'not-begun' | 'running' | 'over' = 'not-begun';
  #tries = 0;
  #slowMs: number | null = null;
  #cancelPause: () => void = () => undefined;

  constructor(clock: Clock, limitMs: number, events: ProofEvents) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#events = events;
  }

  /** In words, while an attempt was too slow; else null. */
  get complaint(): string | null {
    if (this.#slowMs === null) return null;
    return `${Math.round(this.#slowMs)} ms for its timed inference, the limit is ${this.#limitMs} ms`;
  }

  begin(): void {
    this.#state = 'running';
    void this.#attempt();
  }

  /** Idempotent; afterwards there is no timer and no event. */
  stop(): void {
    this.#state = 'over';
    this.#cancelPause();
  }

  async #attempt(): Promise<void> {
    try {
      this.#judge(await this.#events.attempt());
    } catch (error) {
      if (this.#state === 'over') return;
      this.stop();
      this.#events.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #judge(sampleMs: number): void {
    if (this.#state === 'over') return;
    this.#tries += 1;
    if (sampleMs <= this.#limitMs) {
      this.#slowMs = null;
      this.stop();
      this.#events.passed(sampleMs);
      return;
    }
    this.#slowMs = sampleMs;
    this.#events.slow(sampleMs);
    if (this.#tries < QUICK_TRIES) {
      void this.#attempt();
      return;
    }
    this.#cancelPause = this.#clock.after(PAUSE_MS, () => {
      void this.#attempt();
    });
  }
}
