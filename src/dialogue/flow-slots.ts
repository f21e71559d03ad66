// Works out which slots are filled for certain whenever a step speaks, over all ways that lead to it.
import { askingStepOf, certainSlotsOf, type Flow, type Step } from './flow.ts';

type Slots = ReadonlySet<string>;

interface Edge {
  readonly target: string;
  readonly slots: Slots;
}

/** For each step that can be reached, the slots that are filled when its text is said. */
export function certainSlots(flow: Flow): ReadonlyMap<string, Slots> {
  const entering = new Map<string, Slots>();
  const open: Edge[] = [{ target: flow.start, slots: new Set(Object.keys(flow.variables)) }];
  for (let edge = open.pop(); edge !== undefined; edge = open.pop()) {
    const step = flow.steps.get(edge.target);
    if (step === undefined) continue;
    const before = entering.get(step.name);
    const slots = before === undefined ? edge.slots : both(before, edge.slots);
    if (before !== undefined && slots.size === before.size) continue;
    entering.set(step.name, slots);
    open.push(...leaving(flow, step, slots));
  }
  const certain = new Map<string, Slots>();
  for (const [name, slots] of entering) {
    const step = flow.steps.get(name);
    if (step !== undefined) certain.set(name, inside(step, slots));
  }
  return certain;
}

function leaving(flow: Flow, step: Step, entering: Slots): Edge[] {
  const here = inside(step, entering);
  const answered = new Set([...here, ...certainSlotsOf(step)]);
  const { answer } = step;
  const edges: Edge[] = [];
  if (step.otherwise !== null) edges.push({ target: step.otherwise, slots: entering });
  if (answer.kind === 'end') return edges;
  if ('go' in answer) edges.push({ target: answer.go, slots: answered });
  if (answer.kind === 'yes-no') {
    edges.push({ target: answer.yes, slots: answered }, { target: answer.no, slots: answered });
  }
  if (answer.kind === 'phrases') {
    edges.push(...answer.options.map((option) => ({ target: option.go, slots: answered })));
  }
  if (answer.kind === 'model') {
    edges.push(...Object.values(answer.exits).map((target) => ({ target, slots: here })));
  }
  if (step.back !== null) edges.push({ target: step.back, slots: here });
  if (answer.kind === 'none') return edges;
  const anytime = [
    step.giveUp,
    flow.goodbye,
    ...flow.anywhere.flatMap((phrase) => phrase.go ?? []),
    ...step.corrects.flatMap((corrected) => askingStepOf(flow, corrected)?.name ?? []),
  ];
  return [...edges, ...anytime.map((target) => ({ target, slots: here }))];
}

/** What a step's text can rely on: what came in, what the step needs and sets, without what it forgets. */
function inside(step: Step, entering: Slots): Slots {
  const slots = new Set([...entering, ...step.needs]);
  for (const slot of step.clear) slots.delete(slot);
  for (const slot of Object.keys(step.set)) slots.add(slot);
  return slots;
}

function both(a: Slots, b: Slots): Slots {
  return new Set([...a].filter((slot) => b.has(slot)));
}
