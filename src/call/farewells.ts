// Remembers the calls that the server itself ended, until Twilio has asked what to say to them.
import type { Ms } from '../audio/units.ts';
import type { FarewellReason } from '../ports/admission.ts';
import type { Clock } from '../ports/clock.ts';

interface Farewell {
  readonly reason: FarewellReason;
  said: boolean;
}

/** At most one per slot: calls are ended by the server once, on its way out. */
export class Farewells {
  readonly #clock: Clock;
  readonly #byCall = new Map<string, Farewell>();
  #settled: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  expect(callSid: string, reason: FarewellReason): void {
    if (!this.#byCall.has(callSid)) this.#byCall.set(callSid, { reason, said: false });
  }

  /** Why the call was ended by us, or null. A repeated request gets the same answer. */
  say(callSid: string): FarewellReason | null {
    const farewell = this.#byCall.get(callSid);
    if (farewell === undefined) return null;
    farewell.said = true;
    if (this.unsaid === 0) this.#settled();
    return farewell.reason;
  }

  get unsaid(): number {
    return [...this.#byCall.values()].filter((farewell) => !farewell.said).length;
  }

  /** Resolves when every call has asked, or when the time is over; asked once. */
  allSaid(limit: Ms): Promise<void> {
    if (this.unsaid === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(limit, resolve);
      this.#settled = () => {
        cancel();
        resolve();
      };
    });
  }
}
