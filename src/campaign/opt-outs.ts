// Writes opt-outs to the do-not-call list, and goes on trying when the list cannot be reached.
import type { DoNotCallEntry, DoNotCallList } from '../ports/do-not-call.ts';
import type { OptOuts } from '../ports/outbound.ts';
import { E164 } from '../ports/phone-number.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import type { DiallerClock } from './dialler-clock.ts';

/** Opt-outs that wait for the list. Overflow policy: the oldest is logged as lost; each is one person's word. */
const MAX_WAITING = 10_000;
const RETRY_MS = 1_000;

export interface ListedOptOutsDeps {
  readonly clock: DiallerClock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export class ListedOptOuts implements OptOuts {
  readonly #list: DoNotCallList;
  readonly #clock: DiallerClock;
  readonly #logger: Logger;
  readonly #meter: Meter;
  readonly #waiting: DoNotCallEntry[] = [];
  #retrying = false;

  constructor(list: DoNotCallList, around: ListedOptOutsDeps) {
    this.#list = list;
    this.#clock = around.clock;
    this.#logger = around.logger;
    this.#meter = around.meter;
  }

  /** A caller without a number (anonymous) cannot be listed, nor called. */
  async add({ callSid, number, how }: Parameters<OptOuts['add']>[0]): Promise<void> {
    this.#meter.count('opt_outs', 1, { how });
    if (!E164.test(number)) {
      this.#logger.warn({ callSid }, 'opt-out of a caller without a number');
      return;
    }
    const entry: DoNotCallEntry = { number, at: this.#clock.now(), source: `call:${callSid}`, note: how };
    try {
      await this.#list.add(entry);
    } catch (error) {
      this.#waiting.push(entry);
      if (this.#waiting.length > MAX_WAITING)
        this.#logger.error({ number: this.#waiting.shift()?.number }, 'opt-out lost');
      this.#retryLater();
      throw error;
    }
    this.#logger.info({ callSid, how }, 'opted out');
  }

  #retryLater(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.#clock.at(this.#clock.now() + RETRY_MS, () => {
      this.#retrying = false;
      this.#retry().catch((error: unknown) => {
        this.#logger.error({ err: error, waiting: this.#waiting.length }, 'opt-outs not stored yet');
        this.#retryLater();
      });
    });
  }

  async #retry(): Promise<void> {
    for (let entry = this.#waiting[0]; entry !== undefined; entry = this.#waiting[0]) {
      await this.#list.add(entry);
      if (this.#waiting[0] === entry) this.#waiting.shift();
    }
  }
}
