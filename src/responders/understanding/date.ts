// Understands a day: "next Tuesday", "the third of December", "Thursday the third", "in two weeks". Past days are refused.
import { casual } from 'chrono-node';
import { spokenDay, type CalendarDay } from '../../dialogue/spoken.ts';
import { addDays, daysBetween, dayOfMonthFrom, isDay, offsetMinutes, toDay, weekdayOf } from './calendar.ts';
import { numberAt, numbersIn } from './number-words.ts';
import type { Circumstances, Manner, Reading } from './reading.ts';
import { takesBack, wordsOf } from './words.ts';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const WEEKDAY = `(${WEEKDAYS.join('|')})`;
const PAST = new RegExp(`\\byesterday\\b|\\b(?:last|past) (?:week|month|year|night|${WEEKDAY})\\b|\\bago\\b`);
const VAGUE =
  /\b(?:next|this|the|following) (?:week|month|year|weekend)\b|\bsome ?time\b|\bas soon as possible\b|\bany ?day\b/;
/** The date library takes these for days as well. */
const NO_DAY =
  /^(?:sat|sun|wed|mon|now|(?:the|a|an|one|that|any|each|every|another) (?:day|hour|minute|second))$/;
const PASSED = 'That day has passed.';
/** A day and month without a year that lie this little behind are a slip, not a wish for next year. */
const SLIP_DAYS = 60;
/** Leap days are at most this far apart (1896 to 1904, 2096 to 2104). */
const LEAP_GAP_YEARS = 8;

export interface DayRange {
  /** A day further ahead is refused. */
  readonly withinDays: number;
}

/** Days are reckoned in the agent's time zone, from the day that it is there now. */
export function readDate(
  text: string,
  range: DayRange,
  at: Circumstances,
  manner: Manner = 'asked',
): Reading {
  const words = wordsOf(text).map((word) => (word === 'choose' ? 'tues' : word));
  const line = repaired(words.join(' '));
  const today = toDay(at.now, at.timezone);
  if (PAST.test(line) && !takesBack(words)) return { refused: PASSED };
  const day = dayIn(line, today, at, manner);
  if (day === null)
    return manner === 'asked' && VAGUE.test(line) ? { refused: 'I need the exact day.' } : null;
  return dayReading(day, range, { today, year: /\b20\d\d\b|\byear\b/.test(line) ? 'said' : 'unsaid' });
}

/** The next day with this month and day, today among them; null when there is no such day in any year. */
export function readMonthAndDay(month: number, day: number, range: DayRange, at: Circumstances): Reading {
  const today = toDay(at.now, at.timezone);
  for (let year = today.year; year <= today.year + LEAP_GAP_YEARS; year += 1) {
    const found = { year, month, day };
    if (isDay(found) && daysBetween(today, found) >= 0)
      return dayReading(found, range, { today, year: 'unsaid' });
  }
  return null;
}

