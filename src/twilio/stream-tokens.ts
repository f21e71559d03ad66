// One-use tokens that tie a media socket to the signed webhook of the same call.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallFacts } from '../ports/responder.ts';

/** What the signed webhook has settled about a call; the token stands for it. */
export interface StreamGrant extends CallFacts {
  readonly agent: string;
}

export type TokenRefusal = 'missing-token' | 'unknown-token' | 'used-token' | 'expired-token';

export type Redemption =
  { readonly ok: true; readonly grant: StreamGrant } | { readonly ok: false; readonly reason: TokenRefusal };

export interface TokenLimits {
  /** From the webhook to the start of the stream; Twilio connects within a second or two. */
  readonly ttlMs: Ms;
  /** Tokens waiting for their stream at a time. At the bound used ones are forgotten first; then mint refuses. */
  readonly maxPending: number;
}

interface Issued {
  readonly token: string;
  readonly grant: StreamGrant;
  readonly expiresAt: Ms;
  used: boolean;
}

/** The name of the `<Parameter>` that carries the token. */
export const TOKEN_PARAMETER = 'token';

/** At most one token per call. Entries leave by age whenever the table is used, so it owns no timer. */
export class StreamTokens {
  readonly #clock: Clock;
  readonly #limits: TokenLimits;
  /** In the order of minting, which with one TTL is the order of expiry. */
  readonly #byCall = new Map<string, Issued>();

  constructor(clock: Clock, limits: TokenLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Twilio may repeat a webhook: while the call's token is unused the same one is given again, with the first grant.
   * Null when `maxPending` calls are waiting for their stream.
   */
  mint(grant: StreamGrant): string | null {
    const again = this.pendingFor(grant.callSid);
    if (again !== null) return again;
    this.#forgetOld();
    if (this.#byCall.size >= this.#limits.maxPending && !this.#forgetUsed()) return null;
    const token = randomBytes(24).toString('base64url');
    const expiresAt = (this.#clock.now() + this.#limits.ttlMs) as Ms;
    this.#byCall.delete(grant.callSid);
    this.#byCall.set(grant.callSid, { token, grant, expiresAt, used: false });
    return token;
  }

  /** The unused, unexpired token of a call. */
  pendingFor(callSid: string): string | null {
    const issued = this.#byCall.get(callSid);
    if (issued === undefined || issued.used || this.#isExpired(issued)) return null;
    return issued.token;
  }

  /** Calls that were answered and whose stream has not started yet. */
  pending(): number {
    this.#forgetOld();
    let count = 0;
    for (const issued of this.#byCall.values()) if (!issued.used) count += 1;
    return count;
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

  #forgetUsed(): boolean {
    for (const [callSid, issued] of this.#byCall) {
      if (issued.used) return this.#byCall.delete(callSid);
    }
    return false;
  }

  #forgetOld(): void {
    for (const [callSid, issued] of this.#byCall) {
      if (!this.#isExpired(issued)) return;
      this.#byCall.delete(callSid);
    }
  }
}

/** Compares digests, so that neither the content nor the length of the secret shows in the time taken. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
