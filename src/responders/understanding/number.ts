// Understands a number that was asked for: "5", "twenty five", "a couple", and "for" where a four was meant.
import { spokenNumber } from '../../dialogue/spoken.ts';
import { HOMOPHONES, numbersIn, type NumberHit } from './number-words.ts';
import type { Reading } from './reading.ts';
import { takesBack, wordAt, wordsOf } from './words.ts';

/** "Out of five" and "from one to five" name the scale, not the answer. */
const SCALE = /\b(?:out of|(?:on a )?scale (?:of|from)|between|from) (?:\w+ (?:to|and) )?\w+\b/;
const QUANTITIES: ReadonlyMap<string, number> = new Map([
  ['a couple', 2],
  ['a pair', 2],
  ['half a dozen', 6],
  ['a dozen', 12],
  ['once', 1],
  ['twice', 2],
  ['none', 0],
  ['nothing', 0],
  ['not at all', 0],
]);
/** What may stand around a lone homophone without making it a preposition again. */
const AROUND: ReadonlySet<string> = new Set(
  "um uh well i'd i would say give it a an is it's its number maybe about think i'll go with please oh the rate just".split(
    ' ',
  ),
);

export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

/** Whole numbers from `min` to `max`; others are refused with a reason. */
export function readNumber(text: string, range: NumberRange): Reading {
  const words = wordsOf(text);
  const value = numberOf(words);
  return value === null ? null : numberReading(value, range);
}

export function numberReading(value: number, range: NumberRange): Reading {
  if (!Number.isInteger(value)) return { refused: 'Please say a whole number.' };
  if (value < range.min || value > range.max) {
    const { min, max } = range;
    return { refused: `Please say a number from ${spokenNumber(min)} to ${spokenNumber(max)}.` };
  }
  return { value: { kind: 'number', plain: String(value), spoken: spokenNumber(value) } };
}

function numberOf(words: readonly string[]): number | null {
  const line = words.join(' ');
  const withoutScale = line.replace(SCALE, ' ').split(' ').filter(Boolean);
  const hits = numbersIn(withoutScale).filter((hit) => !isPronoun(withoutScale, hit));
  const hit = takesBack(withoutScale) ? hits.at(-1) : hits[0];
  if (hit !== undefined) return fraction(withoutScale, hit) ?? signed(withoutScale, hit);
  for (const [name, value] of QUANTITIES) if (new RegExp(`\\b${name}\\b`).test(line)) return value;
  return homophoneOf(words) ?? numbersIn(words)[0]?.value ?? null;
}

/** "This one", "no one" and "the one" are no numbers where another one was said. */
function isPronoun(words: readonly string[], hit: NumberHit): boolean {
  if (words[hit.start] !== 'one') return false;
  return /^(?:this|that|which|each|every|no|another|other)$/.test(wordAt(words, hit.start - 1));
}

/** "Four and a half", "four point five". */
function fraction(words: readonly string[], hit: NumberHit): number | null {
  const after = words.slice(hit.end, hit.end + 3).join(' ');
  return after.startsWith('and a half') || /^point \w+/.test(after) ? hit.value + 0.5 : null;
}

function signed(words: readonly string[], hit: NumberHit): number {
  return /^(?:minus|negative)$/.test(wordAt(words, hit.start - 1)) ? -hit.value : hit.value;
}

function homophoneOf(words: readonly string[]): number | null {
  const found = words.filter((word) => HOMOPHONES.has(word));
  const rest = words.filter((word) => !HOMOPHONES.has(word) && !AROUND.has(word));
  return found.length === 1 && rest.length === 0 ? (HOMOPHONES.get(found[0] ?? '') ?? null) : null;
}
