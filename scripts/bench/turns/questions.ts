// What a caller was asked before a turn, and how words fit it, as the conversation tells the turn machine.
import { normalized } from '../../../src/inference/expected.ts';
import type { AnswerFit } from '../../../src/ports/responder.ts';
import { YES_NO } from '../accuracy/phrase-lists.ts';
import { halfOf } from '../accuracy/recordings.ts';

export type Question =
  /** "How can I help you?": anything may come, so words say nothing of whether they are all. */
  | { readonly kind: 'free' }
  | { readonly kind: 'yes-no' }
  /** "Your number of five digits, please." */
  | { readonly kind: 'digits'; readonly count: number }
  /** "Your number, please.": its length is not known. */
  | { readonly kind: 'number' };

/** Of the digit sequences every other one, by its name, answers a question that knows how many digits there are. */
export function questionFor(name: string, group: string, transcript: string): Question {
  if (YES_NO.includes(transcript)) return { kind: 'yes-no' };
  if (group !== 'digit-sequence') return { kind: 'free' };
  if (halfOf(`length of ${name}`) === 'tuning') return { kind: 'number' };
  return { kind: 'digits', count: digitsIn(transcript) };
}

/** The phrases that speech to text is told to expect. */
export function phrasesFor(question: Question): readonly string[] {
  return question.kind === 'yes-no' ? YES_NO : [];
}

export function fitOf(question: Question, text: string): AnswerFit {
  switch (question.kind) {
    case 'free':
    case 'number':
      return 'unknown';
    case 'yes-no':
      return YES_NO.includes(normalized(text)) ? 'whole' : 'unknown';
    case 'digits': {
      const heard = digitsIn(text);
      if (heard === 0) return 'unknown';
      return heard < question.count ? 'part' : 'whole';
    }
  }
}

const DIGIT_WORDS = new Set(
  'zero oh o one two three four five six seven eight nine to too for won ate tree free'.split(' '),
);
const TWO_DIGITS =
  /^(ten|eleven|twelve|(thir|four|fif|six|seven|eigh|nine)teen|(twen|thir|for|fif|six|seven|eigh|nine)ty)$/;

/** How many digits are said, in words or figures. */
export function digitsIn(text: string): number {
  return normalized(text)
    .split(' ')
    .reduce((sum, word) => {
      if (/^\d+$/.test(word)) return sum + word.length;
      if (DIGIT_WORDS.has(word)) return sum + 1;
      return TWO_DIGITS.test(word) ? sum + 2 : sum;
    }, 0);
}
