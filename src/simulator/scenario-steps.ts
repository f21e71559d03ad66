// The steps of a scenario file: what each may hold, and what of it does not go together.
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { ConfigFault } from '../config/config-error.ts';
import type { KeyPath, YamlFile } from '../config/yaml-file.ts';
import type { LineFault } from './line-faults.ts';
import { NOISE_COLOURS } from './noise.ts';
import { patternFault } from './patterns.ts';

export const pattern = z.string().superRefine((value, context) => {
  const fault = patternFault(value);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
});
export const patterns = z.union([pattern.transform((one) => [one]), z.array(pattern).min(1)]);
const afterMs = z.number().int().min(0).max(60_000);
const oneOf = (keys: readonly string[]): string => `exactly one of ${keys.join(', ')}`;
const holdsOne = (keys: readonly string[], value: object): boolean =>
  keys.filter((key) => key in value).length === 1;

const FAULTS = ['gap', 'stall', 'late', 'lose-marks', 'duplicate-marks', 'stray-mark', 'late-marks'] as const;
/** A hole or a stop of the line is at most this long: LineFaults holds back what comes meanwhile. */
const lineMs = z.number().int().min(20).max(10_000);
const writtenFault = z
  .strictObject({
    /** Media is not sent, and its timestamps skip this long. */
    gap: lineMs.optional(),
    /** Everything sent is held back this long, then comes in one burst; the timestamps have no hole. */
    stall: lineMs.optional(),
    /** So many times a frame comes after its successor. */
    late: z.strictObject({ frames: z.number().int().min(1).max(1_000) }).optional(),
    /** So many marks do not come back; true: none until the next step. */
    'lose-marks': z.union([z.literal(true), z.number().int().min(1).max(1_000)]).optional(),
    /** Marks come back twice until the next step. */
    'duplicate-marks': z.literal(true).optional(),
    /** One mark comes that the server never sent. */
    'stray-mark': z.literal(true).optional(),
    /** Marks come back this much later until the next step. */
    'late-marks': lineMs.optional(),
  })
  .refine((fault) => holdsOne(FAULTS, fault), { error: oneOf(FAULTS) })
  .transform(faultOf);

/** Faults of the line that begin with the step. */
export const faultList = z
  .array(z.preprocess((value) => (value === 'stray-mark' ? { 'stray-mark': true } : value), writtenFault))
  .min(1);

function faultOf(written: {
  readonly gap?: number | undefined;
  readonly stall?: number | undefined;
  readonly late?: { readonly frames: number } | undefined;
  readonly 'lose-marks'?: true | number | undefined;
  readonly 'duplicate-marks'?: true | undefined;
  readonly 'late-marks'?: number | undefined;
}): LineFault {
  const { gap, stall, late, 'lose-marks': lose, 'late-marks': lateMs } = written;
  if (gap !== undefined) return { kind: 'gap', forMs: gap };
  if (stall !== undefined) return { kind: 'stall', forMs: stall };
  if (late !== undefined) return { kind: 'late', frames: late.frames };
  if (lose !== undefined) return { kind: 'lose-marks', count: lose === true ? 'all' : lose };
  if (lateMs !== undefined) return { kind: 'late-marks', byMs: lateMs };
  return { kind: written['duplicate-marks'] === true ? 'duplicate-marks' : 'stray-mark' };
}

const stepFields = {
  /** A text that is spoken by the caller's voice. */
  say: z.string().min(1).max(1_000).optional(),
  /** A WAV file, relative to the scenario file. */
  play: z.string().min(1).optional(),
  /** Keys pressed one after the other: an answer that must be answered, as one that was spoken. */
  dtmf: z
    .string()
    .regex(/^[0-9A-D*#]{1,64}$/, 'keys 0-9, *, # or A-D')
    .optional(),
  /** From one key to the next. */
  everyMs: z.number().int().min(20).max(10_000).optional(),
  /** A sound without words, made from a seed; `dbfs` is the RMS level, of clicks the peak. */
  noise: z
    .strictObject({
      ms: z.number().int().min(20).max(60_000),
      dbfs: z.number().min(-96).max(-3),
      colour: z.enum(NOISE_COLOURS),
      seed: z.number().int().min(1).max(2_147_483_647).default(1),
    })
    .optional(),
  /**
   * Silence of the caller, from the end of the step before. With `expect` it begins when the agent has finished, is a turn
   * that the agent must fill of its own accord within this time, and is over as soon as it has.
   */
  wait: z.number().int().min(1).max(600_000).optional(),
  'hang-up': z.literal(true).optional(),
  /** The words in a WAV file, for the word error rate; for `say` it is the text itself. */
  as: z.string().min(1).optional(),
  /** Speaks this long after the agent's reply began to be heard instead of when the agent has finished. */
  interrupt: afterMs.optional(),
  /**
   * This sound must not become a turn. No answer is waited for, and one fails the scenario; said over a reply
   * (`interrupt`), the reply must be played to its end all the same.
   */
  ignored: z.literal(true).optional(),
  /** What the reply to this step must contain. */
  expect: patterns.optional(),
  fault: faultList.optional(),
};

const ACTIONS = ['say', 'play', 'dtmf', 'noise', 'wait', 'hang-up', 'repeat'] as const;
const ONE_ACTION = oneOf(ACTIONS);
const writtenStep = (value: unknown): unknown => (value === 'hang-up' ? { 'hang-up': true } : value);
const hasOneAction = (step: object): boolean => holdsOne(ACTIONS, step);

const plainStep = z.preprocess(
  writtenStep,
  z.strictObject(stepFields).refine(hasOneAction, { error: ONE_ACTION }),
);
export const step = z.preprocess(
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

export type PlainStep = z.output<typeof plainStep>;
export type WrittenStep = z.output<typeof step>;

/** Keys that only make sense beside one of certain actions. */
const NEEDS = {
  as: ['play'],
  expect: ['say', 'play', 'dtmf', 'wait'],
  everyMs: ['dtmf'],
  interrupt: ['say', 'play', 'dtmf', 'noise', 'hang-up'],
  ignored: ['say', 'play', 'noise'],
  fault: ['say', 'play', 'dtmf', 'noise', 'wait', 'hang-up'],
} as const;

/** What does not go together in a step, and WAV files that are not there. */
export function stepFaults(
  yaml: YamlFile<unknown>,
  written: WrittenStep,
  path: KeyPath,
): readonly ConfigFault[] {
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
  if (written.noise !== undefined && written.ignored === undefined) {
    faults.push(fault('noise', 'noise alone', 'ignored: true beside it, for it is no turn'));
  }
  if (written.ignored !== undefined && written.expect !== undefined) {
    faults.push(fault('expect', 'expect beside ignored', 'no answer to expect where none may come'));
  }
  return faults;
}
