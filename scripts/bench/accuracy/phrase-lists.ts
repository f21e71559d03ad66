// The lists of expected phrases that short answers are measured with.
import { normalized } from '../../../src/inference/expected.ts';
import type { Clip } from './recordings.ts';

/** By what they mean, as a question of the scripted agents expects them. */
const MEANINGS: ReadonlyMap<string, 'yes' | 'no'> = new Map([
  ...['yes', 'yeah', 'yep', 'sure', 'correct', 'okay', 'yes please'].map((words) => [words, 'yes'] as const),
  ...['no', 'nope', 'no thanks', 'wrong'].map((words) => [words, 'no'] as const),
]);

export const YES_NO: readonly string[] = [...MEANINGS.keys()];
export const DIGITS: readonly string[] = 'zero one two three four five six seven eight nine'.split(' ');
/** For the cost of having phrases scored. */
export const EIGHT_PHRASES: readonly string[] = [
  'yes',
  'yeah',
  'sure',
  'okay',
  'no',
  'nope',
  'wrong',
  'correct',
];

/** Every word that is said alone in the set. */
export function wordsOf(clips: readonly Clip[]): string[] {
  const words = clips.filter(({ kind }) => kind === 'word').map(({ transcript }) => normalized(transcript));
  return [...new Set(words)].sort();
}

/** "Yeah" for "Yes" is right, "nope" for "Yes" is not. */
export function meaningOf(words: string): string {
  return MEANINGS.get(normalized(words)) ?? normalized(words);
}
