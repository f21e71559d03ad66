// What becomes of a contact when an attempt has ended: another try, when, or the end. Pure.
import {
  RETRY_OUTCOMES,
  type AttemptOutcome,
  type CampaignSpec,
  type ContactState,
  type RetryOutcome,
} from '../ports/campaign.ts';
import type { EpochMs } from '../ports/clock.ts';

/** Nobody's telephone rang; the network or we were at fault for a moment. */
const NOT_PLACED_AGAIN_MS = 60_000;

/**
 * `history` holds the contact's outcomes in this campaign, oldest first, without this one. The window and the limits are
 * looked at when the time has come.
 */
export function afterOutcome(
  outcome: AttemptOutcome,
  history: readonly AttemptOutcome[],
  spec: CampaignSpec,
  at: EpochMs,
): ContactState {
  if (outcome === 'not-placed') return { kind: 'scheduled', at: at + NOT_PLACED_AGAIN_MS, reason: outcome };
  const rule = isRetryOutcome(outcome) ? spec.retry[outcome] : undefined;
  const same = history.filter((earlier) => earlier === outcome).length + 1;
  const dials = history.filter((earlier) => earlier !== 'not-placed').length + 1;
  if (rule === undefined || same >= rule.most || dials >= spec.maxAttempts) {
    return { kind: 'final', end: outcome, at };
  }
  return { kind: 'scheduled', at: at + rule.afterMs, reason: outcome };
}

const isRetryOutcome = (outcome: AttemptOutcome): outcome is RetryOutcome =>
  (RETRY_OUTCOMES as readonly AttemptOutcome[]).includes(outcome);
