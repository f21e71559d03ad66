// Runs a scripted flow: from where a conversation stands and what was understood to what is said next. Changes nothing it is given.
import { expectationOf } from './expected.ts';
import {
  askingStepOf,
  slotOf,
  type Flow,
  type FlowState,
  type FlowTurn,
  type SlotFill,
  type SlotValue,
  type Step,
  type Target,
  type Understood,
} from './flow.ts';
import { filled, promptOf, refusalOf, type Slots } from './flow-texts.ts';
import { spokenText } from './spoken.ts';

/** What one turn gathers on its way from step to step. */
interface Walk {
  readonly say: string[];
  readonly uninterruptible: number[];
  slots: Slots;
  /** Slots that this turn's answer has filled ahead; each may pass over one step. */
  readonly ahead: Set<string>;
}

/** The greeting and the first question. The call's own variables go before the defaults of the file. */
export function startOf(flow: Flow, variables: Readonly<Record<string, string>>): FlowTurn {
  const slots: Record<string, SlotValue> = {};
  for (const [name, plain] of Object.entries({ ...flow.variables, ...variables }))
    slots[name] = textSlot(plain);
  const say = [filled(flow.greeting, slots)];
  const uninterruptible = flow.greetingUninterruptible === true ? [0] : [];
  const walk: Walk = { say, uninterruptible, slots, ahead: new Set() };
  return enter(flow, walk, flow.start, null);
}

/** The next turn after an answer. */
export function advance(flow: Flow, state: FlowState, understood: Understood): FlowTurn {
  const step = stepOf(flow, state.step);
  const walk = walkFrom(state);
  switch (understood.kind) {
    case 'nothing':
      return missed(flow, state, step, null);
    case 'refused':
      return missed(flow, state, step, understood.reason);
    case 'anywhere':
      return anywhere(flow, state, step, understood.name);
    case 'corrections':
      fill(walk, understood.fills);
      return enter(flow, walk, step.back ?? step.name, null);
    case 'wrong':
      return wrong(flow, state, step, understood.slot);
    case 'yes':
    case 'no':
    case 'option':
    case 'value':
      return answered(flow, state, step, understood);
  }
}

/** A language model has reached its goal, or leads somewhere else; its slots are filled. */
export function leaveModel(
  flow: Flow,
  state: FlowState,
  { fills, target }: { readonly fills: readonly SlotFill[]; readonly target: Target },
): FlowTurn {
  const walk = walkFrom(state);
  fill(walk, fills);
  return enter(flow, walk, state.back ?? target, null);
}

/** The step is given up without another try. */
export function giveUpAt(flow: Flow, state: FlowState): FlowTurn {
  return enter(flow, walkFrom(state), stepOf(flow, state.step).giveUp, null);
}

function anywhere(flow: Flow, state: FlowState, step: Step, name: string): FlowTurn {
  const phrase = flow.anywhere.find((candidate) => candidate.name === name);
  if (phrase === undefined) return missed(flow, state, step, null);
  if (phrase.go === null) return askAgain(flow, state);
  return enter(flow, walkFrom(state), phrase.go, null);
}

/** The step's text once more, as it was said when the step was entered. */
export function askAgain(flow: Flow, state: FlowState): FlowTurn {
  const step = stepOf(flow, state.step);
  const turn = stay(flow, state, [filled(step.say, state.slots)]);
  return step.uninterruptible ? { ...turn, uninterruptible: [0] } : turn;
}

function wrong(flow: Flow, state: FlowState, step: Step, slot: string): FlowTurn {
  const asking = askingStepOf(flow, slot);
  if (asking === null) return missed(flow, state, step, null);
  return enter(flow, walkFrom(state), asking.name, step.back ?? step.name);
}

/**
 * What is said after a silence; `count` counts the prompts in a row from 1. After the last prompt the conversation
 * goes to its goodbye.
 */
export function promptSilence(flow: Flow, state: FlowState, count: number): FlowTurn {
  if (count > flow.silence.times) {
    return enter(flow, walkFrom(state), flow.goodbye, null);
  }
  return stay(flow, state, [promptOf(flow.silence.say, count, stepOf(flow, state.step), state.slots)]);
}

function answered(
  flow: Flow,
  state: FlowState,
  step: Step,
  understood: Extract<Understood, { kind: 'yes' | 'no' | 'option' | 'value' }>,
): FlowTurn {
  const { answer } = step;
  const walk = walkFrom(state);
  const value = valueOf(understood);
  const slot = slotOf(step);
  if (slot !== null) fill(walk, [{ slot, value }]);
  if ('also' in understood) {
    fill(walk, understood.also);
    for (const { slot: filledSlot } of understood.also) walk.ahead.add(filledSlot);
  }
  const go = targetOf(step, understood);
  if (go === null) return missed(flow, state, step, null);
  if (answer.kind === 'phrases' && step.back !== null) return enter(flow, walk, go, step.back);
  return enter(flow, walk, state.back ?? go, null);
}

