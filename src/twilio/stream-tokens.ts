// One-use tokens that tie a media socket to the signed webhook of the same call.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { OutboundPlan } from '../ports/outbound.ts';
import type { CallFacts, ReturnReason } from '../ports/responder.ts';

/** What the signed webhook has settled about a call; the token stands for it. */
export interface StreamGrant extends CallFacts {
  readonly agent: string;
  /** Of a call that we made. */
  readonly outbound?: OutboundPlan;
  /** Of a call that comes back from whom it was handed on to. */
  readonly returned?: ReturnReason;
}

export type TokenRefusal = 'missing-token' | 'unknown-token' | 'used-token' | 'expired-token';

export type Redemption =
  { readonly ok: true; readonly grant: StreamGrant } | { readonly ok: false; readonly reason: TokenRefusal };

interface Issued {
  readonly token: string;
  readonly grant: StreamGrant;
  readonly expiresAt: Ms;
  used: boolean;
}

/** The name of the `<Parameter>` that carries the token. */
export const TOKEN_PARAMETER = 'token';

/**
 * At most one token per call. Entries leave by age whenever one is minted, so it owns no timer. Overflow policy: used
 * ones are forgotten first, then the oldest; whoever mints holds a slot of the call, so that it does not come to that.
 */
export class StreamTokens {
  readonly #clock: Clock;
  readonly #maxHeld: number;
  readonly #byCall = new Map<string, Issued>();

  constructor(clock: Clock, maxHeld: number) {
    this.#clock = clock;
    this.#maxHeld = maxHeld;
  }

  /** Twilio may repeat a webhook: while the call's token is unused the same one is given again, with the first grant. */
  mint(grant: StreamGrant, expiresAt: Ms): string {
    const again = this.pendingFor(grant.callSid);
    if (again !== null) return again;
    this.#byCall.delete(grant.callSid);
    this.#makeRoom();
    const token = randomBytes(24).toString('base64url');
    this.#byCall.set(grant.callSid, { token, grant, expiresAt, used: false });
    return token;
  }

  /** The unused, unexpired token of a call. */
  pendingFor(callSid: string): string | null {
    const issued = this.#byCall.get(callSid);
    if (issued === undefined || issued.used || this.#isExpired(issued)) return null;
    return issued.token;
  }

  /** The call is over, or is not to be connected any more. */
  revoke(callSid: string): void {
    this.#byCall.delete(callSid);
  }

  /** `callSid` is what the stream says of itself; a token of another call is unknown. */
  redeem(token: string | undefined, callSid: string): Redemption {
    if (token === undefined || token === '') return { ok: false, reason: 'missing-token' };
    const issued = this.#byCall.get(callSid);
    if (issued === undefined || !sameSecret(token, issued.token))
      return { ok: false, reason: 'unknown-token' };
    if (issued.used) return { ok: false, reason: 'used-token' };
    if (this.#isExpired(issued)) return { ok: false, reason: 'expired-token' };
    issued.used = true;
    return { ok: true, grant: issued.grant };
  }

  #isExpired(issued: Issued): boolean {
    return this.#clock.now() >= issued.expiresAt;
  }

  #makeRoom(): void {
    for (const [callSid, issued] of this.#byCall) {
      if (this.#isExpired(issued)) this.#byCall.delete(callSid);
    }
    const tooMany = Math.max(0, this.#byCall.size + 1 - this.#maxHeld);
    const usedFirst = [...this.#byCall].sort(([, a], [, b]) => Number(b.used) - Number(a.used));
    for (const [callSid] of usedFirst.slice(0, tooMany)) this.#byCall.delete(callSid);
  }
}

/** Compares digests, so that neither the content nor the length of the secret shows in the time taken. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
