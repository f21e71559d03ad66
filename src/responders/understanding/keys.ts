// Understands telephone keys as an answer to the question that was asked: "1" for yes, "1430" for half past two.
import type { Answer, Option, Step, Understood } from '../../dialogue/flow.ts';
import { readMonthAndDay } from './date.ts';
import { numberReading, type NumberRange } from './number.ts';
import { phoneLengthOf, phoneReading, type PhoneRules } from './phone-number.ts';
import type { Circumstances, Reading } from './reading.ts';
import { readClock } from './time.ts';

/** Whether keys answer a question, may come to, or mean nothing there. */
export type KeysFit = 'whole' | 'part' | 'none';

/** Month and day, or hour and minute, two digits each. */
const PAIRED_DIGITS = 4;

/** Of `whole` keys no more are needed, though they may be refused; `part` is ended by `#` or a pause. Never throws. */
export function keysFit(keys: string, { answer }: Step, at: Circumstances): KeysFit {
  if (answer.kind === 'yes-no') return oneKeyFit(keys, YES_NO_KEYS);
  if (answer.kind === 'phrases') return oneKeyFit(keys, keysOf(answer.options));
  return isDigits(keys) ? digitsFit(keys, answer, at) : 'none';
}

function digitsFit(
  digits: string,
  answer: Exclude<Answer, { kind: 'yes-no' | 'phrases' }>,
  { country }: Circumstances,
): KeysFit {
  switch (answer.kind) {
    case 'number':
      return numberFit(digits, answer);
    case 'phone-number':
      return phoneFit(digits, { ...answer, country });
    case 'date':
    case 'time':
      return digits.length >= PAIRED_DIGITS ? 'whole' : 'part';
    case 'name':
    case 'free-text':
    // What keys mean there is for the model to say.
    case 'model':
    case 'none':
    case 'end':
      return 'none';
  }
}

/** What a caller meant by keys; the same limits hold as for words. Never throws. */
export function understandKeys(keys: string, { answer }: Step, at: Circumstances): Understood {
  if (answer.kind === 'yes-no' && keys === '1') return { kind: 'yes' };
  if (answer.kind === 'yes-no' && keys === '2') return { kind: 'no' };
  if (answer.kind === 'phrases') {
    const option = answer.options.find(({ key }) => key === keys);
    if (option === undefined) return { kind: 'nothing' };
    return { kind: 'option', name: option.name, spoken: option.wordings[0] ?? option.name, also: [] };
  }
  const reading = keys !== '' && isDigits(keys) ? readingOf(keys, answer, at) : null;
  if (reading === null) return { kind: 'nothing' };
  if ('refused' in reading) return { kind: 'refused', reason: reading.refused };
  return { kind: 'value', value: reading.value, also: [] };
}

function readingOf(digits: string, answer: Answer, at: Circumstances): Reading {
  if (answer.kind === 'number') return answer.max < 0 ? null : numberReading(Number(digits), answer);
  if (answer.kind === 'phone-number') return phoneReading(digits, { ...answer, country: at.country });
  if (digits.length !== PAIRED_DIGITS) return null;
  const first = Number(digits.slice(0, 2));
  const second = Number(digits.slice(2));
  if (answer.kind === 'date') return readMonthAndDay(first, second, answer, at);
  if (answer.kind === 'time') return first < 24 && second < 60 ? readClock(first, second, answer) : null;
  return null;
}

const YES_NO_KEYS: readonly string[] = ['1', '2'];

function keysOf(options: readonly Option[]): string[] {
  return options.flatMap(({ key }) => key ?? []);
}

function oneKeyFit(keys: string, known: readonly string[]): KeysFit {
  if (keys === '') return known.length === 0 ? 'none' : 'part';
  return known.includes(keys) ? 'whole' : 'none';
}

/** Whole as soon as one more digit would be too many. A zero in front is a number itself where zero is one. */
function numberFit(digits: string, { min, max }: NumberRange): KeysFit {
  if (max < 0) return 'none';
  if (digits === '') return 'part';
  const value = Number(digits);
  if (value === 0) return min <= 0 || digits.length > String(max).length ? 'whole' : 'part';
  return value * 10 > max ? 'whole' : 'part';
}

/** A local number of `minDigits` may be the beginning of a national one, so only the longest are whole by themselves. */
function phoneFit(digits: string, { minDigits, country }: PhoneRules): KeysFit {
  const length = digits === '' ? 'short' : phoneLengthOf(digits, country);
  const enough = digits.length >= (minDigits ?? 0);
  return (length === 'full' || length === 'long') && enough ? 'whole' : 'part';
}

function isDigits(keys: string): boolean {
  return /^\d*$/.test(keys);
}
