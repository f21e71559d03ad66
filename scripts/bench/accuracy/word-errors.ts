// Counts what was put in, left out and mistaken in a transcript, word by word.
import { normalizeWords } from '../../../src/simulator/word-error-rate.ts';

export interface WordCounts {
  /** Of the reference. */
  readonly words: number;
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
}

export const NO_WORDS: WordCounts = { words: 0, substitutions: 0, deletions: 0, insertions: 0 };

/** Of the alignments with the fewest errors one that pairs as many words as it can. */
export function countWordErrors(reference: string, heard: string): WordCounts {
  const expected = normalizeWords(reference);
  const found = normalizeWords(heard);
  let row = found.reduce<WordCounts[]>((cells) => [...cells, inserted(cells.at(-1)!)], [NO_WORDS]);
  for (const word of expected) {
    const next = [deleted(row[0]!)];
    found.forEach((other, column) => {
      const before = row[column]!;
      const paired = word === other ? before : { ...before, substitutions: before.substitutions + 1 };
      next.push(fewest([paired, deleted(row[column + 1]!), inserted(next[column]!)]));
    });
    row = next;
  }
  return { ...row.at(-1)!, words: expected.length };
}

export function addCounts(left: WordCounts, right: WordCounts): WordCounts {
  return {
    words: left.words + right.words,
    substitutions: left.substitutions + right.substitutions,
    deletions: left.deletions + right.deletions,
    insertions: left.insertions + right.insertions,
  };
}

export function errorsOf({ substitutions, deletions, insertions }: WordCounts): number {
  return substitutions + deletions + insertions;
}

const deleted = (counts: WordCounts): WordCounts => ({ ...counts, deletions: counts.deletions + 1 });
const inserted = (counts: WordCounts): WordCounts => ({ ...counts, insertions: counts.insertions + 1 });

/** The first of the best. */
function fewest(options: readonly WordCounts[]): WordCounts {
  return options.reduce((best, other) => (errorsOf(other) < errorsOf(best) ? other : best));
}
