// Turns a step as it is written in an agent file into a step of a flow, and refuses keys that do not fit its kind of answer.
import type { FlowFault } from '../dialogue/flow-check.ts';
import { PLAIN_STEP, type Answer, type Option, type Prompts, type Step } from '../dialogue/flow.ts';
import type { AgentFile, PromptsFile, StepFile } from './agent-schema.ts';

type StepKey = keyof StepFile;
type AnswerKind = NonNullable<StepFile['answer']>;
type ValueKind = Exclude<AnswerKind, 'none' | 'yes-no' | 'phrases' | 'model'>;

/** Business hours, when a time step does not say others: they tell "half past three" from the middle of the night. */
const DEFAULT_EARLIEST_HOUR = 8;
const DEFAULT_LATEST_HOUR = 19;
const DEFAULT_WITHIN_DAYS = 366;

const COMMON: readonly StepKey[] = ['say', 'uninterruptible', 'answer', 'needs', 'otherwise', 'set', 'clear'];
const ASKING: readonly StepKey[] = [...COMMON, 'again', 'also', 'reprompts', 'giveUp'];
const MODEL: readonly StepKey[] = [
  ...COMMON,
  'again',
  'reprompts',
  'giveUp',
  'go',
  'goal',
  'collect',
  'exits',
];
const VALUE: readonly StepKey[] = [...ASKING, 'into', 'go'];

/** The keys a step may hold besides those it must, by what it asks for. */
const ALLOWED: Readonly<Record<AnswerKind | 'end', readonly StepKey[]>> = {
  end: [...COMMON, 'end'],
  none: [...COMMON, 'go'],
  'yes-no': [...VALUE, 'yes', 'no', 'corrects', 'back'],
  phrases: [...VALUE, 'options', 'corrects', 'back'],
  number: [...VALUE, 'min', 'max'],
  date: [...VALUE, 'withinDays'],
  time: [...VALUE, 'earliest', 'latest'],
  'phone-number': [...VALUE, 'minDigits'],
  name: VALUE,
  'free-text': VALUE,
  model: MODEL,
};

const REQUIRED: Readonly<Record<AnswerKind | 'end', readonly StepKey[]>> = {
  end: [],
  none: ['go'],
  'yes-no': [],
  phrases: ['options'],
  number: ['into', 'go', 'min', 'max'],
  date: ['into', 'go'],
  time: ['into', 'go'],
  'phone-number': ['into', 'go'],
  name: ['into', 'go'],
  'free-text': ['into', 'go'],
  model: ['go'],
};

const COPIED = [
  'uninterruptible',
  'again',
  'also',
  'corrects',
  'back',
  'needs',
  'otherwise',
  'set',
  'clear',
] as const;

/** Adds what is wrong to `faults`; the step is then only good for further checks. */
export function stepOfFile(name: string, file: StepFile, agent: AgentFile, faults: FlowFault[]): Step {
  const kind = file.end === undefined ? (file.answer ?? 'none') : 'end';
  faults.push(...keyFaults(name, file, kind), ...rangeFaults(name, file));
  const written = COPIED.filter((key) => file[key] !== undefined).map((key) => [key, file[key]] as const);
  return {
    name,
    say: file.say,
    answer: answerOf(name, file, kind, faults),
    ...PLAIN_STEP,
    ...Object.fromEntries(written),
    reprompts: promptsOf(file.reprompts ?? agent.reprompts),
    giveUp: file.giveUp ?? agent.giveUp,
  };
}

export function promptsOf(file: PromptsFile): Prompts {
  return Array.isArray(file) ? { say: file, times: file.length } : file;
}

