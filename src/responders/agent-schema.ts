// The shape of an agent file: every key that config/agents/*.yaml may hold.
import { z } from 'zod';
import { MAX_CLAUSE_CHARS } from '../dialogue/clauses.ts';
import { modelSchema } from './llm/model-schema.ts';
import { parameterSchema } from './llm/tools/tools-schema.ts';

const text = z.string().trim().min(1);
const wordings = z.array(text).min(1);
const slotNames = z.array(text);
const hour = z.number().min(0).max(24);

/** A list is said once each; the long form says how often in all, repeating the last one. */
const prompts = z.union(
  [z.array(text).min(1), z.strictObject({ say: z.array(text).min(1), times: z.int().min(1).max(1000) })],
  { error: 'a list of texts, or { say: [texts], times: 1 to 1000 }' },
);

export const ANSWER_KINDS = [
  'none',
  'yes-no',
  'phrases',
  'number',
  'date',
  'time',
  'phone-number',
  'name',
  'free-text',
  'model',
] as const;

/** YAML has `1` for a number and `'*'` for a text. */
const telephoneKey = z
  .union([z.int(), z.string()], { error: 'one key: 0 to 9 or "*"' })
  .transform(String)
  .pipe(z.string().regex(/^[0-9*]$/, 'one key: 0 to 9 or "*"'));

const option = z.strictObject({ wordings, go: text.optional(), key: telephoneKey.optional() });

/** Said by the call itself, and spoken as one clause. */
const phrase = text.max(MAX_CLAUSE_CHARS).optional();

export const stepSchema = z.strictObject({
  /** Said when the step is entered; may hold {{slot}}. Empty: the step before has asked already. */
  say: z.string().trim(),
  /** The text is played to its end, whatever the caller says meanwhile. */
  uninterruptible: z.literal(true).optional(),
  /** The question in short, for {{question}} in prompts. */
  again: text.optional(),
  answer: z.enum(ANSWER_KINDS).optional(),
  into: text.optional(),
  go: text.optional(),
  yes: text.optional(),
  no: text.optional(),
  options: z.record(z.string(), option).optional(),
  min: z.int().min(-1_000_000).max(1_000_000).optional(),
  max: z.int().min(-1_000_000).max(1_000_000).optional(),
  /** Hours of the day, 0 to 24. */
  earliest: hour.optional(),
  latest: hour.optional(),
  /** A day is refused when it is further ahead than this. */
  withinDays: z.int().min(0).max(3660).optional(),
  minDigits: z.int().min(3).max(15).optional(),
  /** With answer: model: what the language model is to reach, what it collects, and where else it may lead. */
  goal: text.optional(),
  collect: z.record(z.string(), parameterSchema).optional(),
  exits: z.record(z.string(), text).optional(),
  also: slotNames.optional(),
  corrects: slotNames.optional(),
  back: text.optional(),
  needs: slotNames.optional(),
  otherwise: text.optional(),
  set: z.record(z.string(), text).optional(),
  clear: slotNames.optional(),
  reprompts: prompts.optional(),
  giveUp: text.optional(),
  /** Hang up once the text was played; the value names how the conversation ended. */
  end: text.optional(),
});

export const agentSchema = z.strictObject({
  /** The file's name without `.yaml`. */
  name: text,
  language: z.enum(['en-US', 'en-GB']),
  /** Two letters; telephone numbers without a country code belong to it. */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'two capital letters, e.g. US')
    .default('US'),
  voice: text,
  /** IANA name; "tomorrow" and "next Tuesday" are reckoned in it. */
  timezone: text,
  variables: z.record(z.string(), text).default({}),
  /** The long form for a greeting that is played to its end. */
  greeting: z.union([text, z.strictObject({ say: text, uninterruptible: z.literal(true).optional() })], {
    error: 'a text, or { say: text, uninterruptible: true }',
  }),
  /** Calls that we make begin with this instead: who calls, that the voice is artificial, how to make the calls stop. */
  outbound: z.strictObject({ greeting: text, uninterruptible: z.literal(true).optional() }).optional(),
  /** A language model: without `steps` it has the whole conversation, else those with answer: model. */
  model: modelSchema.optional(),
  start: text.optional(),
  steps: z.record(z.string(), stepSchema).optional(),
  anywhere: z
    .record(z.string(), z.strictObject({ wordings, go: text.optional(), repeat: z.literal(true).optional() }))
    .default({}),
  /** What the call says of its own accord, where it is not the usual text. */
  phrases: z
    .strictObject({ apology: phrase, filler: phrase, 'time-warning': phrase, 'time-up': phrase })
    .default({}),
  silence: prompts.optional(),
  reprompts: prompts.optional(),
  /** Where the caller is led when the reprompts are used up. */
  giveUp: text.optional(),
  /** The step that ends the call when nobody answers. */
  goodbye: text.optional(),
});

/** As it is written: an agent of a language model alone needs no steps. */
export type WrittenAgent = z.output<typeof agentSchema>;
const SCRIPT_KEYS = ['start', 'steps', 'silence', 'reprompts', 'giveUp', 'goodbye'] as const;
export type ScriptKey = (typeof SCRIPT_KEYS)[number];
export type AgentFile = Omit<WrittenAgent, ScriptKey> & {
  readonly [Key in ScriptKey]: NonNullable<WrittenAgent[Key]>;
};

/** What an agent of a language model alone says and does besides. */
const MODEL_SCRIPT: Pick<AgentFile, ScriptKey> = {
  start: 'talk',
  steps: {
    talk: { say: '', answer: 'model', go: 'goodbye' },
    goodbye: { say: 'Thank you for your call. Goodbye.', end: 'completed' },
  },
  silence: ['Are you still there?', 'Take your time.', 'I cannot hear you.'],
  reprompts: ['Sorry, I did not catch that.'],
  giveUp: 'goodbye',
  goodbye: 'goodbye',
};

/** The file with what it may leave out, and what is missing. */
export function withScript(agent: WrittenAgent): {
  readonly agent: AgentFile;
  readonly missing: readonly ScriptKey[];
} {
  const isAlone = agent.model !== undefined && agent.steps === undefined;
  const missing = isAlone ? [] : SCRIPT_KEYS.filter((key) => agent[key] === undefined);
  const given = Object.fromEntries(Object.entries(agent).filter(([, value]) => value !== undefined));
  return { agent: { ...MODEL_SCRIPT, ...given } as AgentFile, missing };
}
export type StepFile = z.output<typeof stepSchema>;
export type PromptsFile = z.output<typeof prompts>;
