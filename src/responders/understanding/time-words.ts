// Finds times of day in words, each with how sure it is to be one.
import { HOMOPHONES, numberAt } from './number-words.ts';
import { wordAt } from './words.ts';

export interface TimeHit {
  /** As it was said: 1 to 12, or 0 to 23. */
  readonly hour: number;
  readonly minute: number;
  readonly half: 'am' | 'pm' | null;
  /** The hour needs no a.m. or p.m.: "noon". */
  readonly exact: boolean;
  /** 3: a time by its form; 2: a number where a time stands ("at four"); 1: a bare number. */
  readonly strength: 1 | 2 | 3;
  /** Index behind the last word. */
  readonly end: number;
}

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly end: number;
  /** True when the form alone tells a time. */
  readonly formed: boolean;
}

const MONTH =
  /^(?:jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)$/;
const UNIT = /^(?:days?|weeks?|months?|years?|people|digits?|percent|dollars?|of|st|nd|rd|th)$/;
const PREPOSITION = /^(?:at|around|about|by|near|@)$/;
/** Stands before a corrected time: "make it four", "no, four", "the time is four". */
const LEAD = /^(?:it|to|said|say|meant|mean|is|be|do|no|for|it's|like|after|before|until|till)$/;
const TAIL = /^(?:please|instead|then|not|and|on|would|works|is|if|but|today|tomorrow|sharp|ish|thanks?)$/;

/** Every time of day, from left to right. */
export function timesIn(said: readonly string[]): TimeHit[] {
  const words = withoutHomophones(said);
  const hits: TimeHit[] = [];
  for (let at = 0; at < words.length;) {
    const hit = timeAt(words, at);
    if (hit !== null) hits.push(hit);
    at = hit?.end ?? numberAt(words, at)?.end ?? at + 1;
  }
  return hits;
}

/** Takes a.m. or p.m. from elsewhere in the sentence: "tomorrow afternoon at four". */
export function resolvesHalf(words: readonly string[], hit: TimeHit): TimeHit {
  if (hit.half !== null || hit.exact || hit.hour > 12) return hit;
  const line = words.join(' ');
  if (/\b(?:afternoon|evening|tonight)\b/.test(line)) return { ...hit, half: 'pm' };
  if (/\bmorning\b/.test(line)) return { ...hit, half: 'am' };
  return hit;
}

function timeAt(words: readonly string[], at: number): TimeHit | null {
  const word = wordAt(words, at);
  if (/^(?:noon|midday|midnight)$/.test(word)) {
    const hour = word === 'midnight' ? 0 : 12;
    return { hour, minute: 0, half: null, exact: true, strength: 3, end: at + 1 };
  }
  const clock = relativeAt(words, at) ?? clockAt(words, at);
  if (clock === null) return null;
  const marked = markAt(words, clock.end);
  const strength = clock.formed || marked.found ? 3 : bareStrength(words, at, clock.end);
  if (strength === 0) return null;
  const { hour, minute } = clock;
  if (marked.half !== null && (hour > 12 || hour === 0)) {
    return { hour, minute, half: null, exact: true, strength, end: marked.end };
  }
  return { hour, minute, half: marked.half, exact: false, strength, end: marked.end };
}

/** "Half past three", "quarter to nine", "ten minutes past four". */
function relativeAt(words: readonly string[], at: number): Clock | null {
  const part = partAt(words, at);
  if (part === null) return null;
  const relation = wordAt(words, part.end);
  const before = /^(?:to|two|too|of|before|til|till)$/.test(relation);
  if (!before && !/^(?:past|after)$/.test(relation)) {
    // "Half three" is half past three.
    const hour = wordAt(words, at) === 'half' ? hourAt(words, part.end) : null;
    return hour === null ? null : { hour: hour.value, minute: 30, end: hour.end, formed: true };
  }
  const hour = hourAt(words, part.end + 1);
  if (hour === null) return null;
  if (!before) return { hour: hour.value, minute: part.minutes, end: hour.end, formed: true };
  const earlier = hour.value === 1 ? 12 : hour.value - 1;
  return { hour: earlier, minute: 60 - part.minutes, end: hour.end, formed: true };
}

/** The part of an hour in front of "past" or "to": a half, a quarter, or minutes, which without that word are fives. */
function partAt(words: readonly string[], at: number): { minutes: number; end: number } | null {
  if (wordAt(words, at) === 'half') return { minutes: 30, end: at + 1 };
  if (wordAt(words, at) === 'quarter') return { minutes: 15, end: at + 1 };
  const number = numberAt(words, at);
  if (number === null || number.value <= 0 || number.value >= 30) return null;
  if (wordAt(words, number.end) === 'minutes') return { minutes: number.value, end: number.end + 1 };
  return number.value % 5 === 0 ? { minutes: number.value, end: number.end } : null;
}

/** "3:30", "3.30", "330 pm", "three thirty", "three oh five", "fifteen hundred", or a bare hour. */
function clockAt(words: readonly string[], at: number): Clock | null {
  const written = /^(\d{1,2})[:.](\d\d)$/.exec(wordAt(words, at)) ?? compactAt(words, at);
  if (written) return checked(Number(written[1]), Number(written[2]), at + 1, true);
  const hour = hourAt(words, at);
  if (hour === null) return militaryAt(words, at);
  const minute = minuteAt(words, hour.end);
  if (minute !== null) return checked(hour.value, minute.value, minute.end, true);
  return checked(hour.value, 0, hour.end, false);
}

/** The minutes behind an hour: "thirty", "oh five"; a third number behind them makes it no time. */
function minuteAt(words: readonly string[], at: number): { value: number; end: number } | null {
  if (/^(?:oh|o|zero)$/.test(wordAt(words, at))) {
    const single = numberAt(words, at + 1);
    return single !== null && single.value < 10 ? single : null;
  }
  const minute = numberAt(words, at);
  if (minute === null || minute.ordinal || minute.value >= 60) return null;
  const twoDigits = minute.value >= 10 || wordAt(words, at) === '00';
  return twoDigits && numberAt(words, minute.end) === null ? minute : null;
}

/** "330 pm", "1530": three or four digits in one piece; a year is none without a mark. */
function compactAt(words: readonly string[], at: number): RegExpExecArray | null {
  const found = /^(\d{1,2})(\d\d)$/.exec(wordAt(words, at));
  if (found === null || markAt(words, at + 1).found) return found;
  const around = numberAt(words, at + 1) !== null || numberAt(words, at - 1) !== null;
  return /^20[2-9]\d$/.test(wordAt(words, at)) || around || MONTH.test(wordAt(words, at - 1)) ? null : found;
}

function militaryAt(words: readonly string[], at: number): Clock | null {
  const number = numberAt(words, at);
  if (number === null || words[number.end - 1] !== 'hundred') return null;
  return checked(number.value / 100, 0, words[number.end] === 'hours' ? number.end + 1 : number.end, true);
}

function checked(hour: number, minute: number, end: number, formed: boolean): Clock | null {
  return Number.isInteger(hour) && hour < 24 && minute < 60 ? { hour, minute, end, formed } : null;
}

/** A number that can be an hour and is no day of a month and no amount. */
function hourAt(words: readonly string[], at: number): { value: number; end: number } | null {
  const number = numberAt(words, at);
  if (number === null || number.ordinal || !Number.isInteger(number.value) || number.value > 23) return null;
  if (MONTH.test(wordAt(words, at - 1)) || MONTH.test(wordAt(words, number.end))) return null;
  if (UNIT.test(wordAt(words, number.end))) return null;
  return number;
}

function markAt(
  words: readonly string[],
  at: number,
): { found: boolean; half: 'am' | 'pm' | null; end: number } {
  const clock = words[at] === "o'clock" ? 1 : 0;
  const start = at + clock;
  const next = wordAt(words, start);
  if (next === 'am' || next === 'pm') return { found: true, half: next, end: start + 1 };
  const part = /^(?:in the|this|at|tomorrow) (morning|afternoon|evening|night)$|^(tonight)/.exec(
    words.slice(start, start + (next === 'in' ? 3 : 2)).join(' '),
  );
  if (part === null) return { found: clock === 1, half: null, end: start };
  return { found: true, half: part[1] === 'morning' ? 'am' : 'pm', end: start + (next === 'in' ? 3 : 2) };
}

/** How likely a number without any mark is an hour: 0 for "one" as a pronoun and for parts of longer numbers. */
function bareStrength(words: readonly string[], at: number, end: number): 0 | 1 | 2 {
  if (isPartOfNumber(words, at, end)) return 0;
  const before = wordAt(words, at - 1);
  if (PREPOSITION.test(before)) return 2;
  const one = wordAt(words, at) === 'one';
  const last = end >= words.length || TAIL.test(wordAt(words, end));
  if (last && LEAD.test(before) && !(one && before === 'no')) return 2;
  return one && words.length > 3 ? 0 : 1;
}

function isPartOfNumber(words: readonly string[], at: number, end: number): boolean {
  if (numberAt(words, at)?.value === 0 || numberAt(words, end) !== null) return true;
  return at > 0 && numberAt(words, at - 1) !== null;
}

/** "For p.m." is four p.m.: a homophone in front of a mark of time, or alone, is the number. */
function withoutHomophones(words: readonly string[]): string[] {
  const alone = words.filter((word) => !/^(?:um|uh|at|please|about|around)$/.test(word)).length === 1;
  return words.map((word, at) => {
    const value = HOMOPHONES.get(word);
    if (value === undefined) return word;
    const next = wordAt(words, at + 1);
    const minute = /^(?:thirty|fifteen|forty|00|15|30|45)$/.test(next);
    const marked = /^(?:o'clock|am|pm)$/.test(next) || (next === 'in' && words[at + 2] === 'the');
    const relation = /^(?:quarter|half|minutes|past|change|move|five|ten|twenty)$/.test(
      wordAt(words, at - 1),
    );
    return alone || ((marked || minute) && !relation) ? String(value) : word;
  });
}