function keyFaults(name: string, file: StepFile, kind: AnswerKind | 'end'): FlowFault[] {
  const what = kind === 'end' ? 'a step that ends the call' : `a step with answer: ${kind}`;
  const present = Object.keys(file) as StepKey[];
  const strange = present
    .filter(
      (key) => !ALLOWED[kind].includes(key) || (kind === 'end' && key === 'answer' && file.answer !== 'none'),
    )
    .map((key) => ({
      path: ['steps', name, key],
      found: `the key "${key}" in ${what}`,
      expected: `only ${ALLOWED[kind].join(', ')} there`,
    }));
  const missing = REQUIRED[kind]
    .filter((key) => file[key] === undefined)
    .map((key) => ({
      path: ['steps', name],
      found: key === 'go' ? 'a step without a way out' : `${what} without "${key}"`,
      expected: key === 'go' ? '"go" with the next step, or "end" with an outcome' : `"${key}" in it`,
    }));
  const empty =
    file.options !== undefined && Object.keys(file.options).length === 0
      ? [
          {
            path: ['steps', name, 'options'],
            found: 'no options',
            expected: 'at least one option with wordings',
          },
        ]
      : [];
  const mute =
    file.uninterruptible === true && file.say === ''
      ? [
          {
            path: ['steps', name, 'uninterruptible'],
            found: '"uninterruptible" without a text',
            expected: 'a "say" to be played to its end, or no such key',
          },
        ]
      : [];
  return [...strange, ...missing, ...empty, ...mute];
}

function rangeFaults(name: string, file: StepFile): FlowFault[] {
  const { earliest, latest } = openHoursOf(file);
  const faults: FlowFault[] = [];
  if (file.min !== undefined && file.max !== undefined && file.min > file.max) {
    const expected = `at least the min of ${file.min}`;
    faults.push({ path: ['steps', name, 'max'], found: String(file.max), expected });
  }
  if (earliest >= latest) {
    const key = file.latest === undefined ? 'earliest' : 'latest';
    const expected = key === 'latest' ? `later than ${earliest}` : `earlier than ${latest}`;
    faults.push({ path: ['steps', name, key], found: String(file[key]), expected });
  }
  return faults;
}

function answerOf(name: string, file: StepFile, kind: AnswerKind | 'end', faults: FlowFault[]): Answer {
  if (kind === 'end') return { kind, outcome: file.end ?? '' };
  if (kind === 'none') return { kind, go: file.go ?? '' };
  if (kind === 'model') return modelAnswerOf(file);
  if (kind === 'phrases') {
    return { kind, into: file.into ?? null, options: optionsOf(name, file, faults) };
  }
  if (kind === 'yes-no') {
    const way = (key: 'yes' | 'no'): string => file[key] ?? file.go ?? wayOut(['steps', name], key, faults);
    return { kind, into: file.into ?? null, yes: way('yes'), no: way('no') };
  }
  return valueAnswerOf(kind, file);
}

function modelAnswerOf({ goal, collect = {}, exits = {}, go = '' }: StepFile): Answer {
  return { kind: 'model', goal: goal ?? null, fields: collect, exits, go };
}

/** Keys that are missing have been reported; what stands for them here is never used. */
function valueAnswerOf(kind: ValueKind, file: StepFile): Answer {
  const { into = '', go = '' } = file;
  switch (kind) {
    case 'number':
      return { kind, into, go, ...rangeOf(file) };
    case 'date':
      return { kind, into, go, withinDays: file.withinDays ?? DEFAULT_WITHIN_DAYS };
    case 'time':
      return { kind, into, go, ...openHoursOf(file) };
    case 'phone-number':
      return { kind, into, go, minDigits: file.minDigits ?? null };
    case 'name':
    case 'free-text':
      return { kind, into, go };
  }
}

function rangeOf(file: StepFile): { min: number; max: number } {
  return { min: file.min ?? 0, max: file.max ?? 0 };
}

function openHoursOf(file: StepFile): { earliest: number; latest: number } {
  return { earliest: file.earliest ?? DEFAULT_EARLIEST_HOUR, latest: file.latest ?? DEFAULT_LATEST_HOUR };
}

function optionsOf(name: string, file: StepFile, faults: FlowFault[]): Option[] {
  return Object.entries(file.options ?? {}).map(([key, option], index) => ({
    name: key,
    wordings: option.wordings,
    key: option.key ?? (index < 9 ? String(index + 1) : null),
    go: option.go ?? file.go ?? wayOut(['steps', name, 'options', key], 'go', faults),
  }));
}

function wayOut(path: readonly string[], key: string, faults: FlowFault[]): string {
  faults.push({
    path,
    found: `no way out: "${key}" is missing`,
    expected: `"${key}" with the next step, or "go" for the whole step`,
  });
  return '';
}
