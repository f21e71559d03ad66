// Asks the network about attempts of which nothing has been heard for as long as their lease.
import { DialError, type CallControl } from '../ports/call-control.ts';
import type { Attempt, CampaignStore } from '../ports/campaign-store.ts';
import type { NetworkCall } from '../ports/call-control.ts';
import type { Logger } from '../ports/telemetry.ts';
import type { AttemptDesk } from './attempt-desk.ts';
import type { DiallerClock } from './dialler-clock.ts';

export interface ReconcilerDeps {
  readonly store: CampaignStore;
  readonly control: CallControl;
  readonly desk: AttemptDesk;
  readonly clock: DiallerClock;
  /** Leases that other processes have written are seen this late. */
  readonly longestSleepMs: number;
  readonly logger: Logger;
}

const BATCH = 50;
const SHORTEST_SLEEP_MS = 1_000;
/** The network's clock may differ from ours by so much. */
const CLOCK_SLACK_MS = 5_000;

export class Reconciler {
  readonly #deps: ReconcilerDeps;
  #cancelTimer: (() => void) | null = null;
  #work: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  /** Looks at once: attempts of an earlier run may have been waiting for long. */
  start(): void {
    this.#work = this.#round();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    await this.#work;
  }

  /** Resolves when no request is in progress. */
  idle(): Promise<void> {
    return this.#work;
  }

  async #round(): Promise<void> {
    const { store, clock, logger, longestSleepMs } = this.#deps;
    let nextAt = clock.now() + longestSleepMs;
    try {
      const attempts = await store.expired(clock.now(), BATCH);
      await Promise.all(attempts.map((attempt) => this.#lookUp(attempt)));
      nextAt = Math.min(nextAt, (await store.nextExpiry()) ?? nextAt);
    } catch (error) {
      logger.error({ err: error }, 'reconciliation failed');
    }
    if (this.#stopped) return;
    this.#cancelTimer = clock.at(Math.max(nextAt, clock.now() + SHORTEST_SLEEP_MS), () => {
      this.#work = this.#round();
    });
  }

  /** A network that cannot be asked is asked again in the next round: the lease stays as it is. */
  async #lookUp(attempt: Attempt): Promise<void> {
    const { desk, logger } = this.#deps;
    try {
      const call = await this.#find(attempt);
      await desk.tell(attempt.id, { type: 'looked-up', call });
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      logger.warn({ attemptId: attempt.id, code: error.code }, 'attempt could not be looked up');
    }
  }

  async #find({ number, dialledAt, progress }: Attempt): Promise<NetworkCall | null> {
    const { control } = this.#deps;
    if (progress.kind === 'placed') return control.fetch(progress.callSid);
    // A number is dialled by one attempt at a time, so that a call since then is this one's.
    const [call] = await control.placedTo(number, dialledAt - CLOCK_SLACK_MS);
    return call ?? null;
  }
}
