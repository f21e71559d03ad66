// The one schema of the configuration: every key, its range and its meaning; types and documentation derive from it.
import { z } from 'zod';
import type { Ms } from '../audio/units.ts';
import { LOG_LEVELS } from './env.ts';

const whole = (min: number, max: number, meaning: string): z.ZodNumber =>
  z.number().int().min(min).max(max).describe(meaning);
/** The output type carries the unit; at run time it is the number as written. */
const duration = (min: number, max: number, meaning: string): z.ZodType<Ms> =>
  whole(min, max, meaning) as unknown as z.ZodType<Ms>;
const probability = (meaning: string): z.ZodNumber => z.number().min(0).max(1).describe(meaning);
const name = (meaning: string): z.ZodString => z.string().min(1).max(200).describe(meaning);
const agentName = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'an agent name: small letters, digits and single hyphens');
const calledNumber = z
  .string()
  .regex(/^\+[1-9]\d{1,14}$/, 'a telephone number in quotes, e.g. "+15550100123"');

/** What the Flite package speaks with. */
export const VOICES = ['awb', 'kal', 'kal16', 'rms', 'slt'] as const;
const DEVICES = ['auto', 'cpu', 'cuda'] as const;

const server = z.strictObject({
  host: name('Address to listen on; `HOST` takes its place.'),
  port: whole(0, 65_535, 'Port to listen on, 0 for any free one; `PORT` takes its place.'),
  maxCalls: whole(1, 1_000, 'Calls at a time; one more is refused politely. At most `inference.vadSlots`.'),
  drainTimeoutMs: duration(0, 3_600_000, 'How long calls in progress may go on after a stop signal.'),
});

const admission = z.strictObject({
  maxVadWaitMs: duration(10, 10_000, 'New calls are refused while a window of audio waits longer.'),
  maxSttWaitMs: duration(10, 30_000, 'New calls are refused while a speech-to-text request waits longer.'),
  maxTtsWaitMs: duration(10, 30_000, 'New calls are refused while a text-to-speech request waits longer.'),
  maxEventLoopDelayMs: duration(
    5,
    5_000,
    'New calls are refused while the p99 of the socket thread is above.',
  ),
  reopenShare: z
    .number()
    .min(0.1)
    .max(1)
    .describe('Then calls are taken again below this share of each limit'),
  reopenAfterMs: duration(0, 600_000, '… that has held for this long.'),
});

const refusal = z.strictObject({
  say: z
    .string()
    .max(1_000)
    .describe('Words for every call that is not taken; empty: words for each reason.'),
  redirect: z
    .string()
    .regex(/^(https?:\/\/[^\s/]+\S*)?$/iu, 'an address with https:// of a TwiML document, or nothing')
    .describe('Address of the TwiML that such a call gets instead of words.'),
  enqueue: z.string().max(64).describe('Twilio queue that such a call is put into instead.'),
});

const agents = z.strictObject({
  folder: name('Folder of the agent files, relative to the file that names it.'),
  default: agentName.describe('Agent of calls that neither the webhook nor a route gives another one.'),
  routes: z.record(calledNumber, agentName).describe('Called number to agent name.'),
});

const turn = z.strictObject({
  speechOn: probability('Speech probability at which speech may begin.'),
  speechOff: probability('Speech probability below which speech may end. Below `speechOn`.'),
  minSpeechMs: duration(32, 1_000, 'Shorter speech is a click, not a caller.'),
  minSilenceMs: duration(
    32,
    2_000,
    'Silence after which the answer is prepared on speculation. Below `endSilenceMs`.',
  ),
  endSilenceMs: duration(100, 5_000, 'Silence after which the turn of the caller is over.'),
  minInterruptMs: duration(
    64,
    5_000,
    'Speech over the voice of the agent that stops the agent. Above `minSpeechMs`.',
  ),
  askAgainMs: duration(
    32,
    5_000,
    'Speech without words is answered from this length on. Above `minSpeechMs`.',
  ),
  prerollMs: duration(0, 1_000, 'Audio kept from before the onset of speech.'),
  maxUtteranceMs: duration(1_000, 30_000, 'Audio of one turn at most; then it is answered.'),
  thinkingDeadlineMs: duration(
    500,
    30_000,
    'From the end of the turn to the first audio of the reply; then an apology.',
  ),
  playoutSlackMs: duration(100, 10_000, 'Wait for a mark of Twilio past the computed end of playout.'),
  verdictGraceMs: duration(
    100,
    10_000,
    'Without a verdict for this long, deadlines are kept without the detector. Above `minSilenceMs`.',
  ),
  idleMs: duration(1_000, 120_000, 'Silence on an open line after which the agent speaks again.'),
});

const audio = z.strictObject({
  leadMs: duration(60, 2_000, 'Audio sent ahead of playout at most, so that a pause is felt at once.'),
});

