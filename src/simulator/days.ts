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

/** "December second", by the calendar of this machine. */
export function sayDay({ weekday, afterDays }: RelativeDay, today: Date): string {
  const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() + afterDays);
  while (WEEKDAYS[day.getDay()] !== weekday) day.setDate(day.getDate() + 1);
  return `${MONTHS[day.getMonth()] ?? ''} ${ordinalWords(day.getDate())}`;
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
