// Whether a contact is called: each rule, and that the strictest wins.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOpen } from '../../src/campaign/calling-window.ts';
import { decideContact } from '../../src/campaign/decide.ts';
import { afterOutcome } from '../../src/campaign/retry.ts';
import { tripped } from '../../src/campaign/breaker.ts';
import { contact, DAY_MS, HOUR_MS, MONDAY, spec } from '../support/campaign-spec.ts';

describe('the decision about a contact', () => {
  it('is to call who may be called', () => {
    expect(decideContact(contact(), spec(), MONDAY)).toEqual({ kind: 'dial' });
  });

  it.each([
    ['do-not-call', contact({ onDoNotCall: true }), spec()],
    ['no-consent', contact({ consent: null }), spec()],
    ['no-time-zone', contact({ zones: [] }), spec()],
    ['attempts-exhausted', contact({ attempts: 4 }), spec()],
    ['attempts-exhausted', contact({ dialsInAll: 6 }), spec()],
    ['campaign-ended', contact(), spec({ endsAt: MONDAY })],
  ] as const)('is never, because of %s', (end, facts, campaign) => {
    expect(decideContact(facts, campaign, MONDAY)).toEqual({ kind: 'never', end });
  });

  it('needs no consent where the campaign names the rule that exempts it', () => {
    const exempt = spec({ consent: { kind: 'exempt', rule: 'healthcare message' } });
    expect(decideContact(contact({ consent: null }), exempt, MONDAY)).toEqual({ kind: 'dial' });
  });

  it('is later where the window is closed, the number is in a call, or was called too often today', () => {
    const night = MONDAY + 10 * HOUR_MS;
    const morning = Date.parse('2026-11-24T14:00:00Z');
    expect(decideContact(contact(), spec(), night)).toEqual({
      kind: 'later',
      at: morning,
      reason: 'outside-window',
    });
    expect(decideContact(contact({ beingDialled: true }), spec(), MONDAY)).toEqual({
      kind: 'later',
      at: MONDAY + 60_000,
      reason: 'number-in-a-call',
    });
    const recentDials = [MONDAY - 3 * HOUR_MS, MONDAY - 2 * HOUR_MS, MONDAY - HOUR_MS];
    expect(decideContact(contact({ recentDials }), spec(), MONDAY)).toEqual({
      kind: 'later',
      at: MONDAY + 21 * HOUR_MS,
      reason: 'attempts-in-a-day',
    });
  });

  it('is never where the next opening is after the end of the campaign', () => {
    const ending = spec({ endsAt: MONDAY + 12 * HOUR_MS });
    const decision = decideContact(contact(), ending, MONDAY + 10 * HOUR_MS);
    expect(decision).toEqual({ kind: 'never', end: 'campaign-ended' });
  });

  it('never dials against a rule, and what is later is later and inside the window', () => {
    const facts = fc.record({
      onDoNotCall: fc.boolean(),
      zones: fc.subarray(['America/New_York', 'America/Denver', 'Europe/Berlin']),
      attempts: fc.integer({ min: 0, max: 5 }),
      dialsInAll: fc.integer({ min: 0, max: 7 }),
      beingDialled: fc.boolean(),
      recentDials: fc.array(fc.integer({ min: -30 * HOUR_MS, max: 0 }).map((ago) => MONDAY + ago)),
    });
    fc.assert(
      fc.property(facts, fc.integer({ min: 0, max: 3 * DAY_MS }), (changes, after) => {
        const now = MONDAY + after;
        const who = contact({ ...changes, recentDials: changes.recentDials.toSorted((a, b) => a - b) });
        const decision = decideContact(who, spec(), now);
        if (decision.kind === 'never') return;
        expect(who.onDoNotCall).toBe(false);
        const at = decision.kind === 'later' ? decision.at : now;
        expect(isOpen(spec().window, who.zones, at)).toBe(true);
        if (decision.kind === 'later') expect(decision.at).toBeGreaterThan(now);
        else expect(who.recentDials.filter((dial) => now - dial < DAY_MS).length).toBeLessThan(3);
      }),
    );
  });
});

describe('after an attempt', () => {
  it('tries again by the rule of the outcome until it has been had often enough', () => {
    const again = { kind: 'scheduled', at: MONDAY + HOUR_MS, reason: 'busy' };
    expect(afterOutcome('busy', [], spec(), MONDAY)).toEqual(again);
    expect(afterOutcome('busy', ['busy'], spec(), MONDAY)).toEqual(again);
    const end = { kind: 'final', end: 'busy', at: MONDAY };
    expect(afterOutcome('busy', ['busy', 'busy'], spec(), MONDAY)).toEqual(end);
    expect(afterOutcome('busy', ['no-answer', 'busy', 'failed'], spec(), MONDAY)).toEqual(end);
  });

  it.each(['completed', 'hung-up', 'opted-out', 'wrong-number', 'fax', 'failed'] as const)(
    'ends with %s',
    (outcome) => {
      expect(afterOutcome(outcome, [], spec(), MONDAY)).toEqual({ kind: 'final', end: outcome, at: MONDAY });
    },
  );

  it('always comes back to somebody whose telephone never rang', () => {
    const history = ['not-placed', 'not-placed', 'not-placed', 'not-placed', 'not-placed'] as const;
    expect(afterOutcome('not-placed', history, spec(), MONDAY)).toMatchObject({ kind: 'scheduled' });
    expect(afterOutcome('busy', history, spec(), MONDAY)).toMatchObject({ kind: 'scheduled' });
  });
});

describe('the circuit breaker', () => {
  it('trips when too many of the last attempts failed, and says which', () => {
    const last = [
      'failed',
      'completed',
      'lost',
      'failed',
      'busy',
      'failed',
      'completed',
      'failed',
      'busy',
      'busy',
    ] as const;
    expect(tripped({ attempts: 10, share: 0.5 }, last)).toBe(
      '5 of the last 10 attempts failed (4 failed, 1 lost)',
    );
    expect(tripped({ attempts: 10, share: 0.6 }, last)).toBeNull();
    expect(tripped({ attempts: 11, share: 0.1 }, last)).toBeNull();
  });
});
