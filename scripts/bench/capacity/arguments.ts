// Reads the command line of the load benches: every flag checked, with a message that says what was expected.
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What was written on the command line cannot be used. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

export interface CommonOptions {
  readonly seed: number;
  readonly audio: string;
  readonly json: string;
  /** Where callers and server leave a CPU profile when they end; null for none. */
  readonly profile: string | null;
}

export interface CapacityOptions extends CommonOptions {
  readonly stepS: number;
  readonly maxCalls: number;
  /** Exactly these steps; null ramps and searches. */
  readonly calls: readonly number[] | null;
  readonly compareUnshared: boolean;
  /** The server refuses calls while it is late, as it is delivered. */
  readonly admission: boolean;
  /** Clauses that were said before need not be made again. */
  readonly speechCache: boolean;
}

export interface SoakOptions extends CommonOptions {
  /** A number, or a share of the knee that was measured before. */
  readonly load: { readonly calls: number } | { readonly share: number; readonly of: string };
  readonly minutes: number;
}

/** Where a capacity run leaves its figures, and where a soak looks for the knee. */
export const CAPACITY_JSON = join('out', 'bench', 'capacity.json');
export const SOAK_JSON = join('out', 'bench', 'soak.json');
const AUDIO = join('..', 'shared', 'audio');
const MOST_CALLS = 900;

const help = { type: 'boolean', default: false } as const;
const text = { type: 'string' } as const;
const COMMON_FLAGS = { seed: text, audio: text, json: text, profile: text, help };

export const CAPACITY_HELP = `Usage: npm run bench:capacity -- [options]

Starts a server and a process of simulated callers on this machine, and finds how many calls it carries: 1, 2, 5, 10,
20 ... calls, until the 95th percentile of the response time is above 1 s, a frame is lost, or a call is refused or
fails; then by halving to the last number that is good. One line per step; Ctrl-C ends it and keeps what was measured.

  --step-s N          seconds of each step (default: 60)
  --max-calls N       no step has more calls (default: 400)
  --calls N,N,...     exactly these steps, whatever comes of them
  --compare unshared  measure, by turns, a server with models of its own for each call and no batching, too
  --admission         let the server refuse calls while it is late, as it is delivered; without it the machine's own
                      limit is found. Refused callers call again, and a step without all its calls is bad
  --no-speech-cache   every clause is made anew: callers hear the same sentences more often than people would
  --seed N            chooses what is said and when (default: 1)
  --audio DIR         recorded speech with a MANIFEST.tsv (default: ${AUDIO}; Flite speaks when it is not there)
  --json FILE         write the figures there, besides ${CAPACITY_JSON}
  --profile DIR       write CPU profiles of the callers and of the server's socket thread there
  --help              print this text
`;

export const SOAK_HELP = `Usage: npm run bench:soak -- [options]

Keeps a number of calls going, each of 2 to 4 minutes and followed by another, and watches memory, answers and frames.
Exits with 1 when a call got stuck, a frame was lost, a call failed, or memory grew by more than 1 MB a minute.

  --calls N      calls at a time
  --share N      of the knee in ${CAPACITY_JSON} instead (default: 0.6)
  --minutes N    how long (default: 30)
  --seed N       chooses what is said and when (default: 1)
  --audio DIR    recorded speech with a MANIFEST.tsv (default: ${AUDIO}; Flite speaks when it is not there)
  --json FILE    where the figures are written (default: ${SOAK_JSON})
  --profile DIR  write CPU profiles of the callers and of the server's socket thread there
  --help         print this text
`;

/** Null when help is asked for. @throws ArgumentError */
export function capacityOptions(args: readonly string[]): CapacityOptions | null {
  const values = parse(args, {
    'step-s': text,
    'max-calls': text,
    calls: text,
    compare: text,
    admission: { type: 'boolean', default: false },
    'no-speech-cache': { type: 'boolean', default: false },
    ...COMMON_FLAGS,
  });
  if (values['help'] === true) return null;
  const { compare, calls } = values;
  if (compare !== undefined && compare !== 'unshared') {
    throw new ArgumentError(`--compare ${String(compare)}: only "unshared" can be compared with.`);
  }
  return {
    ...common(values, CAPACITY_JSON),
    stepS: numberOf(values, 'step-s', { least: 4, most: 3_600, otherwise: 60 }),
    maxCalls: wholeOf(values, 'max-calls', { least: 1, most: MOST_CALLS, otherwise: 400 }),
    calls: typeof calls === 'string' ? listOf(calls) : null,
    compareUnshared: compare !== undefined,
    admission: values['admission'] === true,
    speechCache: values['no-speech-cache'] !== true,
  };
}

/** Null when help is asked for. @throws ArgumentError */
export function soakOptions(args: readonly string[]): SoakOptions | null {
  const values = parse(args, {
    calls: text,
    share: text,
    minutes: text,
    ...COMMON_FLAGS,
  });
  if (values['help'] === true) return null;
  if (values['calls'] !== undefined && values['share'] !== undefined) {
    throw new ArgumentError('--calls and --share: give one of them, not both.');
  }
  const load =
    values['calls'] === undefined
      ? { share: numberOf(values, 'share', { least: 0.01, most: 2, otherwise: 0.6 }), of: CAPACITY_JSON }
      : { calls: wholeOf(values, 'calls', { least: 1, most: MOST_CALLS, otherwise: 1 }) };
  return {
    ...common(values, SOAK_JSON),
    load,
    minutes: numberOf(values, 'minutes', { least: 0.1, most: 10_080, otherwise: 30 }),
  };
}

type Values = Readonly<Record<string, string | boolean | undefined>>;
interface Range {
  readonly least: number;
  readonly most: number;
  readonly otherwise: number;
}

function parse(args: readonly string[], options: Record<string, typeof text | typeof help>): Values {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function common(values: Values, json: string): CommonOptions {
  return {
    seed: wholeOf(values, 'seed', { least: 0, most: 2 ** 31, otherwise: 1 }),
    audio: pathOf(values, 'audio') ?? AUDIO,
    json: pathOf(values, 'json') ?? json,
    profile: pathOf(values, 'profile'),
  };
}

function pathOf(values: Values, key: string): string | null {
  const value = values[key];
  if (value === '') throw new ArgumentError(`--${key}: nothing was given, a path was expected.`);
  return typeof value === 'string' ? value : null;
}

function listOf(list: string): readonly number[] {
  return list.split(',').map((part) => {
    const value = Number(part);
    if (part.trim() === '' || !Number.isInteger(value) || value < 1 || value > MOST_CALLS) {
      throw new ArgumentError(
        `--calls ${list}: expected whole numbers from 1 to ${MOST_CALLS}, as in 1,5,10.`,
      );
    }
    return value;
  });
}

function numberOf(values: Values, key: string, { least, most, otherwise }: Range): number {
  const given = values[key];
  if (given === undefined) return otherwise;
  const value = given === '' ? NaN : Number(given);
  if (value >= least && value <= most) return value;
  throw new ArgumentError(`--${key} ${String(given)}: expected a number from ${least} to ${most}.`);
}

function wholeOf(values: Values, key: string, range: Range): number {
  const value = numberOf(values, key, range);
  if (Number.isInteger(value)) return value;
  throw new ArgumentError(`--${key} ${String(values[key])}: expected a whole number.`);
}
