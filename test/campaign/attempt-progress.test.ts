// An attempt ends exactly once, whatever is learned about it and in whatever order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptEvent } from '../../src/campaign/attempt-events.ts';
import { advance, answererOf } from '../../src/campaign/attempt-progress.ts';
import type { NetworkCall, NetworkStatus } from '../../src/ports/call-control.ts';
import type { AttemptProgress, AttemptView } from '../../src/ports/campaign-store.ts';
import type { CallEnding } from '../../src/ports/outbound.ts';
import { attemptView, MONDAY } from '../support/campaign-spec.ts';

const call = (status: NetworkStatus, callSid = 'CA1'): NetworkCall => ({
  callSid,
  to: '+12125550101',
  from: '+15005550006',
  status,
  answeredBy: null,
  createdAt: MONDAY,
  startedAt: null,
  endedAt: null,
  durationS: null,
});
const status = (to: NetworkStatus, sequence: number, callSid = 'CA1'): AttemptEvent => ({
  type: 'status',
  callSid,
  status: to,
  sequence,
  answeredBy: null,
});
const talkEnded = (changes: Partial<CallEnding> = {}): AttemptEvent => ({
  type: 'talk-ended',
  ending: {
    by: 'agent',
    result: 'confirmed',
    collected: { appointment: 'confirmed' },
    messageLeft: false,
    ...changes,
  },
});
const PLACED: AttemptEvent = { type: 'placed', call: call('queued') };
const CONNECTED: AttemptEvent = { type: 'connected', callSid: 'CA1' };
const HEARD: AttemptEvent = { type: 'first-audio' };

interface Told {
  readonly view: AttemptView;
  readonly ends: number;
  readonly contact: unknown;
}

/** Events a second apart. */
function tell(events: readonly AttemptEvent[], start: AttemptView = attemptView()): Told {
  let view = start;
  let ends = 0;
  let contact: unknown = null;
  events.forEach((event, i) => {
    const change = advance(view, event, MONDAY + (i + 1) * 1_000);
    if (change === null) return;
    const { progress, leaseUntil = view.attempt.leaseUntil, lookups = view.attempt.lookups } = change;
    const { collected = view.attempt.collected, result = view.attempt.result } = change;
    const before = view.attempt.progress.kind;
    if (progress.kind === 'ended' && before !== 'ended') ends += 1;
    expect(change.contact !== undefined).toBe(progress.kind === 'ended' && before !== 'ended');
    contact = change.contact ?? contact;
    view = { ...view, attempt: { ...view.attempt, progress, leaseUntil, lookups, collected, result } };
  });
  return { view, ends, contact };
}

const outcomeOf = (progress: AttemptProgress): string =>
  progress.kind === 'ended' ? progress.outcome : progress.kind;
const outcome = (...events: readonly AttemptEvent[]): string => outcomeOf(tell(events).view.attempt.progress);

