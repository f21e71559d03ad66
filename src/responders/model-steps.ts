// Steps of a flow that a language model has for itself: what it is asked to reach, and what it hands back.
import type { Flow, FlowState, FlowTurn, ModelAnswer, SlotFill, SlotValue } from '../dialogue/flow.ts';
import { leaveModel } from '../dialogue/flow-run.ts';
import { spokenNumber, spokenText } from '../dialogue/spoken.ts';
import { z } from 'zod';
import type { Assignment } from './llm/mind.ts';
import { FINISH_TOOL, FINISHED } from './llm/prompt.ts';
import { schemaOf } from './llm/tools/parameters.ts';

/** In the model's own hand-over: where the conversation goes on. */
const EXIT = 'exit';

/** The step that the conversation stands at, if it is the model's; else null. */
export function modelAnswerAt(flow: Flow, state: FlowState): ModelAnswer | null {
  const answer = flow.steps.get(state.step)?.answer;
  return answer?.kind === 'model' ? answer : null;
}

export function assignmentOf({ goal, fields, exits }: ModelAnswer): Assignment {
  if (goal === null) return { goal: null, finish: null };
  const names = Object.keys(exits);
  const listed = Object.entries(fields).map(([name, { description = name, optional }]) => ({
    name,
    description,
    optional: optional === true,
  }));
  const collected = schemaOf(fields);
  const input =
    names.length === 0
      ? collected
      : // Whoever takes an exit has not found out everything.
        z.union([collected, collected.partial().extend({ [EXIT]: z.enum(names as [string, ...string[]]) })]);
  return {
    goal: { text: goal, fields: listed, exits: names },
    finish: {
      name: FINISH_TOOL,
      description: 'Hands over what was found out; this part of the call is then over.',
      input,
      effects: 'none',
      afterCancel: 'undo',
      run: (given) => {
        const read = input.safeParse(given);
        const output = read.success ? FINISHED : `Error: ${z.prettifyError(read.error)}`;
        return Promise.resolve({ output });
      },
    },
  };
}

/** What comes behind the model's part. */
export function afterModel(
  flow: Flow,
  state: FlowState,
  answer: ModelAnswer,
  input: Readonly<Record<string, unknown>>,
): FlowTurn {
  const exit = typeof input[EXIT] === 'string' ? answer.exits[input[EXIT]] : undefined;
  const fills = Object.keys(answer.fields).flatMap((slot): SlotFill[] => {
    const value = slotValueOf(input[slot]);
    return value === null ? [] : [{ slot, value }];
  });
  return leaveModel(flow, state, { fills, target: exit ?? answer.go });
}

function slotValueOf(value: unknown): SlotValue | null {
  if (typeof value === 'string') return { kind: 'text', plain: value, spoken: spokenText(value) };
  if (typeof value === 'number') return { kind: 'number', plain: String(value), spoken: spokenNumber(value) };
  if (typeof value !== 'boolean') return null;
  const plain = value ? 'yes' : 'no';
  return { kind: 'yes-no', plain, spoken: plain };
}