/** Where an answer leads, or null when it does not fit the step's question. */
function targetOf(
  step: Step,
  understood: Extract<Understood, { kind: 'yes' | 'no' | 'option' | 'value' }>,
): Target | null {
  const { answer } = step;
  switch (understood.kind) {
    case 'yes':
    case 'no':
      return answer.kind === 'yes-no' ? answer[understood.kind] : null;
    case 'option': {
      if (answer.kind !== 'phrases') return null;
      return answer.options.find((option) => option.name === understood.name)?.go ?? null;
    }
    case 'value':
      return answer.kind === understood.value.kind && 'go' in answer ? answer.go : null;
  }
}

function valueOf(understood: Extract<Understood, { kind: 'yes' | 'no' | 'option' | 'value' }>): SlotValue {
  if (understood.kind === 'value') return understood.value;
  if (understood.kind === 'option') {
    return { kind: 'phrases', plain: understood.name, spoken: understood.spoken };
  }
  return { kind: 'yes-no', plain: understood.kind, spoken: understood.kind };
}

/** Goes on from step to step until one asks or ends. The check of the file has refused flows that never do. */
function enter(flow: Flow, walk: Walk, target: Target, back: Target | null): FlowTurn {
  let step = stepOf(flow, target);
  for (let hops = 0; hops <= 2 * flow.steps.size; hops += 1) {
    const next = passing(step, walk);
    if (next === null) {
      arrive(step, walk);
      const state: FlowState = { step: step.name, slots: walk.slots, misses: 0, back };
      if (step.answer.kind !== 'none') {
        const end = step.answer.kind === 'end' ? step.answer.outcome : null;
        const { say, uninterruptible } = walk;
        return { state, say, uninterruptible, expect: expectationOf(flow, step), end };
      }
      step = stepOf(flow, step.answer.go);
    } else {
      step = stepOf(flow, next);
    }
  }
  throw new Error(`The flow goes round in a circle at step ${step.name}.`);
}

/** Where to go instead of into the step: what it needs is missing, or what it asks for was said already. */
function passing(step: Step, walk: Walk): Target | null {
  if (step.otherwise !== null && step.needs.some((slot) => !(slot in walk.slots))) return step.otherwise;
  const slot = slotOf(step);
  if (slot !== null && 'go' in step.answer && walk.ahead.delete(slot)) return step.answer.go;
  return null;
}

function arrive(step: Step, walk: Walk): void {
  const slots = Object.fromEntries(Object.entries(walk.slots).filter(([name]) => !step.clear.includes(name)));
  for (const [name, plain] of Object.entries(step.set)) slots[name] = textSlot(plain);
  walk.slots = slots;
  if (step.say === '') return;
  if (step.uninterruptible) walk.uninterruptible.push(walk.say.length);
  walk.say.push(filled(step.say, slots));
}

function walkFrom(state: FlowState): Walk {
  return { say: [], uninterruptible: [], slots: state.slots, ahead: new Set() };
}

function fill(walk: Walk, fills: readonly SlotFill[]): void {
  const slots = { ...walk.slots };
  for (const { slot, value } of fills) slots[slot] = value;
  walk.slots = slots;
}

function missed(flow: Flow, state: FlowState, step: Step, reason: string | null): FlowTurn {
  const misses = state.misses + 1;
  if (misses > step.reprompts.times) {
    return enter(flow, walkFrom(state), step.giveUp, null);
  }
  const text =
    reason === null
      ? promptOf(step.reprompts.say, misses, step, state.slots)
      : refusalOf(reason, step, state.slots);
  return stay(flow, { ...state, misses }, [text]);
}

function stay(flow: Flow, state: FlowState, say: readonly string[]): FlowTurn {
  const step = stepOf(flow, state.step);
  const end = step.answer.kind === 'end' ? step.answer.outcome : null;
  return { state, say, uninterruptible: [], expect: expectationOf(flow, step), end };
}

function textSlot(plain: string): SlotValue {
  return { kind: 'text', plain, spoken: spokenText(plain) };
}

function stepOf(flow: Flow, name: string): Step {
  const step = flow.steps.get(name);
  if (step === undefined) throw new Error(`The flow has no step ${name}.`);
  return step;
}
