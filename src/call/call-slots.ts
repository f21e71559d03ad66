// Counts the calls that the server has room for: one slot per call, from the answered webhook to the end of its stream.
import { ms, type Ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';

export interface SlotLimits {
  readonly slots: number;
  /** From the answer to the start of the stream; then the slot is free again. */
  readonly answerTtlMs: Ms;
}

/** Of one call. `answered-again`: its webhook came once more while its stream was running; a second stream may follow. */
type Slot =
  | { readonly kind: 'answered'; readonly until: Ms }
  | { readonly kind: 'connected'; readonly stream: symbol }
  | { readonly kind: 'answered-again'; readonly stream: symbol; readonly until: Ms };

/** Nothing here waits, so to ask for a slot is to have it. Answers expire whenever the slots are looked at. */
export class CallSlots {
  readonly #clock: Clock;
  readonly #limits: SlotLimits;
  readonly #slots = new Map<string, Slot>();
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock, limits: SlotLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get limit(): number {
    return this.#limits.slots;
  }

  get taken(): number {
    this.#expire();
    return this.#slots.size;
  }

  holds(callSid: string): boolean {
    this.#expire();
    return this.#slots.has(callSid);
  }

  /** For a call that is answered; one that has a slot keeps it. Returns when its stream must have started, or null when full. */
  take(callSid: string): Ms | null {
    this.#expire();
    const held = this.#slots.get(callSid);
    if (held !== undefined && 'until' in held) return held.until;
    if (held === undefined && this.#slots.size >= this.#limits.slots) return null;
    const until = ms(this.#clock.now() + this.#limits.answerTtlMs);
    const { stream } = held ?? {};
    this.#slots.set(
      callSid,
      stream === undefined ? { kind: 'answered', until } : { kind: 'answered-again', stream, until },
    );
    return until;
  }

  /**
   * The call's stream has started, in place of an earlier one. Returns what gives the slot back when the stream is
   * over, idempotent and without effect once another stream has come; or null when the call has no slot.
   */
  connect(callSid: string): (() => void) | null {
    if (!this.#slots.has(callSid)) return null;
    const stream = Symbol(callSid);
    this.#slots.set(callSid, { kind: 'connected', stream });
    return () => {
      this.#disconnect(callSid, stream);
    };
  }

  /** No stream will follow an answer: the call is over, or its token was taken back. A running stream keeps the slot. */
  forgetAnswer(callSid: string): void {
    this.#settle(callSid, this.#slots.get(callSid));
  }

  /** Calls whose stream, or next stream, is still to come. */
  answered(): readonly string[] {
    this.#expire();
    return [...this.#slots].filter(([, slot]) => slot.kind !== 'connected').map(([callSid]) => callSid);
  }

  /** Resolves when no slot is taken. Leaves no timer behind. */
  async allFree(): Promise<void> {
    while (this.taken > 0) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        cancel();
        resolve();
      };
      this.#waiting.add(done);
      const next = Math.min(
        ...[...this.#slots.values()].map((slot) => ('until' in slot ? slot.until : Infinity)),
      );
      const cancel = Number.isFinite(next)
        ? this.#clock.after(ms(Math.max(0, next - this.#clock.now())), done)
        : (): void => undefined;
    });
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const [callSid, slot] of this.#slots) {
      if ('until' in slot && slot.until <= now) this.#settle(callSid, slot);
    }
  }

  #settle(callSid: string, slot: Slot | undefined): void {
    if (slot?.kind === 'answered') this.#free(callSid);
    else if (slot?.kind === 'answered-again') {
      this.#slots.set(callSid, { kind: 'connected', stream: slot.stream });
    }
  }

  #disconnect(callSid: string, stream: symbol): void {
    const slot = this.#slots.get(callSid);
    if (slot === undefined || slot.kind === 'answered' || slot.stream !== stream) return;
    if (slot.kind === 'connected') this.#free(callSid);
    else this.#slots.set(callSid, { kind: 'answered', until: slot.until });
  }

  #free(callSid: string): void {
    this.#slots.delete(callSid);
    for (const done of [...this.#waiting]) done();
  }
}
