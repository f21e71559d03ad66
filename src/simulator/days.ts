// Days that a scenario names relative to today, so that its calls stay in the future: {{name}} in its texts.
import { ordinalWords } from './number-words.ts';

export const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** The first such weekday that is at least `afterDays` days away. */
export interface RelativeDay {
  readonly weekday: Weekday;
  readonly afterDays: number;
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const PLACE = /\{\{([a-z0-9-]+)\}\}/g;

/** The calendar day that `now` falls on in a time zone, as a Date whose own fields are that day's, in UTC. */
export function dayIn(timezone: string, now: Date): Date {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' }).format(now);
  return new Date(`${parts}T00:00:00Z`);
}

/** "December second". `today` as dayIn gives it. */
export function sayDay({ weekday, afterDays }: RelativeDay, today: Date): string {
  const day = new Date(today);
  day.setUTCDate(day.getUTCDate() + afterDays);
  while (WEEKDAYS[day.getUTCDay()] !== weekday) day.setUTCDate(day.getUTCDate() + 1);
  return `${MONTHS[day.getUTCMonth()] ?? ''} ${ordinalWords(day.getUTCDate())}`;
}

/** Whether this runtime knows the time zone. */
export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The names in `{{…}}`. */
export function placesIn(text: string): readonly string[] {
  return Array.from(text.matchAll(PLACE), ([, name = '']) => name);
}

export function fillDays(text: string, days: Readonly<Record<string, RelativeDay>>, today: Date): string {
  return text.replace(PLACE, (whole, name: string) => {
    const day = days[name];
    return day === undefined ? whole : sayDay(day, today);
  });
}
