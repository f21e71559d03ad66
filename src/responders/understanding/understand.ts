// Decides what a caller meant by a sentence, given the question that was asked.
import type { Flow, FlowState, Step, Understood } from '../../dialogue/flow.ts';
import { readAlso, readCorrections } from './corrections.ts';
import { matchPhrase } from './phrases.ts';
import type { Circumstances } from './reading.ts';
import { readValue } from './values.ts';
import { isOnlySounds } from './words.ts';
import { readYesNo } from './yes-no.ts';

/** From this share of the sentence on, a phrase that is accepted everywhere is what the caller wanted to say. */
const MEANT_COVERAGE = 0.6;
/** A speech model never writes more for the 30 s that it hears; a longer text is cut. */
const MAX_CHARS = 4000;

const NOTHING: Understood = { kind: 'nothing' };

/** Never throws for any text. */
export function understand(text: string, flow: Flow, state: FlowState, at: Circumstances): Understood {
  const step = flow.steps.get(state.step);
  const said = text.slice(0, MAX_CHARS);
  if (step === undefined) return NOTHING;
  if (isOnlySounds(said) && (step.answer.kind !== 'yes-no' || readYesNo(said) === null)) return NOTHING;
  const anywhere = matchPhrase(said, flow.anywhere);
  if (anywhere !== null && anywhere.coverage >= MEANT_COVERAGE)
    return { kind: 'anywhere', name: anywhere.name };
  const correction = correctionOf(said, step, flow, { slots: state.slots, at });
  if (correction !== null) return correction;
  const answer = answerOf(said, step, flow, at);
  if (answer.kind !== 'nothing' || anywhere === null || isOpen(step)) return answer;
  return { kind: 'anywhere', name: anywhere.name };
}

/** Anything may be said there: a phrase somewhere in it is not what it is about. */
const isOpen = ({ answer }: Step): boolean => answer.kind === 'free-text' || answer.kind === 'model';

function answerOf(text: string, step: Step, flow: Flow, at: Circumstances): Understood {
  const { answer } = step;
  if (answer.kind === 'none' || answer.kind === 'end' || answer.kind === 'model') return NOTHING;
  if (answer.kind === 'yes-no') {
    const said = readYesNo(text);
    return said === null ? NOTHING : { kind: said };
  }
  if (answer.kind === 'phrases') {
    const match = matchPhrase(text, answer.options);
    if (match === null) return NOTHING;
    return { kind: 'option', name: match.name, spoken: match.wording, also: readAlso(text, step, flow, at) };
  }
  const reading = readValue(text, answer, at);
  if (reading === null) return NOTHING;
  if ('refused' in reading) return { kind: 'refused', reason: reading.refused };
  return { kind: 'value', value: reading.value, also: readAlso(text, step, flow, at) };
}

function correctionOf(
  text: string,
  step: Step,
  flow: Flow,
  context: { readonly slots: FlowState['slots']; readonly at: Circumstances },
): Understood | null {
  if (step.corrects.length === 0) return null;
  const correction = readCorrections(text, step, flow, context);
  return correction !== null && isPlainOption(text, step, correction) ? null : correction;
}

/** "The time" as an answer to "what shall I change?" is an option, not a complaint. */
function isPlainOption(text: string, step: Step, correction: Understood): boolean {
  return (
    correction.kind === 'wrong' &&
    step.answer.kind === 'phrases' &&
    matchPhrase(text, step.answer.options) !== null
  );
}
