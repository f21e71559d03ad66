// The one schema of the configuration: every key, its range and its meaning; types and documentation derive from it.
import { z } from 'zod';
import { LOG_LEVELS } from './env.ts';
import { duration, whole } from './quantities.ts';
import { turn, TURN_ORDER } from './turn-schema.ts';

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
  maxVadWaitMs: duration(
    10,
    10_000,
    'New calls beside others are refused while a window of audio waits longer …',
  ),
  maxSttWaitMs: duration(10, 30_000, '… or a speech-to-text request …'),
  maxTtsWaitMs: duration(10, 30_000, '… or a text-to-speech request …'),
  maxEventLoopDelayMs: duration(5, 5_000, '… or while the p99 delay of the socket thread is above this.'),
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

const audio = z.strictObject({
  leadMs: duration(60, 2_000, 'Audio sent ahead of playout at most, so that a pause is felt at once.'),
  stallMs: duration(
    200,
    30_000,
    'Without audio from the caller for this long, silence takes its place. Below `stream.mediaTimeoutMs`.',
  ),
});

const dialling = z.strictObject({
  callsPerSecond: z
    .number()
    .min(0.1)
    .max(100)
    .describe(
      'Calls begun per second at most, over all campaigns. An account has 1 unless Twilio raised it.',
    ),
  maxConcurrentCalls: whole(1, 1_000, 'Calls that we made in progress at most, over all campaigns.'),
  keepFree: whole(0, 999, 'Slots kept for calls that come in; half of `server.maxCalls` at most.'),
  holdGreetingMs: duration(
    0,
    10_000,
    'A single call greets after the “hello” of the callee, or when nobody has spoken for this long; 0: at once.',
  ),
  ringTimeoutS: whole(15, 600, 'How long a single call rings before it is given up.'),
});

const speculation = z.strictObject({
  maxSttWaitMs: duration(
    0,
    30_000,
    'Answers are prepared before the turn is over while speech-to-text requests wait less; 0: never.',
  ),
  maxTtsWaitMs: duration(0, 30_000, 'The same of text-to-speech requests.'),
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
  speechCacheMb: whole(
    0,
    4_096,
    'Ready clauses kept to be said again, 8 kB a second; the least recently used go first. 0 keeps none.',
  ),
  voices: z.array(z.enum(VOICES)).min(1).describe('Voices of agents, loaded at the start.'),
});

const log = z.strictObject({
  level: z.enum(LOG_LEVELS).describe('Least severe lines written; `LOG_LEVEL` takes its place.'),
  transcripts: z.boolean().describe('Whether words and telephone numbers of people may stand in the log.'),
});

export const configSchema = z
  .strictObject({
    server,
    admission,
    refusal,
    agents,
    turn,
    audio,
    speculation,
    stream,
    dialling,
    inference,
    log,
  })
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
  const turnOrders = TURN_ORDER.map(({ low, high, orEqual }): Inequality => {
    const [small, large] = [config.turn[low], config.turn[high]];
    return {
      path: ['turn', low],
      value: small,
      expected: `${orEqual ? 'at most' : 'less than'} turn.${high} (${large})`,
      holds: orEqual ? small <= large : small < large,
    };
  });
  return [
    ...turnOrders,
    {
      path: ['audio', 'stallMs'],
      value: config.audio.stallMs,
      expected: `less than stream.mediaTimeoutMs (${config.stream.mediaTimeoutMs})`,
      holds: config.audio.stallMs < config.stream.mediaTimeoutMs,
    },
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
  readonly audio: z.output<typeof audio>;
  readonly stream: z.output<typeof stream>;
  readonly inference: z.output<typeof inference>;
}

type Frozen<T> = T extends number
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Frozen<T[Key]> }
      : T;

/** Everything that is not in the environment, checked and frozen. */
export type Config = Frozen<z.output<typeof configSchema>>;
