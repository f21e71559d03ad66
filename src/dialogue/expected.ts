// The short answers that fit a question, for a speech model that hears isolated words badly unless it knows them.
import type { Expectation, Flow, Step } from './flow.ts';
import { spokenNumber } from './spoken.ts';

/** Each phrase is scored on the audio; two dozen cost a few milliseconds and still leave little room for confusion. */
export const MAX_EXPECTED = 24;
/** Longer wordings are recognized well without help. */
const MAX_WORDS = 2;
/** Above this many numbers, spoken numbers are left to plain recognition. */
const MAX_NUMBERS = 11;

const YES_NO = ['Yes.', 'No.', 'Yeah.', 'Yep.', 'Nope.', 'Sure.', 'Correct.', 'Okay.', 'No thanks.', 'Yes please.'];

export function expectationOf(flow: Flow, step: Step): Expectation {
  const phrases = new Set(answersOf(step));
  if (step.answer.kind !== 'end') {
    for (const phrase of flow.anywhere) for (const short of shortOf(phrase.wordings)) phrases.add(short);
  }
  return { kind: step.answer.kind, phrases: [...phrases].slice(0, MAX_EXPECTED) };
}

function answersOf(step: Step): string[] {
  const { answer } = step;
  if (answer.kind === 'yes-no') return YES_NO;
  if (answer.kind === 'phrases') return answer.options.flatMap((option) => shortOf(option.wordings));
  if (answer.kind === 'number' && answer.max - answer.min < MAX_NUMBERS) {
    return Array.from({ length: answer.max - answer.min + 1 }, (_, index) =>
      sentence(spokenNumber(answer.min + index)),
    );
  }
  return [];
}

function shortOf(wordings: readonly string[]): string[] {
  return wordings.filter((wording) => wording.split(/\s+/).length <= MAX_WORDS).map(sentence);
}

/** Speech models write sentences: "Yes." fits what they have learnt better than "yes". */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
