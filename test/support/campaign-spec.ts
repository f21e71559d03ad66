// A campaign and a contact that may be called, for tests that change one thing of them.
import type { CampaignSpec } from '../../src/ports/campaign.ts';
import { WEEKDAYS } from '../../src/ports/campaign.ts';
import type { Attempt, AttemptView, ContactFacts } from '../../src/ports/campaign-store.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** Monday, 23 November 2026, 13:00 in New York. */
export const MONDAY = Date.parse('2026-11-23T18:00:00Z');

/** From nine in the morning to eight in the evening, every day. */
const ALL_DAY = [{ from: 9 * 60, to: 20 * 60 }];

export function spec(changes: Partial<CampaignSpec> = {}): CampaignSpec {
  return {
    name: 'reminders',
    agent: 'appointment-reminder',
    callerId: '+15005550006',
    business: 'Willow Street Clinic',
    callbackNumber: '+15005550006',
    defaultCountry: null,
    variables: {},
    callsPerSecond: 1,
    maxConcurrentCalls: 8,
    window: { days: Object.fromEntries(WEEKDAYS.map((day) => [day, ALL_DAY])), holidays: [] },
    retry: { busy: { afterMs: HOUR_MS, most: 3 }, 'no-answer': { afterMs: 2 * HOUR_MS, most: 2 } },
    maxAttempts: 4,
    maxAttemptsPerDay: 3,
    maxAttemptsPerNumber: 6,
    droppedBeforeS: 10,
    ringTimeoutS: 25,
    maxCallS: 600,
    record: false,
    voicemail: { action: 'hang-up' },
    holdGreetingMs: 1_500,
    endsAt: null,
    breaker: { attempts: 10, share: 0.5 },
    consent: { kind: 'required' },
    ...changes,
  };
}

export function contact(changes: Partial<ContactFacts> = {}): ContactFacts {
  return {
    contactId: 'c1',
    number: '+12125550101',
    zones: ['America/New_York'],
    consent: { who: 'Anna', when: '2026-01-02', how: 'web form' },
    onDoNotCall: false,
    attempts: 0,
    recentDials: [],
    dialsInAll: 0,
    beingDialled: false,
    ...changes,
  };
}

export function attemptView(changes: Partial<Attempt> = {}, view: Partial<AttemptView> = {}): AttemptView {
  return {
    attempt: {
      id: 'a1',
      campaignId: 'k1',
      contactId: 'c1',
      number: '+12125550101',
      ordinal: 1,
      dialledAt: MONDAY,
      endedAt: null,
      leaseUntil: MONDAY + 30_000,
      lookups: 0,
      progress: { kind: 'reserved' },
      variables: {},
      collected: {},
      result: null,
      recording: null,
      ...changes,
    },
    spec: spec(),
    history: [],
    ...view,
  };
}