describe('an attempt', () => {
  it('is a person who talked to the end', () => {
    const told = tell([
      PLACED,
      status('ringing', 1),
      status('in-progress', 2),
      CONNECTED,
      HEARD,
      talkEnded(),
    ]);
    expect(told.view.attempt).toMatchObject({
      progress: { kind: 'ended', callSid: 'CA1', outcome: 'completed' },
      collected: { appointment: 'confirmed' },
      result: 'confirmed',
    });
    expect(told.contact).toMatchObject({ kind: 'final', end: 'completed' });
  });

  it.each([
    ['busy', [PLACED, status('busy', 2)]],
    ['no-answer', [PLACED, status('no-answer', 2)]],
    ['failed', [PLACED, status('failed', 1)]],
    ['canceled', [PLACED, status('canceled', 1)]],
    ['abandoned', [PLACED, CONNECTED, status('completed', 3)]],
    ['abandoned', [PLACED, CONNECTED, talkEnded({ by: 'caller', result: null })]],
    ['dropped', [PLACED, CONNECTED, HEARD, talkEnded({ by: 'caller', result: null })]],
    ['dropped', [PLACED, CONNECTED, HEARD, status('completed', 3)]],
    ['failed', [PLACED, CONNECTED, HEARD, talkEnded({ by: 'failure', result: null })]],
    ['opted-out', [PLACED, CONNECTED, HEARD, talkEnded({ result: 'opted-out' })]],
    ['wrong-number', [PLACED, CONNECTED, HEARD, talkEnded({ result: 'wrong-number' })]],
    [
      'voicemail',
      [PLACED, CONNECTED, { type: 'answered-by', answeredBy: 'machine_end_beep' }, status('completed', 3)],
    ],
    ['voicemail-left', [PLACED, CONNECTED, talkEnded({ by: 'machine', messageLeft: true })]],
    ['fax', [PLACED, CONNECTED, { type: 'answered-by', answeredBy: 'fax' }, talkEnded({ by: 'machine' })]],
    ['completed', [PLACED, CONNECTED, { type: 'answered-by', answeredBy: 'unknown' }, HEARD, talkEnded()]],
    ['not-placed', [{ type: 'not-placed', code: 'too-many-requests' }]],
  ] as readonly (readonly [string, readonly AttemptEvent[]])[])('ends %s', (end, events) => {
    expect(outcome(...events)).toBe(end);
  });

  it('is hung up when the talk was long', () => {
    const notes = Array.from({ length: 12 }, () => HEARD);
    expect(outcome(PLACED, CONNECTED, ...notes, talkEnded({ by: 'caller', result: null }))).toBe('hung-up');
  });

  it('takes a callback that comes before the answer of the network, and no other call’s', () => {
    const told = tell([status('ringing', 1), PLACED, status('busy', 2, 'CA2'), status('in-progress', 2)]);
    expect(told.view.attempt.progress).toMatchObject({
      kind: 'placed',
      callSid: 'CA1',
      status: 'in-progress',
    });
  });

  it('believes the later SequenceNumber, and a final status in any case', () => {
    const told = tell([PLACED, status('in-progress', 2), status('ringing', 1)]);
    expect(told.view.attempt.progress).toMatchObject({ status: 'in-progress', sequence: 2 });
    expect(outcome(PLACED, status('completed', 3), status('in-progress', 2))).toBe('abandoned');
    expect(outcome(PLACED, status('in-progress', 3), status('busy', 2))).toBe('busy');
  });

  it('keeps what the conversation collected though the network’s last word came first', () => {
    const told = tell([PLACED, CONNECTED, HEARD, status('completed', 3), talkEnded()]);
    expect(told.view.attempt).toMatchObject({ result: 'confirmed', collected: { appointment: 'confirmed' } });
    expect(told.ends).toBe(1);
  });

  it('that the network does not know was never placed, but only after a while', () => {
    const lookup: AttemptEvent = { type: 'looked-up', call: null };
    expect(outcome(lookup, lookup, lookup, lookup)).toBe('reserved');
    const old = attemptView({ dialledAt: MONDAY - 60_000, lookups: 2 });
    const told = tell([lookup], old);
    expect(outcomeOf(told.view.attempt.progress)).toBe('not-placed');
    expect(told.contact).toMatchObject({ kind: 'scheduled' });
  });

  it('whose answer was lost is found in the network and goes on', () => {
    const told = tell([{ type: 'looked-up', call: call('in-progress') }, HEARD, talkEnded()]);
    expect(outcomeOf(told.view.attempt.progress)).toBe('completed');
    expect(outcome({ type: 'looked-up', call: call('no-answer') })).toBe('no-answer');
  });

  it('is lost when the network forgets it', () => {
    const lookup: AttemptEvent = { type: 'looked-up', call: null };
    expect(outcome(PLACED, lookup, lookup, lookup, lookup)).toBe('placed');
    expect(outcome(PLACED, lookup, lookup, lookup, lookup, lookup)).toBe('lost');
  });

  it('is over for a number that the network refuses', () => {
    const told = tell([{ type: 'refused', code: 'number-invalid' }]);
    expect(told.contact).toMatchObject({ kind: 'final', end: 'number-refused' });
  });

  it('takes an unknown answerer, and a machine after a person spoke, for a person', () => {
    expect(answererOf('unknown', false)).toBe('person');
    expect(answererOf('machine_start', true)).toBe('person');
    expect(answererOf('machine_end_other', false)).toBe('machine');
    expect(answererOf('fax', false)).toBe('fax');
    const told: readonly AttemptEvent[] = [
      PLACED,
      CONNECTED,
      HEARD,
      { type: 'person-spoke' },
      { type: 'answered-by', answeredBy: 'machine_end_beep' },
      talkEnded(),
    ];
    expect(outcome(...told)).toBe('completed');
  });

  const statuses: readonly NetworkStatus[] = [
    ...(['queued', 'initiated', 'ringing', 'in-progress'] as const),
    ...(['completed', 'busy', 'failed', 'no-answer', 'canceled'] as const),
  ];
  const anyEvent: fc.Arbitrary<AttemptEvent> = fc.oneof(
    fc.constantFrom<AttemptEvent>(PLACED, CONNECTED, HEARD, { type: 'person-spoke' }, talkEnded()),
    fc.constantFrom<AttemptEvent>(
      { type: 'not-placed', code: 'network-down' },
      { type: 'refused', code: 'number-invalid' },
      { type: 'looked-up', call: null },
      talkEnded({ by: 'caller', result: null }),
    ),
    fc
      .tuple(fc.constantFrom(...statuses), fc.integer({ min: 0, max: 4 }), fc.constantFrom('CA1', 'CA2'))
      .map(([to, sequence, callSid]) => status(to, sequence, callSid)),
    fc.constantFrom(...statuses).map((to): AttemptEvent => ({ type: 'looked-up', call: call(to) })),
    fc
      .constantFrom('human', 'machine_start', 'fax', 'unknown')
      .map((answeredBy): AttemptEvent => ({ type: 'answered-by', answeredBy })),
  );

  it('ends at most once in any order of events, and then stays as it ended', () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 14 }),
        fc.array(anyEvent, { maxLength: 6 }),
        (events, more) => {
          const told = tell(events);
          expect(told.ends).toBeLessThanOrEqual(1);
          const later = tell(more, told.view);
          if (told.view.attempt.progress.kind !== 'ended') return;
          expect(later.view.attempt.progress).toEqual(told.view.attempt.progress);
          expect(later.ends).toBe(0);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('holds no slot for ever: without news, lookups alone end it', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 8 }), (events) => {
        let { view } = tell(events);
        let now = MONDAY + 60_000;
        for (let i = 0; i < 10 && view.attempt.progress.kind !== 'ended'; i += 1) {
          now = Math.max(now, view.attempt.leaseUntil);
          const change = advance(view, { type: 'looked-up', call: null }, now);
          if (change === null) break;
          const { progress, leaseUntil = view.attempt.leaseUntil, lookups = 0 } = change;
          expect(progress.kind === 'ended' || leaseUntil > now).toBe(true);
          view = { ...view, attempt: { ...view.attempt, progress, leaseUntil, lookups } };
        }
        expect(view.attempt.progress.kind).toBe('ended');
      }),
    );
  });
});
