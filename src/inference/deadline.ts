// A deadline for another process that is fair when it was our own thread, or the whole machine, that stood still.
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';

/** After a stall of our own thread the answer may wait unread beside a deadline that has passed: it gets this long. */
export const GRACE_MS = 100;

/**
 * Calls `missed` once `limitMs` are over, and a little later, so that an answer that has come is read first. A timer
 * that is late by more shows that we stood still, and perhaps the other process with us: it gets that time again.
 */
export function deadline(clock: Clock, limitMs: number, missed: () => void): () => void {
  const due = clock.now() + limitMs;
  let cancel = clock.after(ms(limitMs), () => {
    const lateMs = clock.now() - due;
    cancel = clock.after(ms(Math.max(GRACE_MS, Math.min(lateMs, limitMs))), missed);
  });
  return () => {
    cancel();
  };
}
