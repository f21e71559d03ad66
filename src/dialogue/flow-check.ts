// Finds what is wrong with a scripted flow before any call meets it: lost targets, dead steps, places nothing fills, circles.
import { nearestName } from './edit-distance.ts';
import { certainSlots } from './flow-slots.ts';
import {
  askingStepOf,
  placesOf,
  slotsOf,
  targetsOf,
  type Flow,
  type Option,
  type Prompts,
  type Step,
} from './flow.ts';

/** A fault of an agent file; the path leads to the key in the file. */
export interface FlowFault {
  readonly path: readonly (string | number)[];
  readonly found: string;
  readonly expected: string;
}

/** Every fault of a flow, in the order of the file. Faults that follow from a missing target are not reported again. */
export function checkFlow(flow: Flow): FlowFault[] {
  const targets = [...agentTargetFaults(flow), ...each(flow, (step) => stepTargetFaults(flow, step))];
  const slots = slotNameFaults(flow);
  const wordings = [
    ...sharedWordings(flow.anywhere, (name) => ['anywhere', name, 'wordings']),
    ...each(flow, optionFaults),
  ];
  const needs = each(flow, needsFaults);
  if (targets.length > 0 || slots.length > 0) return [...targets, ...slots, ...wordings, ...needs];
  return [
    ...wordings,
    ...needs,
    ...goodbyeFaults(flow),
    ...deadSteps(flow),
    ...circles(flow),
    ...endlessGivingUp(flow),
    ...unfilledPlaces(flow),
  ];
}

function each(flow: Flow, check: (step: Step) => FlowFault[]): FlowFault[] {
  return [...flow.steps.values()].flatMap(check);
}

function agentTargetFaults(flow: Flow): FlowFault[] {
  return [
    ...targetFault(flow, flow.start, ['start']),
    ...targetFault(flow, flow.goodbye, ['goodbye']),
    ...flow.anywhere.flatMap((phrase) =>
      phrase.go === null ? [] : targetFault(flow, phrase.go, ['anywhere', phrase.name, 'go']),
    ),
  ];
}

function stepTargetFaults(flow: Flow, step: Step): FlowFault[] {
  const at = (...keys: string[]): string[] => ['steps', step.name, ...keys];
  const { answer } = step;
  const faults: FlowFault[] = [];
  if (answer.kind === 'yes-no') {
    faults.push(...targetFault(flow, answer.yes, at('yes')), ...targetFault(flow, answer.no, at('no')));
  }
  if (answer.kind === 'phrases') {
    for (const option of answer.options) {
      faults.push(...targetFault(flow, option.go, at('options', option.name, 'go')));
    }
  }
  if (answer.kind === 'model') {
    for (const [name, target] of Object.entries(answer.exits)) {
      faults.push(...targetFault(flow, target, at('exits', name)));
    }
  }
  if ('go' in answer) faults.push(...targetFault(flow, answer.go, at('go')));
  if (step.otherwise !== null) faults.push(...targetFault(flow, step.otherwise, at('otherwise')));
  if (step.back !== null) faults.push(...targetFault(flow, step.back, at('back')));
  if (asks(step)) faults.push(...targetFault(flow, step.giveUp, at('giveUp')));
  return faults;
}

function targetFault(flow: Flow, target: string, path: readonly string[]): FlowFault[] {
  if (flow.steps.has(target)) return [];
  return [
    { path, found: `"${target}"`, expected: `the name of a step${suggestion(target, flow.steps.keys())}` },
  ];
}

/** Names of slots that are corrected, filled along or needed must be slots that some step fills. */
function slotNameFaults(flow: Flow): FlowFault[] {
  const asked = new Set([...flow.steps.values()].flatMap(slotsOf));
  const given = new Set([...flow.steps.values()].flatMap((step) => Object.keys(step.set)));
  const known = new Set([...asked, ...given, ...Object.keys(flow.variables)]);
  return each(flow, (step) => [
    ...namesFaults(step, 'corrects', asked),
    ...namesFaults(step, 'also', asked),
    ...namesFaults(step, 'needs', known),
    ...namesFaults(step, 'clear', known),
  ]);
}

function namesFaults(
  step: Step,
  key: 'corrects' | 'also' | 'needs' | 'clear',
  known: ReadonlySet<string>,
): FlowFault[] {
  return step[key].flatMap((slot, index) =>
    known.has(slot)
      ? []
      : [
          {
            path: ['steps', step.name, key, index],
            found: `"${slot}"`,
            expected: `a slot that a step fills${suggestion(slot, known)}`,
          },
        ],
  );
}

function optionFaults(step: Step): FlowFault[] {
  if (step.answer.kind !== 'phrases') return [];
  const { options } = step.answer;
  return [
    ...sharedWordings(options, (name) => ['steps', step.name, 'options', name, 'wordings']),
    ...sharedKeys(step.name, options),
  ];
}

/** An option that names no key has the one of its place in the list, which another one may have taken. */
function sharedKeys(step: string, options: readonly Option[]): FlowFault[] {
  return options.flatMap(({ name, key }, index) => {
    const owner = options.slice(0, index).find((other) => key !== null && other.key === key);
    const expected = `a "key" that "${owner?.name ?? ''}" does not have`;
    return owner === undefined
      ? []
      : [{ path: ['steps', step, 'options', name, 'key'], found: `"${key ?? ''}"`, expected }];
  });
}

function sharedWordings(
  options: readonly { readonly name: string; readonly wordings: readonly string[] }[],
  pathOf: (name: string) => readonly string[],
): FlowFault[] {
  const owners = new Map<string, string>();
  const faults: FlowFault[] = [];
  for (const option of options) {
    option.wordings.forEach((wording, index) => {
      const key = wording
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim();
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, option.name);
      else {
        const expected = `a wording that "${owner}" does not have`;
        faults.push({ path: [...pathOf(option.name), index], found: `"${wording}"`, expected });
      }
    });
  }
  return faults;
}

