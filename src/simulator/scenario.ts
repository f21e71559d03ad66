// A scenario file: who calls which agent, what the caller says step by step, and what must come of it.
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError, type ConfigFault } from '../config/config-error.ts';
import { readYamlFile, type KeyPath, type YamlFile } from '../config/yaml-file.ts';
import { dayIn, fillDays, isTimezone, placesIn, WEEKDAYS } from './days.ts';
import { patternFault } from './patterns.ts';

const pattern = z.string().superRefine((value, context) => {
  const fault = patternFault(value);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
});
const patterns = z.union([pattern.transform((one) => [one]), z.array(pattern).min(1)]);
const afterMs = z.number().int().min(0).max(60_000);

const stepFields = {
  /** A text that is spoken by the caller's voice. */
  say: z.string().min(1).max(1_000).optional(),
  /** A WAV file, relative to the scenario file. */
  play: z.string().min(1).optional(),
  /** Keys pressed one after the other. */
  dtmf: z
    .string()
    .regex(/^[0-9A-D*#]{1,64}$/, 'keys 0-9, *, # or A-D')
    .optional(),
  /** Silence of the caller, from the end of the step before. */
  wait: z.number().int().min(1).max(600_000).optional(),
  'hang-up': z.literal(true).optional(),
  /** The words in a WAV file, for the word error rate; for `say` it is the text itself. */
  as: z.string().min(1).optional(),
  /** Speaks this long after the agent's reply began to be heard instead of when the agent has finished. */
  interrupt: afterMs.optional(),
  /** What the reply to this step must contain. */
  expect: patterns.optional(),
};

const ACTIONS = ['say', 'play', 'dtmf', 'wait', 'hang-up', 'repeat'] as const;
const ONE_ACTION = `exactly one of ${ACTIONS.join(', ')}`;
const writtenStep = (value: unknown): unknown => (value === 'hang-up' ? { 'hang-up': true } : value);
const hasOneAction = (step: object): boolean => ACTIONS.filter((action) => action in step).length === 1;

const plainStep = z.preprocess(
  writtenStep,
  z.strictObject(stepFields).refine(hasOneAction, { error: ONE_ACTION }),
);
const step = z.preprocess(
  writtenStep,
  z
    .strictObject({
      ...stepFields,
      /** `count` steps in all, going round the list of steps as often as needed. */
      repeat: z
        .strictObject({
          count: z.number().int().min(1).max(10_000),
          steps: z.array(plainStep).min(1),
        })
        .optional(),
    })
    .refine(hasOneAction, { error: ONE_ACTION }),
);

export const scenarioSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
  /** The agent that is asked for in the webhook's query; without it the server chooses. */
  agent: z.string().min(1).optional(),
  from: z.string().min(1).default('+15005550006'),
  to: z.string().min(1).default('+15005550010'),
  caller: z
    .strictObject({
      voice: z.string().min(1).default('rms'),
      line: z
        .strictObject({
          noiseDbfs: z.number().min(-96).max(-20).default(-60),
          seed: z.number().int().min(1).max(2_147_483_647).default(1),
        })
        .prefault({}),
    })
    .prefault({}),
  patience: z
    .strictObject({
      /** How long the caller waits for the first sound of an answer before going on. */
      answerTimeoutMs: z.number().int().min(500).max(120_000).default(8_000),
      /** Silence after which the caller takes the agent to have finished. */
      finishedAfterMs: z.number().int().min(100).max(10_000).default(500),
      /** What the caller then waits before speaking. */
      pauseMs: z.number().int().min(0).max(60_000).default(400),
    })
    .prefault({}),
  /** Where the agent's calendar is; it decides which day is today. */
  timezone: z.string().refine(isTimezone, 'a time zone such as America/New_York').default('America/New_York'),
  /** Days for `{{name}}` in texts and expectations. */
  days: z
    .record(
      z.string().regex(/^[a-z0-9-]+$/, 'lower-case letters, digits and dashes'),
      z.strictObject({ weekday: z.enum(WEEKDAYS), afterDays: z.number().int().min(0).max(366) }),
    )
    .default({}),
  steps: z.array(step).min(1),
  expect: z
    .strictObject({
      result: pattern.optional(),
      lastReply: patterns.optional(),
      collected: z.record(z.string(), pattern).optional(),
      /** The server's counters of the call that must have exactly these values. */
      counters: z.record(z.string(), z.number().int()).optional(),
      /** How much the server's resident memory may grow from the tenth reply to the end, in MB. */
      memoryGrowthMb: z.number().min(0).optional(),
    })
    .prefault({}),
});

