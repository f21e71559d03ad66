// The judge of audits finds each kind of fault and nothing in a clean run.
import { describe, expect, it } from 'vitest';
import {
  judgeAudit,
  type AuditedRow,
  type AuditInput,
  type CampaignRules,
} from '../../src/simulator/campaign-audit.ts';

const NOON_TO_SIX = [{ from: 720, to: 1_080 }];
const RULES: CampaignRules = {
  days: { mon: NOON_TO_SIX, tue: NOON_TO_SIX, wed: [{ from: 1_320, to: 120 }] },
  holidays: ['2026-11-24'],
  callsPerSecond: 2,
  maxConcurrentCalls: 2,
  maxAttempts: 2,
  maxAttemptsPerDay: 1,
  maxAttemptsPerNumber: 5,
};
/** Monday, 13:00 in New York. */
const MONDAY = Date.parse('2026-11-23T18:00:00Z');
const DAY_MS = 86_400_000;
const ANNA = '+12125550101';

let seq = 0;
const row = (
  kind: string,
  at: number,
  attemptId: string | null,
  more: Partial<AuditedRow> = {},
): AuditedRow => ({
  seq: (seq += 1),
  at,
  kind,
  contactId: null,
  attemptId,
  number: ANNA,
  facts: {},
  ...more,
});
const ended = (at: number, attemptId: string, outcome = 'busy'): AuditedRow =>
  row('ended', at, attemptId, { facts: { outcome } });
/** Of a call that rings for ten seconds. */
const call = (at: number, attemptId: string, number = ANNA): readonly AuditedRow[] => [
  row('dial', at, attemptId, { number }),
  row('ended', at + 10_000, attemptId, { number, facts: { outcome: 'busy' } }),
];

const judge = (rows: readonly AuditedRow[], more: Partial<AuditInput> = {}): readonly string[] =>
  judgeAudit({
    rules: RULES,
    rows,
    zonesOf: (number) => (number.startsWith('+1212') ? ['America/New_York'] : null),
    doNotCall: [],
    stillRunning: false,
    ...more,
  }).violations.map(({ kind }) => kind);

describe('the judge of audits', () => {
  it('finds nothing in a clean run and counts it', () => {
    const rows = [...call(MONDAY, 'a'), ...call(MONDAY + 20_000, 'b', '+12125550102')];
    expect(judge(rows)).toEqual([]);
    const verdict = judgeAudit({
      rules: RULES,
      rows,
      zonesOf: () => ['America/New_York'],
      doNotCall: [],
      stillRunning: false,
    });
    expect(verdict).toMatchObject({ dials: 2, ended: 2, mostAtOnce: 1, mostInASecond: 1 });
  });

  it.each([
    ['before the window', MONDAY - 2 * 3_600_000, ['outside-window']],
    ['at its first minute', Date.parse('2026-11-23T17:00:00Z'), []],
    ['at its end', Date.parse('2026-11-23T23:00:00Z'), ['outside-window']],
    ['on a holiday', MONDAY + DAY_MS, ['outside-window']],
    ['late on Wednesday', Date.parse('2026-11-26T03:30:00Z'), []],
    ['after midnight of Wednesday', Date.parse('2026-11-26T06:59:00Z'), []],
    ['later that night', Date.parse('2026-11-26T07:00:00Z'), ['outside-window']],
    ['on a closed day', Date.parse('2026-11-27T18:00:00Z'), ['outside-window']],
  ])('knows the window: %s', (_name, at, faults) => {
    expect(judge(call(at, 'a'))).toEqual(faults);
  });

  it('asks for the window in every zone that the callee may be in', () => {
    const zonesOf = (): readonly string[] => ['America/New_York', 'America/Los_Angeles'];
    expect(judge(call(MONDAY, 'a'), { zonesOf })).toEqual(['outside-window']);
  });

  it('finds numbers that are on the list, also those added meanwhile', () => {
    expect(judge(call(MONDAY, 'a'), { doNotCall: [ANNA] })).toEqual(['do-not-call']);
    expect(judge([row('do-not-call-added', MONDAY - 1, null), ...call(MONDAY, 'a')])).toEqual([
      'do-not-call',
    ]);
  });

  it('finds too many attempts, in all and in a day, but not those that reached nobody', () => {
    const week = 7 * DAY_MS;
    const thrice = [...call(MONDAY, 'a'), ...call(MONDAY + week, 'b'), ...call(MONDAY + 2 * week, 'c')];
    expect(judge(thrice)).toEqual(['too-many-attempts']);
    const twice = [...call(MONDAY, 'a'), ...call(MONDAY + 60_000, 'b')];
    expect(judge(twice)).toEqual(['too-many-in-a-day']);
    const unplaced = [
      row('dial', MONDAY, 'x'),
      ended(MONDAY + 1, 'x', 'not-placed'),
      ...call(MONDAY + 60_000, 'b'),
    ];
    expect(judge(unplaced)).toEqual([]);
  });

  it('finds too many calls within a second and at once', () => {
    const numbers = ['+12125550101', '+12125550102', '+12125550103'];
    const fast = numbers.map((number, i) => row('dial', MONDAY + i * 400, `f${i}`, { number }));
    const ends = numbers.map((_, i) => ended(MONDAY + 5_000, `f${i}`));
    expect(judge([...fast, ...ends])).toEqual(['too-fast', 'too-many-at-once']);
  });

  it('finds attempts that begin or end twice, or never end', () => {
    const twice = [...call(MONDAY, 'a'), ended(MONDAY + 11_000, 'a')];
    expect(judge(twice)).toEqual(['ended-twice']);
    expect(judge([row('dial', MONDAY, 'a')])).toEqual(['never-ended']);
    expect(judge([row('dial', MONDAY, 'a')], { stillRunning: true })).toEqual([]);
  });

  it('finds a number that nobody asked for', () => {
    expect(judge(call(MONDAY, 'a', '+4930123456'))).toEqual(['unknown-number']);
  });
});
