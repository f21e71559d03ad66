// Reads the command line of `npm run bench:turns`.
import { parseArgs } from 'node:util';

export const HELP = `Usage: npm run bench:turns -- [DIR] [--seed N] [--limit N] [--json FILE] [--help]

Joins the recordings of a folder into turns with pauses in them, lets the real models hear them in this process, and
compares when fixed silences and what was heard would have ended each turn: false cut-offs against delay. How a voice ends is
judged by weights that are fitted, in the same run, to the turns of the other speakers: with few clips they are worse.
DIR (default: ../shared/audio) holds MANIFEST.tsv with the columns path, kind and transcript, and may have speaker_accent.

  --seed N      of the recipe: which pauses, where and how long (default: 1)
  --limit N     at most N clips, spread over the folder
  --json FILE   where the figures are written as JSON (default: out/bench-turns/turns.json); the plot lies beside it
  --help        print this text

What the models heard is kept in out/bench-turns/heard.json: a second run with the same turns takes seconds.
Exit codes: 0 measured, 2 the folder or an option is of no use, 130 interrupted (what was heard is kept).
`;

export interface Options {
  readonly folder: string;
  readonly seed: number;
  readonly limit: number;
  readonly json: string;
}

/** What was written on the command line is of no use. */
export class UsageError extends Error {}

/** Null when only help was asked for. @throws UsageError */
export function readOptions(args: readonly string[]): Options | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [folder = '../shared/audio', ...more] = positionals;
  if (more.length > 0) throw new UsageError(`found ${positionals.length} folders, expected one`);
  return {
    folder,
    seed: wholeNumber('--seed', values.seed, 0),
    limit: values.limit === undefined ? Infinity : wholeNumber('--limit', values.limit, 1),
    json: values.json,
  };
}

function wholeNumber(option: string, found: string, least: number): number {
  const value = Number(found);
  if (/^\d+$/.test(found) && value >= least && Number.isSafeInteger(value)) return value;
  throw new UsageError(`${option}: found "${found}", expected a whole number from ${least} on`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        seed: { type: 'string', default: '1' },
        limit: { type: 'string' },
        json: { type: 'string', default: 'out/bench-turns/turns.json' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