const stream = z.strictObject({
  startTimeoutMs: duration(
    500,
    60_000,
    'From the upgrade to the start of the stream; then the socket is closed.',
  ),
  tokenTtlMs: duration(1_000, 600_000, 'How long the one-use token of an answered call is valid.'),
  mediaTimeoutMs: duration(1_000, 60_000, 'Without a frame from Twilio for this long the line is dead.'),
  maxBufferedBytes: whole(65_536, 67_108_864, 'Unsent bytes at which a media socket is given up.'),
});

const inference = z.strictObject({
  vadSlots: whole(1, 1_000, 'Voice activity states held at a time, one per call.'),
  vadGatherMs: duration(0, 30, 'How long windows of several calls wait for each other to share a run.'),
  sttProcesses: z
    .union([z.literal('auto'), whole(1, 16, '')])
    .describe(
      'Processes of speech to text, each with its own copy of the model; `auto` takes half of the cores.',
    ),
  sttGatherMs: duration(
    0,
    50,
    'How long speech-to-text requests of several calls wait for each other to share a run.',
  ),
  heavyRuns: z
    .union([z.literal('auto'), whole(1, 64, '')])
    .describe(
      'Speech-to-text and text-to-speech runs at the same time, the most urgent first; `auto` takes the cores.',
    ),
  sttThreads: whole(1, 64, 'Threads of the speech-to-text model.'),
  sttQueueLimit: whole(1, 10_000, 'Speech-to-text requests waiting at most; one more fails.'),
  sttDeadlineMs: duration(
    500,
    60_000,
    'From a speech-to-text request to its answer; a run of 60 s of audio may take all of it, a shorter one less.',
  ),
  ttsQueueLimit: whole(1, 10_000, 'Text-to-speech requests waiting at most; one more fails.'),
  ttsDeadlineMs: duration(500, 60_000, 'One text-to-speech run at most; then the model process is replaced.'),
  device: z
    .enum(DEVICES)
    .describe('Where speech to text runs: `cuda` or not at all, `auto` where CUDA is usable, else the CPU.'),
  cacheFolder: name(
    'Folder of optimized model graphs, relative to the file that names it; `auto`: the cache of the user; `off`: none.',
  ),
  laneMemoryMb: whole(
    64,
    1_048_576,
    'Resident memory of a model process, in MB, beyond which it is replaced while it goes on working.',
  ),
  voices: z.array(z.enum(VOICES)).min(1).describe('Voices of agents, loaded at the start.'),
});

const log = z.strictObject({
  level: z.enum(LOG_LEVELS).describe('Least severe lines written; `LOG_LEVEL` takes its place.'),
  transcripts: z.boolean().describe('Whether words and telephone numbers of people may stand in the log.'),
});

export const configSchema = z
  .strictObject({ server, admission, refusal, agents, turn, audio, stream, inference, log })
  .superRefine((config, context) => {
    for (const { path, value, expected, holds } of inequalities(config)) {
      if (!holds) context.addIssue({ code: 'custom', path: [...path], message: expected, input: value });
    }
    const [chosen, second] = REFUSAL_KEYS.filter((key) => config.refusal[key] !== '');
    if (chosen === undefined || second === undefined) return;
    const message = `nothing, since refusal.${chosen} is set`;
    context.addIssue({
      code: 'custom',
      path: ['refusal', second],
      message,
      input: config.refusal[second],
    });
  });

/** A call that is not taken gets one answer. */
const REFUSAL_KEYS = ['say', 'redirect', 'enqueue'] as const;

interface Inequality {
  readonly path: readonly [string, string];
  readonly value: number;
  readonly expected: string;
  readonly holds: boolean;
}

/** What no single key can tell: the order that the numbers must be in. */
function inequalities(config: ConfigValues): readonly Inequality[] {
  const turnBelow = (low: TurnKey, high: TurnKey): Inequality => ({
    path: ['turn', low],
    value: config.turn[low],
    expected: `less than turn.${high} (${config.turn[high]})`,
    holds: config.turn[low] < config.turn[high],
  });
  return [
    turnBelow('speechOff', 'speechOn'),
    turnBelow('minSilenceMs', 'endSilenceMs'),
    turnBelow('minSpeechMs', 'minInterruptMs'),
    turnBelow('minSpeechMs', 'askAgainMs'),
    turnBelow('minSilenceMs', 'verdictGraceMs'),
    {
      path: ['server', 'maxCalls'],
      value: config.server.maxCalls,
      expected: `at most inference.vadSlots (${config.inference.vadSlots})`,
      holds: config.server.maxCalls <= config.inference.vadSlots,
    },
  ];
}

interface ConfigValues {
  readonly server: z.output<typeof server>;
  readonly turn: z.output<typeof turn>;
  readonly inference: z.output<typeof inference>;
}
type TurnKey = keyof z.output<typeof turn>;

type Frozen<T> = T extends number
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Frozen<T[Key]> }
      : T;

/** Everything that is not in the environment, checked and frozen. */
export type Config = Frozen<z.output<typeof configSchema>>;
