// Arithmetic on calendar days, and which day it is in a time zone.
import type { CalendarDay } from '../../dialogue/spoken.ts';

const DAY_MS = 86_400_000;

/** The formatters are slow to make and there are only as many as agents have time zones. */
const FORMATTERS = new Map<string, Intl.DateTimeFormat>();

export function toDay(instant: Date, timezone: string): CalendarDay {
  const local = localTime(instant, timezone);
  return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() };
}

/** Minutes that local time is ahead of UTC at that instant; negative in America. */
export function offsetMinutes(instant: Date, timezone: string): number {
  const seconds = Math.floor(instant.getTime() / 1000) * 1000;
  return Math.round((localTime(instant, timezone).getTime() - seconds) / 60_000);
}

export function addDays(day: CalendarDay, count: number): CalendarDay {
  return fromUtc(utcOf(day) + count * DAY_MS);
}

export function daysBetween(from: CalendarDay, to: CalendarDay): number {
  return Math.round((utcOf(to) - utcOf(from)) / DAY_MS);
}

/** False for the 31st of June and the 29th of February of most years. */
export function isDay({ year, month, day }: CalendarDay): boolean {
  const date = fromUtc(utcOf({ year, month, day }));
  return date.year === year && date.month === month && date.day === day;
}

/** 0 is Sunday. */
export function weekdayOf(day: CalendarDay): number {
  return new Date(utcOf(day)).getUTCDay();
}

/** The first day from `from` on with that day of the month; months that are too short are passed over. */
export function dayOfMonthFrom(from: CalendarDay, dayOfMonth: number): CalendarDay | null {
  for (let ahead = 0; ahead <= 62; ahead += 1) {
    const day = addDays(from, ahead);
    if (day.day === dayOfMonth) return day;
  }
  return null;
}

/** Local wall-clock time, written as if it were UTC. */
function localTime(instant: Date, timezone: string): Date {
  let formatter = FORMATTERS.get(timezone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    FORMATTERS.set(timezone, formatter);
  }
  const parts = new Map(formatter.formatToParts(instant).map((part) => [part.type, Number(part.value)]));
  const at = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return new Date(Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second')));
}

function utcOf(day: CalendarDay): number {
  return Date.UTC(day.year, day.month - 1, day.day);
}

function fromUtc(time: number): CalendarDay {
  const date = new Date(time);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
