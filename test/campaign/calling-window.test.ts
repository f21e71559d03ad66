// The calling window: wall clocks, nights, holidays and daylight saving, against an independent reading of the clock.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOpen, nextOpening } from '../../src/campaign/calling-window.ts';
import { WEEKDAYS, type CallingWindow, type WindowSpan } from '../../src/ports/campaign.ts';

const NEW_YORK = 'America/New_York';
const ZONES = [
  NEW_YORK,
  'America/Los_Angeles',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'UTC',
];
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const at = (text: string): number => Date.parse(text);
const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());

const daily = (...spans: readonly WindowSpan[]): CallingWindow => ({
  days: Object.fromEntries(WEEKDAYS.map((day) => [day, spans])),
  holidays: [],
});
const hours = (from: number, to: number): WindowSpan => ({ from: from * 60, to: to * 60 });

/** The wall clock by another library than the code under test uses. */
function wallClock(time: number, zone: string): { day: number; minute: number; date: string } {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(time);
  const [date = '', clock = ''] = parts.split(' ');
  const [hour = '0', minute = '0'] = clock.split(':');
  const day = (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
  return { day, minute: Number(hour) * 60 + Number(minute), date };
}

function naivelyOpen({ days, holidays }: CallingWindow, zone: string, time: number): boolean {
  const { day, minute, date } = wallClock(time, zone);
  if (holidays.includes(date)) return false;
  const spans = (index: number): readonly WindowSpan[] => days[WEEKDAYS[(index + 7) % 7] ?? 'mon'] ?? [];
  const yesterday = new Date(Date.parse(`${date}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
  return (
    spans(day).some(({ from, to }) => (to <= from ? minute >= from : minute >= from && minute < to)) ||
    (!holidays.includes(yesterday) && spans(day - 1).some(({ from, to }) => to <= from && minute < to))
  );
}

describe('the calling window', () => {
  it.each([
    ['2026-11-23T12:59:00Z', false],
    ['2026-11-23T13:00:00Z', true],
    ['2026-11-24T01:59:59Z', true],
    ['2026-11-24T02:00:00Z', false],
  ])('is from eight to nine in the evening in New York: %s', (time, open) => {
    expect(isOpen(daily(hours(8, 21)), [NEW_YORK], at(time))).toBe(open);
  });

  it('must be open in every zone that the callee may be in', () => {
    const zones = [NEW_YORK, 'America/Los_Angeles'];
    const noonInNewYork = at('2026-11-23T15:00:00Z');
    expect(isOpen(daily(hours(9, 18)), [NEW_YORK], noonInNewYork)).toBe(true);
    expect(isOpen(daily(hours(9, 18)), zones, noonInNewYork)).toBe(false);
    expect(iso(nextOpening(daily(hours(9, 18)), zones, noonInNewYork))).toBe('2026-11-23T17:00:00.000Z');
    expect(isOpen(daily(hours(9, 18)), [], noonInNewYork)).toBe(false);
    expect(nextOpening(daily(hours(9, 18)), [], noonInNewYork)).toBeNull();
  });

  it('goes on after midnight, and not into a holiday nor out of one', () => {
    const night = { ...daily(hours(22, 2)), holidays: ['2026-12-25'] };
    expect(isOpen(night, ['UTC'], at('2026-12-24T01:59:00Z'))).toBe(true);
    expect(isOpen(night, ['UTC'], at('2026-12-24T23:00:00Z'))).toBe(true);
    expect(isOpen(night, ['UTC'], at('2026-12-25T00:30:00Z'))).toBe(false);
    expect(isOpen(night, ['UTC'], at('2026-12-26T00:30:00Z'))).toBe(false);
    expect(iso(nextOpening(night, ['UTC'], at('2026-12-25T00:30:00Z')))).toBe('2026-12-26T22:00:00.000Z');
  });

  it('opens at the end of the hour that spring leaves out, and in both hours that autumn has twice', () => {
    const early = daily({ from: 150, to: 240 });
    expect(iso(nextOpening(early, [NEW_YORK], at('2026-03-08T06:00:00Z')))).toBe('2026-03-08T07:00:00.000Z');
    const repeated = daily(hours(1, 2));
    expect(isOpen(repeated, [NEW_YORK], at('2026-11-01T05:30:00Z'))).toBe(true);
    expect(isOpen(repeated, [NEW_YORK], at('2026-11-01T06:30:00Z'))).toBe(true);
    expect(isOpen(repeated, [NEW_YORK], at('2026-11-01T07:00:00Z'))).toBe(false);
  });

  it('never opens when every day is closed', () => {
    expect(nextOpening({ days: {}, holidays: [] }, [NEW_YORK], at('2026-11-23T12:00:00Z'))).toBeNull();
  });

  const span = fc
    .record({ from: fc.integer({ min: 0, max: 1_439 }), to: fc.integer({ min: 0, max: 1_440 }) })
    .filter(({ from, to }) => from !== to);
  const windows = fc.record({
    days: fc.dictionary(fc.constantFrom(...WEEKDAYS), fc.array(span, { minLength: 1, maxLength: 2 })),
    holidays: fc.array(fc.constantFrom('2026-03-08', '2026-03-29', '2026-11-01', '2026-07-04'), {
      maxLength: 2,
    }),
  });
  /** Around changes of daylight saving as often as anywhere else. */
  const times = fc
    .tuple(
      fc.constantFrom('2026-03-08', '2026-03-29', '2026-11-01', '2026-10-25', '2026-04-05', '2026-07-03'),
      fc.integer({ min: -4_000, max: 4_000 }),
    )
    .map(([date, minutes]) => at(`${date}T00:00:00Z`) + minutes * MINUTE_MS);
  const zoneSets = fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 3 });

  it('says what the clocks on the walls say, and opens at the first minute at which they do', () => {
    fc.assert(
      fc.property(windows, zoneSets, times, (window, zones, time) => {
        const naive = (moment: number): boolean => zones.every((zone) => naivelyOpen(window, zone, moment));
        expect(isOpen(window, zones, time)).toBe(naive(time));
        const opening = nextOpening(window, zones, time);
        if (opening === null || opening - time > 2 * DAY_MS) {
          const probe = time + (Math.abs(time) % (2 * DAY_MS));
          expect(naive(Math.min(probe, time + 2 * DAY_MS))).toBe(false);
          return;
        }
        expect(naive(opening)).toBe(true);
        if (opening === time) return;
        for (let back = 1; back <= 60; back += 1) {
          const before = opening - back * MINUTE_MS;
          if (before >= time) expect(naive(before)).toBe(false);
        }
      }),
      { numRuns: 400 },
    );
  });
});
