// Reads numbers out of words: "twenty five", "25", "the third", "a hundred and two".
import { wordAt } from './words.ts';

const UNITS = indexOf(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
  0,
  1,
);
const TENS = indexOf('twenty thirty forty fifty sixty seventy eighty ninety', 20, 10);
const ORDINALS = indexOf(
  'zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth',
  0,
  1,
);
ORDINALS.set('thirtieth', 30);

/** What a speech model may write for a digit that it heard on its own. */
export const HOMOPHONES: ReadonlyMap<string, number> = new Map([
  ['to', 2],
  ['too', 2],
  ['for', 4],
  ['fore', 4],
  ['won', 1],
  ['ate', 8],
  ['tree', 3],
  ['free', 3],
  ['fife', 5],
  ['sex', 6],
  ['nein', 9],
  ['niner', 9],
]);

export interface NumberHit {
  readonly value: number;
  /** Index of the first word, and of the first word behind it. */
  readonly start: number;
  readonly end: number;
  readonly ordinal: boolean;
}

/** The number that begins at a word, the longest that makes sense ("one hundred and five"), or null. */
export function numberAt(words: readonly string[], start: number): NumberHit | null {
  const word = wordAt(words, start);
  const written = /^(\d+(?:\.\d+)?)(st|nd|rd|th)?$/.exec(word);
  if (written) return { value: Number(written[1]), start, end: start + 1, ordinal: written[2] !== undefined };
  const below = belowHundred(words, start) ?? (word === 'a' ? hundredOf(1, words, start + 1, start) : null);
  if (below === null || below.ordinal) return below;
  return hundredOf(below.value, words, below.end, start) ?? below;
}

/** Every number of the words, from left to right. */
export function numbersIn(words: readonly string[]): NumberHit[] {
  const hits: NumberHit[] = [];
  for (let at = 0; at < words.length;) {
    const hit = numberAt(words, at);
    if (hit !== null) hits.push(hit);
    at = hit?.end ?? at + 1;
  }
  return hits;
}

function belowHundred(words: readonly string[], start: number): NumberHit | null {
  const word = wordAt(words, start);
  const unit = UNITS.get(word);
  if (unit !== undefined) return { value: unit, start, end: start + 1, ordinal: false };
  const ordinal = ORDINALS.get(word);
  if (ordinal !== undefined) return { value: ordinal, start, end: start + 1, ordinal: true };
  const ten = TENS.get(word);
  if (ten === undefined) return null;
  const next = wordAt(words, start + 1);
  const more = UNITS.get(next) ?? 0;
  if (more > 0 && more < 10) return { value: ten + more, start, end: start + 2, ordinal: false };
  const last = ORDINALS.get(next) ?? 0;
  if (last > 0 && last < 10) return { value: ten + last, start, end: start + 2, ordinal: true };
  return { value: ten, start, end: start + 1, ordinal: false };
}

function hundredOf(head: number, words: readonly string[], at: number, start: number): NumberHit | null {
  const scale = words[at] === 'hundred' ? 100 : words[at] === 'thousand' ? 1000 : null;
  if (scale === null) return null;
  const rest = numberAt(words, words[at + 1] === 'and' ? at + 2 : at + 1);
  if (rest === null || rest.value >= scale)
    return { value: head * scale, start, end: at + 1, ordinal: false };
  return { value: head * scale + rest.value, start, end: rest.end, ordinal: rest.ordinal };
}

function indexOf(names: string, first: number, by: number): Map<string, number> {
  return new Map(names.split(' ').map((name, index) => [name, first + index * by]));
}
