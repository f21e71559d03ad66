// Reads the command line of `npm run bench:model`.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ArgumentError } from '../capacity/arguments.ts';
import { whole } from '../whole.ts';

export const MODEL_JSON = join('out', 'bench', 'model.json');
const MOST_CALLS = 64;

export const MODEL_HELP = `Usage: npm run bench:model -- [options]

Starts a server on this machine whose agent is a language model: a server of its own that answers after a fixed time and
at a fixed rate. Synthetic callers talk to it over the wire; each step has so many of them at a time.

  --calls LIST        calls at a time, one step each (default: 1,20)
  --turns N           turns of each call (default: 6)
  --first-token-ms N  from the request to the first token (default: 300)
  --tokens N          tokens a second (default: 60)
  --no-speculation    requests are not begun before the turn is over
  --json FILE         where the figures are written as JSON (default: ${MODEL_JSON})
  --help              print this text

Exit codes: 0 measured, 1 the server did not start or a call failed, 2 an option is of no use, 130 interrupted.
`;

export interface ModelBenchOptions {
  readonly calls: readonly number[];
  readonly turns: number;
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  readonly speculation: boolean;
  readonly json: string;
}

/** Null when only help was asked for. @throws ArgumentError */
export function modelOptions(args: readonly string[]): ModelBenchOptions | null {
  const values = parse(args);
  if (values.help) return null;
  if (values.json === '') throw new ArgumentError('--json: nothing was given, a path was expected.');
  return {
    calls: values.calls.split(',').map((text) => whole('calls', text, 1, MOST_CALLS)),
    turns: whole('turns', values.turns, 1, 100),
    firstTokenMs: whole('first-token-ms', values['first-token-ms'], 0, 60_000),
    tokensPerSecond: whole('tokens', values.tokens, 1, 10_000),
    speculation: !values['no-speculation'],
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        calls: { type: 'string', default: '1,20' },
        turns: { type: 'string', default: '6' },
        'first-token-ms': { type: 'string', default: '300' },
        tokens: { type: 'string', default: '60' },
        'no-speculation': { type: 'boolean', default: false },
        json: { type: 'string', default: MODEL_JSON },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new ArgumentError((error as Error).message);
  }
}
