// Asks a lane's process between its runs whether it still lives.
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import { deadline } from './deadline.ts';
import { PING_EVERY_MS, PING_LIMIT_MS } from './lane-limits.ts';

export interface HeartbeatEvents {
  /** A lane in a run cannot answer; its run has a deadline of its own. */
  isBusy(): boolean;
  ping(): void;
  missed(): void;
}

type HeartbeatState = 'off' | 'resting' | 'due' | 'asked';

export class Heartbeat {
  readonly #clock: Clock;
  readonly #events: HeartbeatEvents;
  #state: HeartbeatState = 'off';
  #cancelTimer: () => void = () => undefined;

  constructor(clock: Clock, events: HeartbeatEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  start(): void {
    this.#rest();
  }

  /** A question that fell due in the run is asked now, before the next run is sent. */
  runEnded(): void {
    if (this.#state === 'due') this.#ask();
  }

  answered(): void {
    if (this.#state === 'asked') this.#rest();
  }

  /** Idempotent; afterwards there is no timer. */
  stop(): void {
    this.#cancelTimer();
    this.#state = 'off';
  }

  #rest(): void {
    this.#cancelTimer();
    this.#state = 'resting';
    this.#cancelTimer = this.#clock.after(ms(PING_EVERY_MS), () => {
      this.#state = 'due';
      if (!this.#events.isBusy()) this.#ask();
    });
  }

  /** A run sent behind the question does not excuse: the lane takes its messages in order. */
  #ask(): void {
    this.#state = 'asked';
    this.#cancelTimer = deadline(this.#clock, PING_LIMIT_MS, () => {
      this.#state = 'off';
      this.#events.missed();
    });
    this.#events.ping();
  }
}
