// Decides what a caller meant by a sentence, given the question that was asked.
import type { Flow, FlowState, Step, Understood } from '../../dialogue/flow.ts';
import { readAlso, readCorrections } from './corrections.ts';
import { matchPhrase, type PhraseMatch } from './phrases.ts';
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
  const correction =
    step.corrects.length > 0 ? readCorrections(said, step, flow, { slots: state.slots, at }) : null;
  if (correction !== null && !isPlainOption(said, step, correction)) return correction;
  const answer = answerOf(said, step, flow, at);
  if (answer.kind !== 'nothing' || anywhere === null || step.answer.kind === 'free-text') return answer;
  return asAnywhere(anywhere);
}

function answerOf(text: string, step: Step, flow: Flow, at: Circumstances): Understood {
  const { answer } = step;
  switch (answer.kind) {
    case 'none':
    case 'end':
      return NOTHING;
    case 'yes-no': {
      const said = readYesNo(text);
      return said === null ? NOTHING : { kind: said };
    }
    case 'phrases': {
      const match = matchPhrase(text, answer.options);
      if (match === null) return NOTHING;
      return {
        kind: 'option',
        name: match.name,
        spoken: match.wording,
        also: readAlso(text, step, flow, at),
      };
    }
    case 'number':
    case 'date':
    case 'time':
    case 'phone-number':
    case 'name':
    case 'free-text': {
      const reading = readValue(text, answer, at);
      if (reading === null) return NOTHING;
      if ('refused' in reading) return { kind: 'refused', reason: reading.refused };
      return { kind: 'value', value: reading.value, also: readAlso(text, step, flow, at) };
    }
  }
}

/** "The time" as an answer to "what shall I change?" is an option, not a complaint. */
function isPlainOption(text: string, step: Step, correction: Understood): boolean {
  return (
    correction.kind === 'wrong' &&
    step.answer.kind === 'phrases' &&
    matchPhrase(text, step.answer.options) !== null
  );
}

function asAnywhere(match: PhraseMatch): Understood {
  return { kind: 'anywhere', name: match.name };
}
