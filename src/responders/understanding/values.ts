// Reads the value that a question asks for: one reader for each kind of answer.
import type { Answer } from '../../dialogue/flow.ts';
import { readDate } from './date.ts';
import { readFreeText } from './free-text.ts';
import { readName } from './name.ts';
import { readNumber } from './number.ts';
import { readPhoneNumber } from './phone-number.ts';
import type { Circumstances, Manner, Reading } from './reading.ts';
import { readTime } from './time.ts';

export type ValueAnswer = Extract<
  Answer,
  { kind: 'number' | 'date' | 'time' | 'phone-number' | 'name' | 'free-text' }
>;

/** Null when no value of the kind was said. `passing` matters to days and times only. */
export function readValue(
  text: string,
  answer: ValueAnswer,
  at: Circumstances,
  manner: Manner = 'asked',
): Reading {
  switch (answer.kind) {
    case 'number':
      return readNumber(text, answer);
    case 'date':
      return readDate(text, answer, at, manner);
    case 'time':
      return readTime(text, answer, manner);
    case 'phone-number':
      return readPhoneNumber(text, { minDigits: answer.minDigits, country: at.country });
    case 'name':
      return readName(text);
    case 'free-text':
      return readFreeText(text);
  }
}
