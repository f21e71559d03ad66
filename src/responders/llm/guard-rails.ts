// What a model may not say: its own instructions, and what is not talked about. Looked at clause by clause, before it is heard.
import type { ModelFile } from './model-schema.ts';

/** So many words in a row of the instructions are a repetition, not a coincidence. */
const SHINGLE_WORDS = 8;

const WITHHELD = 'I am sorry, I cannot talk about that. What else can I do for you?';

/** A new one for each reply: a repetition may be spread over clauses. */
export interface ReplyGuard {
  /** What is said instead of this clause, and of the rest of its reply; null where nothing speaks against it. */
  insteadOfSaying(clause: string): string | null;
}

export interface Rails {
  /** What is said instead of answering these words of the caller; null where nothing speaks against it. */
  insteadOfAnswering(heard: string): string | null;
  forReply(): ReplyGuard;
}

/** Words in quotes in the instructions are meant to be said. */
export function railsOf({ instructions, banned }: Pick<ModelFile, 'instructions' | 'banned'>): Rails {
  const secret = shinglesOf(instructions.replace(/"[^"]*"|\u201c[^\u201d]*\u201d/g, ' \u0000 '));
  const topics = Object.values(banned).map(({ wordings, say }) => ({
    patterns: wordings.map((wording) => ` ${wordsOf(wording).join(' ')} `),
    say,
  }));
  const topicIn = (text: string): string | null => {
    const words = ` ${wordsOf(text).join(' ')} `;
    return topics.find(({ patterns }) => patterns.some((pattern) => words.includes(pattern)))?.say ?? null;
  };
  return {
    insteadOfAnswering: topicIn,
    forReply: () => {
      let before: readonly string[] = [];
      return {
        insteadOfSaying: (clause) => {
          const words = [...before, ...wordsOf(clause)];
          before = words.slice(1 - SHINGLE_WORDS);
          const leaks = rowsOf(words).some((row) => secret.has(row));
          return leaks ? WITHHELD : topicIn(clause);
        },
      };
    },
  };
}

function shinglesOf(text: string): ReadonlySet<string> {
  return new Set(text.split('\u0000').flatMap((part) => rowsOf(wordsOf(part))));
}

const rowsOf = (words: readonly string[]): readonly string[] =>
  Array.from({ length: Math.max(0, words.length - SHINGLE_WORDS + 1) }, (_, index) =>
    words.slice(index, index + SHINGLE_WORDS).join(' '),
  );

const wordsOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .replace(/['\u2019]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
