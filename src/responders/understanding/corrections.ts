// Understands corrections at a confirmation: "no, make it four o'clock", "the number is wrong, it's 555 0123".
import {
  askingStepOf,
  type Flow,
  type SlotFill,
  type SlotValue,
  type Step,
  type Understood,
} from '../../dialogue/flow.ts';
import { numbersIn } from './number-words.ts';
import { digitRunsIn } from './phone-number.ts';
import type { Circumstances, Reading } from './reading.ts';
import { readLedName } from './name.ts';
import { readValue } from './values.ts';
import { takesBack, wordsOf } from './words.ts';
import { readYesNo } from './yes-no.ts';

/** How a slot is named, by what it holds. */
const NAMES: Readonly<Partial<Record<Step['answer']['kind'], RegExp>>> = {
  date: /\b(?:date|day)\b/,
  time: /\b(?:time|hour)\b/,
  'phone-number': /\b(?:number|phone|telephone|digits)\b/,
  name: /\bnames?\b/,
  'free-text': /\b(?:message|text)\b/,
};
const COMPLAINT =
  /\b(?:wrong|change|different|another|incorrect|not right|isn't right|not correct|mistake|other|fix|update|new)\b/;
const NUMBER_DIGITS = 7;

/**
 * What the caller wants changed, or null. Values that agree with what is known ("yes, Thursday") change nothing.
 * @param slots what is known now.
 */
export function readCorrections(
  text: string,
  step: Step,
  flow: Flow,
  context: { readonly slots: Readonly<Record<string, SlotValue>>; readonly at: Circumstances },
): Understood | null {
  const fills: SlotFill[] = [];
  const repeated: SlotFill[] = [];
  for (const slot of step.corrects) {
    const asking = askingStepOf(flow, slot);
    const reading = asking === null ? null : readPassing(text, asking, context.at);
    if (reading === null) continue;
    if ('refused' in reading) return { kind: 'refused', reason: reading.refused };
    const known = context.slots[slot];
    const agrees = reading.value.plain === known?.plain || isSameWeekday(text, reading.value, known);
    (agrees ? repeated : fills).push({ slot, value: reading.value });
  }
  if (fills.length > 0) return { kind: 'corrections', fills };
  // "No, on Thursday", when Thursday is what we have: the confirmation is said once more.
  if (repeated.length > 0 && readYesNo(text) === 'no') return { kind: 'corrections', fills: repeated };
  return namedWrong(text, step, flow);
}

/** "Yes, Thursday", when what we have is a Thursday further ahead. */
function isSameWeekday(text: string, value: SlotValue, known: SlotValue | undefined): boolean {
  if (value.kind !== 'date' || known?.kind !== 'date' || readYesNo(text) !== 'yes') return false;
  const words = wordsOf(text);
  const more =
    numbersIn(words).some((hit) => hit.ordinal) || words.some((word) => /^(?:next|this|weeks?)$/.test(word));
  return !more && value.spoken.split(',')[0] === known.spoken.split(',')[0];
}

/** Other slots that an answer fills along the way. A value that will not do is left for its own question. */
export function readAlso(text: string, step: Step, flow: Flow, at: Circumstances): SlotFill[] {
  return step.also.flatMap((slot) => {
    const asking = askingStepOf(flow, slot);
    const reading = asking === null ? null : readPassing(text, asking, at);
    return reading !== null && 'value' in reading ? [{ slot, value: reading.value }] : [];
  });
}

/** Reads one kind of value out of a sentence that may hold others; each reader sees only what can be its own. */
function readPassing(text: string, asking: Step, at: Circumstances): Reading {
  const { answer } = asking;
  if (answer.kind === 'name') return readLedName(text);
  const words = wordsOf(text);
  const numbers = digitRunsIn(words).filter((run) => run.digits.length >= NUMBER_DIGITS);
  if (answer.kind === 'phone-number') return numbers.length === 0 ? null : readValue(text, answer, at);
  if (answer.kind !== 'date' && answer.kind !== 'time') return null;
  const rest = words.filter((_word, index) => !numbers.some((run) => index >= run.start && index < run.end));
  return readValue(rest.join(' '), answer, at, 'passing');
}

/** "The time is wrong", "no, the number": the slot alone. */
function namedWrong(text: string, step: Step, flow: Flow): Understood | null {
  const words = wordsOf(text);
  const line = words.join(' ');
  if (!COMPLAINT.test(line) && !(takesBack(words) && words.length <= 5)) return null;
  const slot = step.corrects.find((name) => {
    const kind = askingStepOf(flow, name)?.answer.kind;
    return kind !== undefined && NAMES[kind]?.test(line) === true;
  });
  return slot === undefined ? null : { kind: 'wrong', slot };
}