function needsFaults(step: Step): FlowFault[] {
  if (step.needs.length > 0 === (step.otherwise !== null)) return [];
  const [has, lacks] = step.otherwise === null ? ['needs', 'otherwise'] : ['otherwise', 'needs'];
  return [{ path: ['steps', step.name, has], found: `"${has}" alone`, expected: `"${lacks}" beside it` }];
}

function goodbyeFaults(flow: Flow): FlowFault[] {
  if (endsBySilence(flow, flow.goodbye)) return [];
  return [
    {
      path: ['goodbye'],
      found: `"${flow.goodbye}", which asks something`,
      expected: 'a step that ends the call',
    },
  ];
}

function deadSteps(flow: Flow): FlowFault[] {
  const reached = new Set<string>();
  const open = [flow.start, flow.goodbye, ...flow.anywhere.flatMap((phrase) => phrase.go ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const step = flow.steps.get(name);
    if (step === undefined || reached.has(name)) continue;
    reached.add(name);
    open.push(...targetsOf(step), ...step.corrects.flatMap((slot) => askingStepOf(flow, slot)?.name ?? []));
    if (asks(step)) open.push(step.giveUp);
  }
  return each(flow, (step) =>
    reached.has(step.name)
      ? []
      : [
          {
            path: ['steps', step.name],
            found: 'a step that nothing leads to',
            expected: 'a step that goes to it, or no such step',
          },
        ],
  );
}

/** A circle of steps that ask nothing would talk for ever. */
function circles(flow: Flow): FlowFault[] {
  return each(flow, (step) => {
    const seen = new Set<string>();
    const open = silentTargets(step);
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (name === step.name) {
        const expected = 'a way that leads to a question or an end';
        return [{ path: ['steps', step.name, 'go'], found: 'a circle of steps that ask nothing', expected }];
      }
      const next = flow.steps.get(name);
      if (next === undefined || seen.has(name)) continue;
      seen.add(name);
      open.push(...silentTargets(next));
    }
    return [];
  });
}

/** Where a step may lead without hearing an answer. */
function silentTargets(step: Step): string[] {
  const targets = step.otherwise === null ? [] : [step.otherwise];
  if (step.answer.kind === 'none') targets.push(step.answer.go);
  return targets;
}

/** A caller who never says anything useful must come to an end, step by step along `giveUp`. */
function endlessGivingUp(flow: Flow): FlowFault[] {
  return each(flow, (step) => {
    if (!asks(step)) return [];
    const seen = new Set([step.name]);
    const open = [step.giveUp];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const next = flow.steps.get(name);
      if (name === step.name) {
        const expected = 'a step from which giving up comes to an end';
        return [
          { path: ['steps', step.name, 'giveUp'], found: `"${step.giveUp}", which leads back`, expected },
        ];
      }
      if (next === undefined || seen.has(name)) continue;
      seen.add(name);
      open.push(...silentTargets(next));
      if (asks(next)) open.push(next.giveUp);
    }
    return [];
  });
}

function endsBySilence(flow: Flow, name: string, seen: ReadonlySet<string> = new Set()): boolean {
  const step = flow.steps.get(name);
  if (step === undefined || seen.has(name) || asks(step)) return false;
  const visited = new Set([...seen, name]);
  const here = step.answer.kind === 'end' || endsBySilence(flow, (step.answer as { go: string }).go, visited);
  return here && (step.otherwise === null || endsBySilence(flow, step.otherwise, visited));
}

/** Every `{{place}}` must be filled on every way that leads to its text. */
function unfilledPlaces(flow: Flow): FlowFault[] {
  const certain = certainSlots(flow);
  const variables = new Set(Object.keys(flow.variables));
  const everywhere = new Set(
    [...flow.steps.values()].flatMap((step) => [...slotsOf(step), ...Object.keys(step.set)]),
  );
  const check = (text: string, path: readonly (string | number)[], slots: ReadonlySet<string>): FlowFault[] =>
    placesOf(text)
      .filter((place) => !slots.has(place))
      .map((place) => ({
        path,
        found: `{{${place}}}`,
        expected: everywhere.has(place)
          ? `a slot that is filled on every way to this text`
          : `a slot that a step fills, or a variable${suggestion(place, [...everywhere, ...variables])}`,
      }));
  const checkPrompts = (prompts: Prompts, path: readonly string[], slots: ReadonlySet<string>): FlowFault[] =>
    prompts.say.flatMap((text, index) => check(text, [...path, index], new Set([...slots, 'question'])));
  return [
    ...check(flow.greeting, ['greeting'], variables),
    ...checkPrompts(flow.silence, ['silence'], variables),
    ...each(flow, (step) => {
      const slots = certain.get(step.name) ?? variables;
      return [
        ...check(step.say, ['steps', step.name, 'say'], slots),
        ...check(step.again ?? '', ['steps', step.name, 'again'], slots),
        ...(asks(step) ? checkPrompts(step.reprompts, ['steps', step.name, 'reprompts'], slots) : []),
      ];
    }),
  ];
}

function asks(step: Step): boolean {
  return step.answer.kind !== 'none' && step.answer.kind !== 'end';
}

function suggestion(name: string, names: Iterable<string>): string {
  const all = [...names];
  const nearest = nearestName(name, all);
  if (nearest !== null) return `; did you mean "${nearest}"?`;
  return all.length === 0 ? '' : ` (${all.slice(0, 12).join(', ')})`;
}
