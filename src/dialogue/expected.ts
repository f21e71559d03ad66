// The short answers that fit a question, for a speech model that hears isolated words badly unless it knows them.
import type { Expectation, Flow, Step } from './flow.ts';
import { spokenNumber } from './spoken.ts';

/** Each phrase is scored on the audio; two dozen cost a few milliseconds and still leave little room for confusion. */
export const MAX_EXPECTED = 24;
/** Longer wordings are recognized well without help. */
const MAX_WORDS = 2;
/** Above this many numbers, spoken numbers are left to plain recognition. */
const MAX_NUMBERS = 11;

const YES_NO = [
  ['Yes.', 'Yeah.', 'Yep.', 'Sure.', 'Correct.', 'Okay.', 'Yes please.'],
  ['No.', 'Nope.', 'No thanks.', 'Wrong.'],
];

export function expectationOf(flow: Flow, step: Step): Expectation {
  const { kind } = step.answer;
  if (kind === 'end' || kind === 'none') return { kind, phrases: [] };
  const phrases = inTurns([...answersOf(step), ...flow.anywhere.map((phrase) => shortOf(phrase.wordings))]);
  return { kind, phrases: [...new Set(phrases)].slice(0, MAX_EXPECTED) };
}

/** One list for each thing that may be meant. */
function answersOf(step: Step): readonly (readonly string[])[] {
  const { answer } = step;
  if (answer.kind === 'yes-no') return YES_NO;
  if (answer.kind === 'phrases') return answer.options.map((option) => shortOf(option.wordings));
  if (answer.kind === 'number' && answer.max - answer.min < MAX_NUMBERS) {
    const count = answer.max - answer.min + 1;
    return Array.from({ length: count }, (_, index) => [sentence(spokenNumber(answer.min + index))]);
  }
  return [];
}

/** The first of each list, then the second of each, so that a cut leaves something of everything. */
function inTurns(lists: readonly (readonly string[])[]): string[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat();
}

function shortOf(wordings: readonly string[]): string[] {
  return wordings.filter((wording) => wording.split(/\s+/).length <= MAX_WORDS).map(sentence);
}

/** Speech models write sentences: "Yes." fits what they have learnt better than "yes". */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