export type Scenario = Omit<WrittenScenario, 'steps' | 'days' | 'timezone'> & {
  /** The file's folder; WAV files are found from here. */
  readonly folder: string;
  /** Repetitions are unrolled. */
  readonly steps: readonly ScenarioStep[];
};
export type ScenarioStep = z.output<typeof plainStep>;
type WrittenScenario = z.output<typeof scenarioSchema>;
type WrittenStep = z.output<typeof step>;

/** `now` settles the relative days. @throws ConfigError with file and line of every fault, missing WAV files included. */
export function loadScenario(file: string, now: Date): Scenario {
  const yaml = readYamlFile(file, scenarioSchema);
  const { days, timezone, steps, expect, ...rest } = yaml.value;
  const faults = [
    ...steps.flatMap((written, index) => stepFaults(yaml, written, ['steps', index])),
    ...placeFaults(yaml, ['steps', 'expect']),
  ];
  if (faults.length > 0) throw new ConfigError(faults);
  const today = dayIn(timezone, now);
  const fill = (text: string): string => fillDays(text, days, today);
  return {
    ...rest,
    expect: mapTexts(expect, fill),
    folder: dirname(file),
    steps: steps.flatMap(unroll).map((plain) => mapTexts(plain, fill)),
  };
}

/** The same value with every text in it replaced. */
function mapTexts<T>(value: T, fill: (text: string) => string): T {
  if (typeof value === 'string') return fill(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, fill)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts<unknown>(item, fill)]),
  ) as T;
}

/** Every `{{name}}` without a day of that name. */
function placeFaults(
  yaml: YamlFile<WrittenScenario>,
  keys: readonly ('steps' | 'expect')[],
): readonly ConfigFault[] {
  const { days } = yaml.value;
  const faults: ConfigFault[] = [];
  const visit = (value: unknown, path: KeyPath): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        visit(item, [...path, Array.isArray(value) ? Number(key) : key]);
      }
    }
    for (const name of typeof value === 'string' ? placesIn(value) : []) {
      if (Object.hasOwn(days, name)) continue;
      const expected = `one of the names under days: ${Object.keys(days).join(', ') || 'none is there'}`;
      faults.push({
        file: yaml.file,
        line: yaml.lineOf(path),
        key: path.join('.'),
        found: `{{${name}}}`,
        expected,
      });
    }
  };
  for (const key of keys) visit(yaml.value[key], [key]);
  return faults;
}

function unroll({ repeat, ...plain }: WrittenStep): readonly ScenarioStep[] {
  if (repeat === undefined) return [plain];
  const { steps } = repeat;
  return Array.from({ length: repeat.count }, (_, turn) => steps[turn % steps.length] ?? plain);
}

/** Keys that only make sense beside one of certain actions. */
const NEEDS = {
  as: ['play'],
  expect: ['say', 'play', 'dtmf'],
  interrupt: ['say', 'play', 'dtmf', 'hang-up'],
} as const;

function stepFaults(yaml: YamlFile<unknown>, written: WrittenStep, path: KeyPath): readonly ConfigFault[] {
  const fault = (key: string, found: string, expected: string): ConfigFault => ({
    file: yaml.file,
    line: yaml.lineOf([...path, key]),
    key: [...path, key].join('.'),
    found,
    expected,
  });
  const inner = written.repeat?.steps ?? [];
  const faults = inner.flatMap((one, index) => stepFaults(yaml, one, [...path, 'repeat', 'steps', index]));
  const { play } = written;
  if (play !== undefined && !existsSync(resolve(dirname(yaml.file), play))) {
    faults.push(fault('play', `no file ${play}`, 'a WAV file, relative to the scenario file'));
  }
  for (const [key, needs] of Object.entries(NEEDS)) {
    const given = needs.some((action) => written[action] !== undefined);
    if (written[key as keyof typeof NEEDS] !== undefined && !given) {
      faults.push(fault(key, `${key} alone`, `it beside ${needs.join(', ')}`));
    }
  }
  return faults;
}
