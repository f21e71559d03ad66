// The reasons for which a question refuses answers: what is said then is known before anybody calls.
import { askingStepOf, type Flow, type Step } from '../../dialogue/flow.ts';
import type { Circumstances } from './reading.ts';
import { readValue, type ValueAnswer } from './values.ts';

/** Answers that are refused for each reason there is, wherever the question's limits lie. */
const REFUSED: Readonly<Record<ValueAnswer['kind'], readonly string[]>> = {
  number: ['minus two million', 'two million', 'two and a half'],
  date: ['yesterday', 'sometime', 'January first 2199'],
  time: ['three a.m.', 'eleven p.m.', 'noon', 'five p.m.'],
  'phone-number': ['one two three', '1'.repeat(40)],
  name: [],
  'free-text': [],
};

/** Of the step's own question, and of those whose answers it corrects. */
export function refusalsAt(flow: Flow, step: Step, at: Circumstances): readonly string[] {
  const asked = [step, ...step.corrects.map((slot) => askingStepOf(flow, slot))];
  return [...new Set(asked.flatMap((asking) => (asking === null ? [] : refusalsOf(asking, at))))];
}

function refusalsOf({ answer }: Step, at: Circumstances): readonly string[] {
  if (!(answer.kind in REFUSED)) return [];
  const value = answer as ValueAnswer;
  return REFUSED[value.kind].flatMap((text) => {
    const reading = readValue(text, value, at);
    return reading !== null && 'refused' in reading ? [reading.refused] : [];
  });
}
