// Reads the command line of `npm run bench:people`.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ArgumentError } from '../capacity/arguments.ts';

export interface PeopleOptions {
  readonly audio: string;
  readonly rounds: number;
  readonly seed: number;
  readonly json: string;
}

const AUDIO = join('..', 'shared', 'audio');
export const PEOPLE_JSON = join('out', 'bench', 'people.json');
const MOST_ROUNDS = 100;

export const PEOPLE_HELP = `Usage: npm run bench:people -- [DIR] [options]

Recorded people talk to the demo's agents over the simulated line, two calls at a time, on one server that is started
for it: they book at the front desk, answer the survey and the reminder, and say things to the echo test. Prints what
was heard, how long each answer took, and where the time of the slow ones went.

The bounds are those of answers to questions. What is said to the echo test was not asked for, so that nobody knows when
it is finished: bench:turns measures that, and here it has a row and no bound of its own.

Every recorded answer is heard once before the calls. One that speech to text hears wrongly is left out and named in the
JSON: it would lead its call to another question than the next answer is for, where a person would say it again. How
many are heard wrongly, and by whom, is measured by bench:accuracy.

DIR holds recordings with a MANIFEST.tsv (default: ${AUDIO}).

  --rounds N    rounds of five calls, each with other people, some 75 s each (default: 5)
  --seed N      chooses who says what (default: 1)
  --json FILE   where the figures are written (default: ${PEOPLE_JSON})
  --help        print this text

Exit codes: 0 every turn was answered, and the questions' within the bounds, 1 not so, 2 the folder or an option is of no use,
130 interrupted (what was measured is written).
`;

/** Null when only help was asked for. @throws ArgumentError */
export function peopleOptions(args: readonly string[]): PeopleOptions | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  if (positionals.length > 1) throw new ArgumentError(`found ${positionals.length} folders, expected one`);
  const [audio = AUDIO] = positionals;
  return {
    audio,
    rounds: wholeNumber('rounds', values.rounds, 1, MOST_ROUNDS),
    seed: wholeNumber('seed', values.seed, 0, 2 ** 31),
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '5' },
        seed: { type: 'string', default: '1' },
        json: { type: 'string', default: PEOPLE_JSON },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(key: string, written: string, least: number, most: number): number {
  const value = Number(written);
  if (written !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ArgumentError(`--${key} ${written}: expected a whole number from ${least} to ${most}.`);
}
