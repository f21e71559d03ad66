// What a caller may answer to a step of a flow: short phrases for the speech model, and how words and keys fit.
import { expectationOf } from '../dialogue/expected.ts';
import type { FlowState } from '../dialogue/flow.ts';
import type { Expecting } from '../ports/responder.ts';
import type { Agent } from './agents.ts';
import { fitOf } from './understanding/fit.ts';
import { keysFit } from './understanding/keys.ts';

export function expectingAt({ flow, timezone, country }: Agent, state: FlowState, now: Date): Expecting {
  const step = flow.steps.get(state.step);
  if (step === undefined) return { phrases: [], fit: () => 'unknown', keys: () => 'none' };
  const at = { now, timezone, country };
  return {
    phrases: expectationOf(flow, step).phrases,
    ...(step.answer.kind === 'model' && { open: true as const }),
    fit: (text) => fitOf(text, flow, state, at),
    keys: (digits) => keysFit(digits, step, at),
  };
}
