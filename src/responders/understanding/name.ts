// Understands a person's name: "my name is Violet King", "this is John", "Smith", "V-I-O-L-E-T".
import nlp from 'compromise';
import { editDistance } from '../../dialogue/edit-distance.ts';
import type { Reading } from './reading.ts';

const LEAD =
  /\b(?:(?:my|the|his|her|our) (?:first |last |full )?(?:name is|name's|name)|name is|this is|i am|i'm|it is|it's|call me|they call me|under(?: the name(?: of)?)?|that is|that's|that would be|speaking is)\s+/gi;
/** The name is over where one of these begins. */
const BEHIND =
  /\s*(?:[.,;!?]|\b(?:and|calling|from|speaking|here|with|about|but|because|who|i|please|thanks|thank|again|spelled)\b).*$/i;
const SPELLED = /(?<![\p{L}\p{N}'])(?:\p{L}[-.\s,]+){2,}\p{L}\b\.?/giu;
const NO_NAME: ReadonlySet<string> = new Set(
  "i you he she we they it yes yeah yep no nope not the a an my your want need would could can do does did is are was am what who why how when where which appointment message calling call name number time day please thanks thank hello hi hey goodbye bye okay ok sure well um uh maybe to for about of with just like that this there here dont don't know sorry wrong right correct doctor help car".split(
    ' ',
  ),
);
const MAX_WORDS = 4;
const FILLER = /\b(?:um+|uh+|er|hmm|well|so|oh|yes|yeah|okay|ok|sure|hi|hello|hey|please)\b[,.]?\s*/gi;

/** The name in capitals as names are written. Spelled letters win over what was heard as a word. */
export function readName(text: string): Reading {
  const letters = spelledIn(text);
  const sentence = text
    .replace(SPELLED, ' ')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(FILLER, '');
  const name = ledName(sentence) ?? shortName(sentence) ?? personIn(sentence);
  if (letters === null) return name === null ? null : valueOf(name);
  return valueOf(name === null ? [letters] : withSpelling(name, letters));
}

/** A name that says so by itself: "my name is …". For sentences that may be about something else. */
export function readLedName(text: string): Reading {
  const name = /\bname(?:'s| is)\b/i.test(text) ? ledName(text) : null;
  return name === null ? null : valueOf(name);
}

function ledName(sentence: string): string[] | null {
  const leads = [...sentence.matchAll(LEAD)];
  for (const lead of leads.toReversed()) {
    const rest = sentence.slice(lead.index + lead[0].length).replace(BEHIND, '');
    const words = nameWords(rest);
    if (words !== null) return words;
  }
  return null;
}

function shortName(sentence: string): string[] | null {
  if (sentence.trim().split(/\s+/).length > MAX_WORDS) return null;
  return nameWords(sentence.replace(BEHIND, ''));
}

function personIn(sentence: string): string[] | null {
  const people = nlp(sentence).people().out('array') as string[];
  return people.length === 0 ? null : nameWords(people[0] ?? '');
}

function nameWords(text: string): string[] | null {
  const words = text
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, ''))
    .filter(Boolean);
  const fits =
    words.length > 0 && words.length <= MAX_WORDS && words.every((word) => /^[\p{L}'-]+$/u.test(word));
  return fits && words.every((word) => !NO_NAME.has(word.toLowerCase())) ? words : null;
}

function spelledIn(text: string): string | null {
  const found = [...text.matchAll(SPELLED)].at(-1)?.[0].replace(/[^\p{L}]/gu, '');
  return found === undefined || found.length < 2 ? null : found;
}

/** The spelling replaces the word that it resembles: "Catherine, K-A-T-H-R-Y-N". */
function withSpelling(name: readonly string[], letters: string): string[] {
  const distances = name.map((word) => editDistance(word.toLowerCase(), letters.toLowerCase()));
  const nearest = Math.min(...distances);
  if (nearest > Math.max(2, Math.ceil(letters.length / 2))) return [...name];
  return name.map((word, index) => (index === distances.indexOf(nearest) ? letters : word));
}

function valueOf(words: readonly string[]): Reading {
  const name = words.map(capitalized).join(' ');
  return { value: { kind: 'name', plain: name, spoken: name } };
}

/** "SMITH" and "smith" become "Smith"; "McDonald" and "O'Brien" stay. */
function capitalized(word: string): string {
  const mixed = word !== word.toLowerCase() && word !== word.toUpperCase();
  if (mixed) return word.charAt(0).toUpperCase() + word.slice(1);
  return word
    .toLowerCase()
    .replace(/(^|['-])(\p{L})/gu, (_all, before: string, first: string) => before + first.toUpperCase());
}
