// Understands a telephone number said in digits, pairs and groups: "five five five, oh one two three", "double seven".
import {
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
  type CountryCode,
} from 'libphonenumber-js/min';
import { spokenNumber, spokenPhoneNumber } from '../../dialogue/spoken.ts';
import { HOMOPHONES, numberAt } from './number-words.ts';
import type { Reading } from './reading.ts';
import { takesBack, wordAt, wordsOf } from './words.ts';

/** ITU-T E.164: a number has at most fifteen digits. */
const MAX_DIGITS = 15;
/** Fewer digits than this in a sentence are an amount or a time, not the beginning of a number. */
const MIN_RUN_DIGITS = 3;
const ZEROS: ReadonlySet<string> = new Set(['oh', 'o', 'zero', 'nought', 'naught', 'nil']);
const REPEATS: ReadonlyMap<string, number> = new Map([
  ['double', 2],
  ['triple', 3],
  ['treble', 3],
]);
const ROUND: ReadonlyMap<string, string> = new Map([
  ['hundred', '00'],
  ['thousand', '000'],
]);
/** May stand between the groups of a number. */
const BETWEEN: ReadonlySet<string> = new Set(
  'um uh er and then dash hyphen dot space area code extension'.split(' '),
);

export interface PhoneRules {
  /** Enough digits for a local number; null: a whole number of the country is needed. */
  readonly minDigits: number | null;
  readonly country: CountryCode;
}

/** The digits of one stretch of the words, and where it stands. */
export interface DigitRun {
  readonly digits: string;
  readonly start: number;
  readonly end: number;
}

/** Whole numbers become E.164, local ones stay digits. Too few or too many digits are refused. */
export function readPhoneNumber(text: string, rules: PhoneRules): Reading {
  const words = wordsOf(text);
  const runs = digitRunsIn(words);
  const fitting = runs.filter((run) => run.digits.length >= (rules.minDigits ?? 7));
  const run = takesBack(words) ? (fitting.at(-1) ?? runs.at(-1)) : longest(runs);
  return run === undefined ? null : phoneReading(run.digits, rules);
}

/** For digits, or `+` and digits. */
export function phoneReading(said: string, rules: PhoneRules): Reading {
  const whole = parsePhoneNumberFromString(said, rules.country);
  if (whole?.isPossible() === true) {
    return { value: { kind: 'phone-number', plain: whole.number, spoken: spokenPhoneNumber(whole.number) } };
  }
  const digits = said.replace('+', '');
  const count = digits.length;
  if (count > MAX_DIGITS) return { refused: 'That number is too long.' };
  if (rules.minDigits === null) return { refused: 'I need the whole number, with the area code.' };
  if (count < rules.minDigits) {
    return { refused: `I need at least ${spokenNumber(rules.minDigits)} digits.` };
  }
  return { value: { kind: 'phone-number', plain: digits, spoken: spokenPhoneNumber(digits) } };
}

/**
 * How digits stand to the numbers of a country: too few for any, one that may go on (in Germany 030 12345 and
 * 030 123456 are both numbers), one that ends there, or too many.
 */
export type PhoneLength = 'short' | 'open' | 'full' | 'long';

export function phoneLengthOf(digits: string, country: CountryCode): PhoneLength {
  const fault = validatePhoneNumberLength(digits, country);
  if (fault === undefined) {
    return validatePhoneNumberLength(`${digits}0`, country) === 'TOO_LONG' ? 'full' : 'open';
  }
  return fault === 'TOO_LONG' || digits.length >= MAX_DIGITS ? 'long' : 'short';
}

/** Every stretch of digits of at least three, from left to right. */
export function digitRunsIn(words: readonly string[]): DigitRun[] {
  const runs: DigitRun[] = [];
  for (let at = 0; at < words.length;) {
    const run = runAt(words, at);
    if (run !== null && run.digits.replace('+', '').length >= MIN_RUN_DIGITS) runs.push(run);
    at = run?.end ?? at + 1;
  }
  return runs;
}

/** One or two digits at the end, which are no number yet and begin one. */
export function endsInDigit(words: readonly string[]): boolean {
  return words.length > 0 && pieceAt(words, words.length - 1, true) !== null;
}

function runAt(words: readonly string[], start: number): DigitRun | null {
  let digits = '';
  let end = start;
  for (let at = start; at < words.length;) {
    const piece = pieceAt(words, at, digits !== '');
    if (piece === null) {
      if (digits === '' || !BETWEEN.has(wordAt(words, at))) break;
      at += 1;
      continue;
    }
    digits += piece.digits;
    at = piece.end;
    end = at;
  }
  return digits === '' ? null : { digits, start, end };
}

interface Piece {
  readonly digits: string;
  readonly end: number;
}

function pieceAt(words: readonly string[], at: number, within: boolean): Piece | null {
  const word = wordAt(words, at);
  if (word === 'plus' || word === '+') return within ? null : { digits: '+', end: at + 1 };
  if (/^\+?\d[\d./-]*$/.test(word)) return { digits: word.replace(/[./-]/g, ''), end: at + 1 };
  const compound = repeatedAt(words, at) ?? roundAt(words, at);
  if (compound !== null) return compound;
  const digit = digitAt(words, at, within || digitAt(words, at + 1, false) !== null);
  if (digit !== null) return { digits: digit, end: at + 1 };
  const number = numberAt(words, at);
  if (number === null || number.ordinal || word === 'a') return null;
  return { digits: String(number.value), end: number.end };
}

/** "Double seven", "triple five". */
function repeatedAt(words: readonly string[], at: number): Piece | null {
  const times = REPEATS.get(wordAt(words, at));
  const digit = times === undefined ? null : digitAt(words, at + 1, true);
  return times === undefined || digit === null ? null : { digits: digit.repeat(times), end: at + 2 };
}

/** "Eight hundred", "five thousand", as in numbers that companies have. */
function roundAt(words: readonly string[], at: number): Piece | null {
  const zeros = ROUND.get(wordAt(words, at + 1));
  const head = zeros === undefined ? null : digitAt([wordAt(words, at)], 0, true);
  return zeros === undefined || head === null ? null : { digits: head + zeros, end: at + 2 };
}

/** One digit; "oh" and homophones only beside other digits. A ten before it is left to the number reader. */
function digitAt(words: readonly string[], at: number, beside: boolean): string | null {
  const word = wordAt(words, at);
  if (ZEROS.has(word)) return beside || word !== 'oh' ? '0' : null;
  const homophone = HOMOPHONES.get(word);
  if (homophone !== undefined) return beside ? String(homophone) : null;
  const number = numberAt(words, at);
  const single = number !== null && !number.ordinal && number.end === at + 1 && number.value < 10;
  return single && /^[a-z]+$/.test(word) ? String(number.value) : null;
}

function longest(runs: readonly DigitRun[]): DigitRun | undefined {
  return runs.toSorted((a, b) => b.digits.length - a.digits.length)[0];
}
