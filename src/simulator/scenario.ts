// A scenario file: who calls which agent, what the caller says step by step, and what must come of it.
import { dirname } from 'node:path';
import { z } from 'zod';
import { ConfigError, type ConfigFault } from '../config/config-error.ts';
import { readYamlFile, type KeyPath, type YamlFile } from '../config/yaml-file.ts';
import { dayIn, fillDays, isTimezone, placesIn, WEEKDAYS } from './days.ts';
import {
  faultList,
  pattern,
  patterns,
  step,
  stepFaults,
  type PlainStep,
  type WrittenStep,
} from './scenario-steps.ts';

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
  /** What becomes of the call when the server hands it on. */
  transfers: z.enum(['completed', 'busy', 'no-answer', 'failed']).default('completed'),
  /** Faults of the line that begin with the call and again with each step. */
  fault: faultList.default([]),
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
export type ScenarioStep = PlainStep;
type WrittenScenario = z.output<typeof scenarioSchema>;

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
