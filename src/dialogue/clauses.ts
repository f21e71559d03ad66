// Cuts text into the pieces that are spoken one by one: a short first clause, then whole sentences.

/** A clause is never longer than this; a longer sentence is split at a space. The synthesizer's limit. */
export const MAX_CLAUSE_CHARS = 1000;
/** Fewer words than this before a comma are too little audio to hide the making of the next clause. */
const MIN_FIRST_WORDS = 3;
/** A sentence of one word ("Sure.") is spoken together with the next one. */
const MIN_SENTENCE_WORDS = 2;

/** Written with a full stop that does not end a sentence. */
const ABBREVIATION =
  /(?:^|[\s("'])(?:mr|mrs|ms|dr|prof|st|mt|no|vs|etc|e\.g|i\.e|approx|ext|dept|inc|ltd|jr|sr|[a-z])\.$/i;
const DAY_HALF = /\b[ap]\.\s?m\.$/i;
const DATE_WORD =
  /^(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|^(?:january|february|march|april|may|june|july|august|september|october|november|december)\b/i;
const WEEKDAY_END = /\b(?:mon|tues|wednes|thurs|fri|satur|sun)day$/i;
const NUMBER_WORD =
  'zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|\\d[\\d.:-]*';
const NUMBER_END = new RegExp(`\\b(?:${NUMBER_WORD}|\\w+(?:st|nd|rd|th))$`, 'i');
const NUMBER_START = new RegExp(`^(?:${NUMBER_WORD})\\b`, 'i');

/** Takes text as it is written by a model, in pieces of any size, and gives clauses back as soon as they are known. */
export interface ClauseChunker {
  /** Returns the clauses that this piece completed, mostly none. */
  push(delta: string): string[];
  /** The text has stopped coming: returns the words so far if nothing was said before them and they are enough to go alone. */
  pause(): string[];
  /** Returns what is left; afterwards the chunker begins anew. */
  end(): string[];
}

/** Only the first clause of a reply is cut short. */
export type ClausePlace = 'reply-start' | 'within-reply';

export function createClauseChunker(place: ClausePlace = 'reply-start'): ClauseChunker {
  let text = '';
  let first = place === 'reply-start';

  function take(final: boolean): string[] {
    const clauses: string[] = [];
    for (;;) {
      const cut = nextCut(text, first, final);
      if (cut === null) return clauses;
      const clause = text.slice(0, cut).trim().replace(/\s+/g, ' ');
      text = text.slice(cut).trimStart();
      if (!/[\p{L}\p{N}]/u.test(clause)) continue;
      clauses.push(clause);
      first = false;
    }
  }

  return {
    push(delta) {
      text = (text + delta).trimStart();
      return take(false);
    },
    pause() {
      const cut = text.search(/\s\S*$/);
      const clause = text.slice(0, Math.max(0, cut)).trim().replace(/\s+/g, ' ');
      if (!first || words(clause) < MIN_FIRST_WORDS || clause.length > MAX_CLAUSE_CHARS) return [];
      text = text.slice(cut).trimStart();
      first = false;
      return [clause];
    },
    end() {
      const clauses = take(true);
      text = '';
      first = place === 'reply-start';
      return clauses;
    },
  };
}

/** The clauses of a whole text; the same as pushing it in any pieces. */
export function clausesOf(text: string, place: ClausePlace = 'reply-start'): string[] {
  const chunker = createClauseChunker(place);
  return [...chunker.push(text), ...chunker.end()];
}

/** Where the next clause ends, or null when that cannot be told before more text has come. */
function nextCut(text: string, first: boolean, final: boolean): number | null {
  if (text === '') return null;
  for (const at of marksOf(text)) {
    const end = endOfMarks(text, at);
    const next = text.slice(end).trimStart();
    // A decision needs the word behind the mark whole, for it may go on ("4 p.m. on Fri|day").
    if (!final && !/^\S+\s/.test(next)) return text.length > 2 * MAX_CLAUSE_CHARS ? hardCut(text) : null;
    if (end > MAX_CLAUSE_CHARS || next === '' || !/\s/.test(text.charAt(end))) continue;
    if (isCut(text.slice(0, at + 1), text.charAt(at), next, first)) return end;
  }
  if (text.length > MAX_CLAUSE_CHARS) return hardCut(text);
  return final ? text.length : null;
}

/** The places of the punctuation at which a clause of legal length may end. */
function marksOf(text: string): number[] {
  return Array.from(text.slice(0, MAX_CLAUSE_CHARS).matchAll(/[.!?,;:\u2014]/g), (match) => match.index);
}

function isCut(before: string, mark: string, next: string, first: boolean): boolean {
  if ('.!?'.includes(mark)) {
    return words(before) >= MIN_SENTENCE_WORDS && (mark !== '.' || endsSentence(before, next));
  }
  return first && words(before) >= MIN_FIRST_WORDS && isPause(before.slice(0, -1), next);
}

function endsSentence(before: string, next: string): boolean {
  if (/^[a-z]/.test(next)) return false;
  if (DAY_HALF.test(before)) return !DATE_WORD.test(next) && !/^\d/.test(next);
  if (ABBREVIATION.test(before)) return /\bno\.$/i.test(before) && !/^\d/.test(next);
  // "No. 5" and "3. 30" stay whole; "in 2017. 30 of them" is rare on the telephone.
  return !(/\d\.$/.test(before) && /^\d/.test(next));
}

/** A comma inside a date or between the groups of a number is no place to breathe. */
function isPause(before: string, next: string): boolean {
  if (WEEKDAY_END.test(before) && DATE_WORD.test(next)) return false;
  return !(NUMBER_END.test(before) && NUMBER_START.test(next));
}

function endOfMarks(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && '.!?"\')]\u201d\u2019'.includes(text.charAt(end))) end += 1;
  return end;
}

function hardCut(text: string): number {
  const space = text.lastIndexOf(' ', MAX_CLAUSE_CHARS);
  return space > 0 ? space : MAX_CLAUSE_CHARS;
}

function words(text: string): number {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
