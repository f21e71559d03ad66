// Numbers, dates, times and telephone numbers in the words that are spoken for them.

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'zero ten twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const IRREGULAR_ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** A day of the calendar, month from 1. It has no time zone. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Whole numbers from -999,999 to 999,999; others are written in digits. */
export function spokenNumber(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) > 999_999) return String(value);
  if (value < 0) return `minus ${spokenNumber(-value)}`;
  if (value < 20) return ONES[value] ?? String(value);
  if (value < 100) return joined(TENS[Math.floor(value / 10)] ?? '', value % 10);
  if (value < 1000) return joined(`${spokenNumber(Math.floor(value / 100))} hundred`, value % 100);
  return joined(`${spokenNumber(Math.floor(value / 1000))} thousand`, value % 1000);
}

export function spokenOrdinal(value: number): string {
  const words = spokenNumber(value).split(' ');
  const last = words.pop() ?? '';
  const ordinal = IRREGULAR_ORDINALS[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  return [...words, ordinal].join(' ');
}

/** "Thursday, December third". */
export function spokenDay(day: CalendarDay): string {
  const weekday = WEEKDAYS[new Date(Date.UTC(day.year, day.month - 1, day.day)).getUTCDay()] ?? '';
  return `${weekday}, ${MONTHS[day.month - 1] ?? ''} ${spokenOrdinal(day.day)}`;
}

/** "four p.m.", "half past three", "nine fifteen a.m.", "noon". Hours from 0 to 23. */
export function spokenTime(hour: number, minute: number): string {
  if (minute === 0 && hour % 12 === 0) return hour === 12 ? 'noon' : 'midnight';
  const name = spokenNumber(hour % 12 === 0 ? 12 : hour % 12);
  if (minute === 30) return `half past ${name}`;
  const half = hour < 12 ? 'a.m.' : 'p.m.';
  if (minute === 0) return `${name} ${half}`;
  return `${name} ${minute < 10 ? 'oh ' : ''}${spokenNumber(minute)} ${half}`;
}

/** Digit by digit in groups, "five five five, zero one two three". Takes digits, or `+` and digits. */
export function spokenPhoneNumber(number: string): string {
  const digits = number.replace(/\D/g, '');
  const national = number.startsWith('+1') && digits.length === 11 ? digits.slice(1) : digits;
  const groups = groupsOf(national).map((group) =>
    Array.from(group, (digit) => ONES[Number(digit)]).join(' '),
  );
  return (number.startsWith('+') && national === digits ? 'plus ' : '') + groups.join(', ');
}

/** A variable's value as it is spoken: `2026-12-03` and `16:00` become a day and a time, the rest stays. */
export function spokenText(text: string): string {
  const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (day) return spokenDay({ year: Number(day[1]), month: Number(day[2]), day: Number(day[3]) });
  const time = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (time) return spokenTime(Number(time[1]), Number(time[2]));
  return text;
}

/** The usual groups: three and four for seven digits, three, three and four for ten; else threes, the last of two to four. */
function groupsOf(digits: string): string[] {
  const groups: string[] = [];
  let rest = digits;
  while (rest.length > 4) {
    const size = rest.length === 5 ? 2 : 3;
    groups.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  if (rest !== '') groups.push(rest);
  return groups;
}

function joined(head: string, rest: number): string {
  return rest === 0 ? head : `${head} ${spokenNumber(rest)}`;
}
