// Word error rate of a transcript against its reference, after both are written the same way.
import { ORDINALS, TENS, TENTHS, UNITS } from './number-words.ts';

export interface WordErrors {
  /** Insertions, deletions and substitutions. */
  readonly errors: number;
  /** Words of the reference. */
  readonly words: number;
}

/** A word that stands for a number, tens kept apart because a unit may follow them. */
const NUMBERS: ReadonlyMap<string, number> = new Map<string, number>([
  ...[...UNITS, 'oh'].map((word, value): [string, number] => [word, word === 'oh' ? 0 : value]),
  ...ORDINALS.map((word, value): [string, number] => [word, value]),
  ...TENS.map((word, index): [string, number] => [word, (index + 2) * 10]),
  ...TENTHS.map((word, index): [string, number] => [word, (index + 2) * 10]),
]);

const SAME: Readonly<Record<string, string>> = {
  okay: 'ok',
  'o.k.': 'ok',
  mister: 'mr',
  doctor: 'dr',
  goodbye: 'good bye',
};

/**
 * Lower case without punctuation; numbers as digits ("twenty three", "23" and "23rd" are the same; "555" and "five five
 * five" too); a few words with two spellings in one.
 */
export function normalizeWords(text: string): readonly string[] {
  const words = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\b([ap])\.\s?m\b\.?/g, '$1m')
    .replace(/\bto-(day|morrow|night)\b/g, 'to$1')
    .replace(/\bgood-?bye?\b/g, 'goodbye')
    .replace(/(\d)([ap]m)\b/g, '$1 $2')
    .replace(/(\d),(?=\d{3}\b)/g, '$1')
    .replace(/(\d)(?:st|nd|rd|th)\b/g, '$1')
    .replace(/'/g, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => (SAME[word] ?? word).split(' '));
  return joinNumbers(words);
}

function joinNumbers(words: readonly string[]): readonly string[] {
  const out: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const value = NUMBERS.get(word);
    if (value === undefined) {
      out.push(...(/^\d{3,}$/.test(word) ? Array.from(word) : [word]));
      continue;
    }
    const next = NUMBERS.get(words[index + 1] ?? '') ?? 0;
    const joins = TENS.includes(word) && next > 0 && next < 10;
    out.push(String(joins ? value + next : value));
    if (joins) index += 1;
  }
  return out;
}

export function wordErrors(reference: string, heard: string): WordErrors {
  const expected = normalizeWords(reference);
  return { errors: editDistance(expected, normalizeWords(heard)), words: expected.length };
}

/** Levenshtein distance over words. */
export function editDistance(left: readonly string[], right: readonly string[]): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  left.forEach((word, index) => {
    const next = [index + 1];
    right.forEach((other, column) => {
      const substituted = (row[column] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(substituted, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    });
    row = next;
  });
  return row.at(-1) ?? 0;
}

/** Errors by words over all pairs, as word error rates are reported; null when there is no reference word. */
export function wordErrorRate(pairs: readonly WordErrors[]): number | null {
  const words = pairs.reduce((sum, pair) => sum + pair.words, 0);
  const errors = pairs.reduce((sum, pair) => sum + pair.errors, 0);
  return words === 0 ? null : errors / words;
}