function dayReading(
  day: CalendarDay,
  range: DayRange,
  { today, year: saidYear }: { readonly today: CalendarDay; readonly year: 'said' | 'unsaid' },
): Reading {
  const ahead = daysBetween(today, day);
  const slip = saidYear === 'unsaid' && ahead > 365 - SLIP_DAYS && ahead <= 366;
  if (ahead < 0 || slip) return { refused: PASSED };
  if (ahead > range.withinDays) return { refused: 'That is too far ahead.' };
  const { year, month, day: date } = day;
  const plain = `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
  return { value: { kind: 'date', plain, spoken: spokenDay(day) } };
}

/** Slips of speech models, and forms that the date library does not know. */
function repaired(line: string): string {
  return line
    .replace(/\btues day\b/g, 'tuesday')
    .replace(/\bto (day|morrow)\b/g, 'to$1')
    .replace(/\btwo morrow\b/g, 'tomorrow')
    .replace(/\bin (?:to|too) (?=weeks|days|months)/g, 'in two ')
    .replace(/\bin for (?=weeks|days|months)/g, 'in four ')
    .replace(/(?<!the )\bday after tomorrow\b/g, 'the day after tomorrow')
    .replace(new RegExp(`\\b${WEEKDAY} the (?=\\d|[a-z]+(?:st|nd|rd|th)\\b|twenty|thirty)`, 'g'), '$1 ')
    .replace(/\b(\d{1,2}) of (?=[a-z])/g, '$1 ')
    .replace(/\b([a-z]{3,9}) the (?=\d|[a-z]+(?:st|nd|rd|th)\b|twenty|thirty)/g, (whole, word: string) =>
      isMonth(word) ? `${word} ` : whole,
    );
}

function dayIn(line: string, today: CalendarDay, at: Circumstances, manner: Manner): CalendarDay | null {
  const weeks = new RegExp(`\\b(a|one|two|three|four|\\d) weeks? (?:from|on|after) (.+)$`).exec(line);
  if (weeks !== null && !/^(?:now|today)/.test(weeks[2] ?? '')) {
    const base = dayIn(weeks[2] ?? '', today, at, manner);
    const count = weeks[1] === 'a' ? 1 : (numberAt([weeks[1] ?? ''], 0)?.value ?? 1);
    return base === null ? null : addDays(base, 7 * count);
  }
  return weekdayAndDate(line, today) ?? calendarDay(line, today, at) ?? dayOfMonth(line, today, manner);
}

/** "Thursday the third" is the next day that is both; when none is near, the third. */
function weekdayAndDate(line: string, today: CalendarDay): CalendarDay | null {
  const found = new RegExp(`\\b${WEEKDAY} (?:the )?(.+)$`).exec(line);
  const ordinal = found === null ? null : numberAt((found[2] ?? '').split(' '), 0);
  if (!ordinal?.ordinal || namesMonth(line)) return null;
  const weekday = WEEKDAYS.indexOf(found?.[1] ?? '');
  for (let ahead = 0; ahead <= 366; ahead += 1) {
    const day = addDays(today, ahead);
    if (day.day === ordinal.value && weekdayOf(day) === weekday) return day;
  }
  return dayOfMonthFrom(today, ordinal.value);
}

function calendarDay(line: string, today: CalendarDay, at: Circumstances): CalendarDay | null {
  const reference = { instant: at.now, timezone: offsetMinutes(at.now, at.timezone) };
  const results = casual.parse(line, reference, { forwardDate: true }).filter((result) => {
    const { text, start } = result;
    if (NO_DAY.test(text) || result.tags().has('result/relativeDateAndTime')) return false;
    return (
      start.isCertain('day') || start.isCertain('weekday') || /^this (?:morning|afternoon|evening)/.test(text)
    );
  });
  const weekOnly = results.filter(({ text }) => !VAGUE.test(text) || new RegExp(WEEKDAY).test(text));
  const result = takesBack(line.split(' ')) ? weekOnly.at(-1) : weekOnly[0];
  if (result === undefined) return null;
  const { start, text } = result;
  const day = { year: start.get('year') ?? 0, month: start.get('month') ?? 0, day: start.get('day') ?? 0 };
  // On a Monday, "Monday" means the next one; whoever means this one says "today".
  const weekdayAlone = new RegExp(`^(?:on )?${WEEKDAY}`).test(text) && !start.isCertain('day');
  return weekdayAlone && daysBetween(today, day) === 0 ? addDays(day, 7) : day;
}

/** "The third", "on the 21st", "the fifth of next month". */
function dayOfMonth(line: string, today: CalendarDay, manner: Manner): CalendarDay | null {
  const words = line.split(' ');
  const ordinals = numbersIn(words).filter(
    (hit) =>
      hit.ordinal &&
      hit.value >= 1 &&
      hit.value <= 31 &&
      (manner === 'asked' || words[hit.start - 1] === 'the'),
  );
  const hit = takesBack(words) ? ordinals.at(-1) : ordinals[0];
  if (hit === undefined) return null;
  const first = words.slice(hit.end, hit.end + 3).join(' ') === 'of next month';
  return dayOfMonthFrom(first ? nextMonth(today) : today, hit.value);
}

function nextMonth(day: CalendarDay): CalendarDay {
  return day.month === 12
    ? { year: day.year + 1, month: 1, day: 1 }
    : { year: day.year, month: day.month + 1, day: 1 };
}

function isMonth(word: string): boolean {
  return /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/.test(word) && namesMonth(word);
}

function namesMonth(line: string): boolean {
  return /\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b/.test(
    line,
  );
}
