// Finds which of several wordings a caller used, forgiving the small slips of speech recognition.
import { editDistance } from '../../dialogue/edit-distance.ts';
import { wordsOf } from './words.ts';

export interface Wordings {
  readonly name: string;
  readonly wordings: readonly string[];
}

export interface PhraseMatch {
  readonly name: string;
  readonly wording: string;
  /** Share of what was said, without small words, that the wording covers; 1: nothing else was said. */
  readonly coverage: number;
}

/** Small words are heard badly and mean little; they count neither in wordings nor in answers. */
const SMALL: ReadonlySet<string> = new Set(
  "a an the to of my me i i'd i'm you your please um uh well so and is it it's that's would like want could can we for on in at oh just yes yeah hi hello".split(
    ' ',
  ),
);
/** Written one for the other, as they sound the same. */
const SOUND_ALIKE: readonly (readonly string[])[] = [
  ['hours', 'ours', 'hour', 'our', 'hrs'],
  ['buy', 'by', 'bye', 'bi'],
  ['goodbye', 'goodby'],
  ['book', 'books', 'booked', 'booking', 'booker'],
  ['message', 'messages', 'massage'],
  ['appointment', 'appointments'],
  ['cancel', 'council', 'cancels', 'canceled', 'cancelled'],
  ['repeat', 'repeats', 'repeated'],
  ['move', 'moved', 'moving'],
  ['calling', 'call', 'calls'],
];
/** In a wording of several words, one letter of a word of four may be wrong, two of one of seven. */
const FORGIVEN = (length: number): number => (length >= 7 ? 2 : length >= 4 ? 1 : 0);

/** The option whose wording covers most of what was said; the first one of equals. Null when none was used. */
export function matchPhrase(text: string, options: readonly Wordings[]): PhraseMatch | null {
  const said = significant(joined(text));
  let best: (PhraseMatch & { readonly score: number }) | null = null;
  for (const { name, wordings } of options) {
    for (const wording of wordings) {
      const wanted = significant(joined(wording));
      const score = scoreOf(said, wanted);
      if (score === 0 || (best !== null && score <= best.score)) continue;
      best = { name, wording, score, coverage: Math.min(1, wanted.length / said.length) };
    }
  }
  return best === null ? null : { name: best.name, wording: best.wording, coverage: best.coverage };
}

/** Letters matched, exact words counting a little more; 0 when a word of the wording is missing. */
function scoreOf(said: readonly string[], wanted: readonly string[]): number {
  if (wanted.length === 0) return 0;
  let best = 0;
  for (let start = 0; start < said.length; start += 1) {
    let at = start;
    let score = 0;
    for (const word of wanted) {
      // One strange word may stand between two words of the wording.
      const step = likeness(said[at], word, wanted.length) > 0 || at === start ? 0 : 1;
      const like = likeness(said[at + step], word, wanted.length);
      if (like === 0) {
        score = 0;
        break;
      }
      score += like;
      at += step + 1;
    }
    best = Math.max(best, score);
  }
  return best;
}

function likeness(said: string | undefined, word: string, wordingLength: number): number {
  if (said === undefined) return 0;
  if (said === word) return word.length + 1;
  if (SOUND_ALIKE.some((group) => group.includes(said) && group.includes(word))) return word.length;
  if (wordingLength < 2 && word.length < 7) return 0;
  const allowed = wordingLength < 2 ? 1 : FORGIVEN(Math.min(said.length, word.length));
  const distance = editDistance(said, word);
  return distance <= allowed ? Math.max(1, word.length - distance) : 0;
}

/** "Good bye" and "good-bye" are one word. */
function joined(text: string): string[] {
  return wordsOf(text)
    .join(' ')
    .replace(/\bgood bye?\b|\bgood by\b/g, 'goodbye')
    .split(' ')
    .filter(Boolean);
}

/** Without small words, unless nothing would be left. */
function significant(words: readonly string[]): readonly string[] {
  const rest = words.filter((word) => !SMALL.has(word));
  return rest.length > 0 ? rest : words;
}
