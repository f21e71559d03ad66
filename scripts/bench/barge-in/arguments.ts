// Reads the command line of `npm run bench:barge-in`.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ArgumentError } from '../capacity/arguments.ts';
import { whole } from '../whole.ts';

export const BARGE_IN_JSON = join('out', 'bench', 'barge-in.json');
const AUDIO = join('..', 'shared', 'audio');
const MOST_CALLS = 16;

export const BARGE_IN_HELP = `Usage: npm run bench:barge-in -- [DIR] [options]

Starts a server on this machine and plays recordings to it over the wire: over the agent's voice while it talks, and on
the open line while it listens. Speech over the voice: how long the agent is still heard. Sounds and signs of listening
over the voice: whether the reply ends for good, and how long it pauses. Noise on the open line: whether it starts a turn.
DIR holds recordings with a MANIFEST.tsv (columns path, kind, transcript, seconds; default: ${AUDIO}); signs of
listening are also spoken by Flite's voices.

  --limit N    at most N clips of each kind, spread over the folder (default: all; a quarter of an hour)
  --calls N    calls at a time, 1 to ${MOST_CALLS} (default: 4)
  --seed N     chooses the moments at which the clips begin (default: 1)
  --json FILE  where the figures are written as JSON (default: ${BARGE_IN_JSON})
  --help       print this text

Exit codes: 0 measured, 1 the server did not start or a call failed, 2 the folder or an option is of no use,
130 interrupted (what was measured is written).
`;

export interface BargeInOptions {
  readonly folder: string;
  /** Infinity for all. */
  readonly limit: number;
  readonly calls: number;
  readonly seed: number;
  readonly json: string;
}

/** Null when only help was asked for. @throws ArgumentError */
export function bargeInOptions(args: readonly string[]): BargeInOptions | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [folder = AUDIO, ...more] = positionals;
  if (more.length > 0) throw new ArgumentError(`Found ${positionals.length} folders, expected one.`);
  if (values.json === '') throw new ArgumentError('--json: nothing was given, a path was expected.');
  const { limit } = values;
  return {
    folder,
    limit: limit === undefined ? Infinity : whole('limit', limit, 1, 10_000),
    calls: whole('calls', values.calls, 1, MOST_CALLS),
    seed: whole('seed', values.seed, 0, 2 ** 31),
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        limit: { type: 'string' },
        calls: { type: 'string', default: '4' },
        seed: { type: 'string', default: '1' },
        json: { type: 'string', default: BARGE_IN_JSON },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}
