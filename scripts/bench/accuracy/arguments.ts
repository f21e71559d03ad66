// Reads the command line of `npm run bench:accuracy`.
import { parseArgs } from 'node:util';

const SETS = ['sentences', 'yes-no', 'single-words', 'noise', 'all'] as const;
export type SetName = (typeof SETS)[number];

export const HELP = `Usage: npm run bench:accuracy -- DIR [--set NAME] [--limit N] [--json FILE] [--help]

Lets speech to text hear the recordings of a folder as a call would bring them (8 kHz, mu-law), in this process.
DIR holds MANIFEST.tsv with the columns path and transcript, and may have kind, speaker_accent and transcript_basis.

  --set NAME    sentences: word error rate, real-time factor and time to text for each setting
                yes-no, single-words: short answers with and without the phrases expected, and what they cost
                noise: sounds without words, with phrases expected
                all (default): five to ten minutes for 600 clips on 2 cores
  --limit N     at most N clips of each kind, spread over the folder
  --json FILE   where the figures are written as JSON (default: out/bench/accuracy.json)
  --help        print this text

Exit codes: 0 measured, 2 the folder or an option is of no use, 130 interrupted (what was finished is written).
`;

export interface Options {
  readonly folder: string;
  readonly set: SetName;
  readonly limit: number;
  readonly json: string;
}

/** What was written on the command line is of no use. */
export class UsageError extends Error {}

/** Null when only help was asked for. @throws UsageError */
export function readOptions(args: readonly string[]): Options | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) {
    throw new UsageError(`found ${positionals.length} folders, expected one`);
  }
  const set = SETS.find((name) => name === values.set);
  if (set === undefined) throw new UsageError(`--set: found "${values.set}", expected ${SETS.join(', ')}`);
  const limit = values.limit === undefined ? Infinity : Number(values.limit);
  if (limit !== Infinity && !(Number.isInteger(limit) && limit > 0)) {
    throw new UsageError(`--limit: found "${values.limit ?? ''}", expected a whole number above 0`);
  }
  return { folder, set, limit, json: values.json };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        set: { type: 'string', default: 'all' },
        limit: { type: 'string' },
        json: { type: 'string', default: 'out/bench/accuracy.json' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
