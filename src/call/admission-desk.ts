// Takes or refuses calls: looks at the vitals, steps the admission policy, and gives out the slots.
import type { Admission, NotReadyReason, Readiness } from '../ports/admission.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/telemetry.ts';
import {
  admissionStep,
  STARTING,
  type AdmissionEvent,
  type AdmissionLimits,
  type AdmissionState,
  type Vitals,
} from './admission-policy.ts';
import type { CallSlots } from './call-slots.ts';

export interface AdmissionDeps {
  readonly slots: CallSlots;
  readonly limits: AdmissionLimits;
  readonly vitals: () => Vitals;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The vitals cover the seconds before each look, so it looks only when asked and owns no timer. */
export class AdmissionDesk {
  readonly #deps: AdmissionDeps;
  #state: AdmissionState = STARTING;

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
  }

  readiness(): Readiness {
    const reasons = this.#reasons();
    return reasons.length === 0 ? { ready: true } : { ready: false, reasons };
  }

  /** Looks and takes in one step, so that two calls never get the last slot. A call that has a slot keeps it. */
  admit(callSid: string, origin: 'came-in' | 'made' = 'came-in'): Admission {
    const { slots } = this.#deps;
    // Whoever was called and has answered is not sent away for lateness: nobody new is called meanwhile.
    const counts = (reason: NotReadyReason): boolean => origin === 'came-in' || reason !== 'late';
    const [reason] = slots.holds(callSid) ? [] : this.#reasons().filter(counts);
    if (reason !== undefined) return { ok: false, reason };
    const until = slots.take(callSid);
    return until === null ? { ok: false, reason: 'full' } : { ok: true, until };
  }

  /** No new calls from now on. */
  drain(): void {
    this.#step({ type: 'stop-asked' });
  }

  /** No new calls from now on, since a lane cannot be kept alive. */
  fail(): void {
    this.#step({ type: 'lane-failed' });
  }

  #reasons(): readonly NotReadyReason[] {
    const { slots, clock, vitals } = this.#deps;
    this.#step({ type: 'felt', at: clock.now(), vitals: vitals() });
    const { kind } = this.#state;
    const full: readonly NotReadyReason[] = slots.taken >= slots.limit ? ['full'] : [];
    // Without calls it is not calls that make the server late: one served slowly is better than none at all.
    const idle = kind === 'late' && slots.taken === 0;
    return kind === 'open' || idle ? full : [kind, ...full];
  }

  #step(event: AdmissionEvent): void {
    const before = this.#state.kind;
    this.#state = admissionStep(this.#state, event, this.#deps.limits);
    if (this.#state.kind === before) return;
    const vitals = event.type === 'felt' ? { ...event.vitals } : {};
    this.#deps.logger.info({ before, after: this.#state.kind, ...vitals }, 'admission changed');
  }
}
