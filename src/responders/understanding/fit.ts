// Judges in the middle of an answer whether the words so far are a whole answer to the question, or the beginning of one.
import {
  askingStepOf,
  type Answer,
  type Flow,
  type FlowState,
  type Step,
  type Understood,
} from '../../dialogue/flow.ts';
import { endsOnComma, openEnd } from './open-end.ts';
import { digitRunsIn, endsInDigit, phoneLengthOf, type PhoneRules } from './phone-number.ts';
import type { Circumstances } from './reading.ts';
import { understand } from './understand.ts';
import { isOnlySounds, wordsOf } from './words.ts';

/** As AnswerFit. */
export type Fit = 'whole' | 'part' | 'possible' | 'unknown';

/** As many words as a short answer has; more are a sentence, whose end is heard rather than known. */
const SHORT_WORDS = 4;
/** Where answers are short. A name may be anything, and is understood as such. */
const SHORT_ANSWERS: ReadonlySet<Answer['kind']> = new Set([
  'yes-no',
  'phrases',
  'number',
  'date',
  'time',
  'phone-number',
]);
/** Longer than any short answer; a story is not read at every short silence in it. */
const MAX_WORDS = 40;
/** As the speech model writes it. */
const QUESTION = /\?["')\s]*$/;
/** Letters under way, "V, I, O": how many a name has is not known. */
const SPELLING = /(?:^| )(?:[a-z][. ])+[a-z]$/;

/**
 * How an answer fits what was asked, by what the step itself would make of it. A value that is refused is whole as well:
 * the caller has answered. Never throws.
 */
export function fitOf(text: string, flow: Flow, state: FlowState, at: Circumstances): Fit {
  const step = flow.steps.get(state.step);
  const words = wordsOf(text);
  if (step === undefined || words.length > MAX_WORDS) return 'unknown';
  const context = { understood: understand(text, flow, state, at), flow, at };
  const plain = plainFit(context.understood, step);
  if (isOnlySounds(text)) return plain;
  const isShort = words.length <= SHORT_WORDS && SHORT_ANSWERS.has(step.answer.kind);
  if (isShort && plain === 'whole' && endsOnComma(text)) return 'possible';
  const fit = sentenceFit(text, step, { words, plain, context });
  return isShort && fit === null && plain === 'unknown' ? 'possible' : (fit ?? plain);
}

/** What the last words say of the end; null where they say nothing. */
function sentenceFit(
  text: string,
  step: Step,
  { words, plain, context }: { words: readonly string[]; plain: Fit; context: DigitsContext },
): Fit | null {
  const { understood, flow } = context;
  const known = knownEnds(flow, step);
  const open = openEnd(text, words, { kinds: kindsAt(flow, step), understood, known });
  if (step.answer.kind !== 'free-text' && step.answer.kind !== 'model')
    return open ? 'part' : spelledFit(words, step, context);
  if (!open && understood.kind === 'anywhere') return plain;
  // Whoever has put a question to a model waits for the answer, however the voice sounds.
  return step.answer.kind === 'model' && QUESTION.test(text) && !open ? 'possible' : 'unknown';
}

/** Of digits and letters, which come one by one; null where none are under way. */
function spelledFit(words: readonly string[], step: Step, context: DigitsContext): Fit | null {
  const digits = context.understood.kind === 'anywhere' ? null : digitsFit(words, step, context);
  if (digits !== null) return digits;
  return step.answer.kind === 'name' && SPELLING.test(words.join(' ')) ? 'unknown' : null;
}

/** A no to what was read back is mostly followed by what is right: "No … at four o'clock, please." */
function plainFit(understood: Understood, { corrects }: Step): Fit {
  if (understood.kind === 'no' && corrects.length > 0) return 'unknown';
  return understood.kind === 'nothing' ? 'unknown' : 'whole';
}

/** Wordings of the file may end on words that sentences go on behind: "come in". */
function knownEnds(flow: Flow, { answer }: Step): ReadonlySet<string> {
  const options = answer.kind === 'phrases' ? answer.options : [];
  const wordings = [...options, ...flow.anywhere].flatMap((option) => option.wordings);
  return new Set(wordings.map((wording) => /[\p{L}\p{N}']+(?=\W*$)/u.exec(wording.toLowerCase())?.[0] ?? ''));
}

/** What the answer may hold: what was asked, and what it may fill or correct along the way. */
function kindsAt(flow: Flow, step: Step): ReadonlySet<Answer['kind']> {
  const others = [...step.also, ...step.corrects].flatMap((slot) => askingStepOf(flow, slot) ?? []);
  return new Set([step, ...others].map(({ answer }) => answer.kind));
}

interface DigitsContext {
  readonly understood: Understood;
  readonly flow: Flow;
  readonly at: Circumstances;
}

/** How far the digits of a telephone number have come, or null where none is under way. */
function digitsFit(
  words: readonly string[],
  step: Step,
  { understood, flow, at }: DigitsContext,
): Fit | null {
  const run = digitRunsIn(words).at(-1);
  const { answer } = step;
  if (answer.kind === 'phone-number') {
    if (run === undefined) return endsInDigit(words) ? 'part' : null;
    if (run.end < words.length && understood.kind === 'value') return 'whole';
    return phoneFit(run.digits, { ...answer, country: at.country });
  }
  if (run === undefined || run.end < words.length) return null;
  const correcting =
    kindsAt(flow, step).has('phone-number') && /^(?:no|wrong|nothing)$/.test(understood.kind);
  return correcting ? 'part' : null;
}

/**
 * A number that the country does not know longer is whole, and so is one of just `minDigits`: a caller who gives a local
 * number pauses there, one who gives a national one pauses behind the area code before. What lies between is part of a
 * national number.
 */
function phoneFit(digits: string, { minDigits, country }: PhoneRules): Fit {
  const length = phoneLengthOf(digits, country);
  if (length === 'full' || length === 'long') return 'whole';
  if (length === 'open') return 'unknown';
  return digits.replace('+', '').length === minDigits ? 'whole' : 'part';
}
