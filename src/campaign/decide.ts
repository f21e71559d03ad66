// Whether one contact is called now, later or never: every rule in one place, asked in the moment of dialling. Pure.
import type { CampaignSpec, ContactEnd } from '../ports/campaign.ts';
import type { ContactFacts, Decision } from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';
import { isOpen, nextOpening } from './calling-window.ts';

export const DAY_MS = 86_400_000;
/** A number that is being called is looked at again after this. */
const BUSY_AGAIN_MS = 60_000;

/** The first rule that speaks against a call decides. */
export function decideContact(contact: ContactFacts, spec: CampaignSpec, now: EpochMs): Decision {
  const end = whyNever(contact, spec, now);
  if (end !== null) return { kind: 'never', end };
  if (contact.beingDialled) return whenOpen(contact, spec, now + BUSY_AGAIN_MS, 'number-in-a-call');
  const lately = contact.recentDials.filter((at) => now - at < DAY_MS);
  if (lately.length >= spec.maxAttemptsPerDay) {
    const freed = lately[lately.length - spec.maxAttemptsPerDay] ?? now;
    return whenOpen(contact, spec, freed + DAY_MS, 'attempts-in-a-day');
  }
  if (!isOpen(spec.window, contact.zones, now)) return whenOpen(contact, spec, now, 'outside-window');
  return { kind: 'dial' };
}

function whyNever(contact: ContactFacts, spec: CampaignSpec, now: EpochMs): ContactEnd | null {
  if (contact.onDoNotCall) return 'do-not-call';
  if (spec.endsAt !== null && now >= spec.endsAt) return 'campaign-ended';
  if (spec.consent.kind === 'required' && contact.consent === null) return 'no-consent';
  if (contact.zones.length === 0) return 'no-time-zone';
  const isSpent = contact.attempts >= spec.maxAttempts || contact.dialsInAll >= spec.maxAttemptsPerNumber;
  return isSpent ? 'attempts-exhausted' : null;
}

/** At the first moment from `from` on at which the window is open, unless the campaign is over by then. */
function whenOpen(contact: ContactFacts, spec: CampaignSpec, from: EpochMs, reason: string): Decision {
  const at = nextOpening(spec.window, contact.zones, from);
  if (at === null || (spec.endsAt !== null && at >= spec.endsAt)) {
    return { kind: 'never', end: 'campaign-ended' };
  }
  return { kind: 'later', at, reason };
}
