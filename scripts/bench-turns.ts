// Measures when a caller's turn is taken to be over: pauses wrongly taken for the end, and the delay after the true one.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RecordingsError } from './bench/accuracy/recordings.ts';
import { benchMachine } from './bench/machine.ts';
import { HELP, readOptions, UsageError, type Options } from './bench/turns/arguments.ts';
import { readSpokenClips, type SpokenClip } from './bench/turns/clips.ts';
import { compare } from './bench/turns/compare.ts';
import { crossValidated, FOLDS } from './bench/turns/folds.ts';
import { hearAll } from './bench/turns/hear-all.ts';
import { plotOf } from './bench/turns/plot.ts';
import { tableOf } from './bench/turns/print.ts';
import { makeTurns } from './bench/turns/recipe.ts';
import { DEFAULT_END_OF_TURN_POLICY } from '../src/turn/end-of-turn.ts';

const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

/** N of them, evenly over the folder. */
function limited(clips: readonly SpokenClip[], limit: number): readonly SpokenClip[] {
  if (clips.length <= limit) return clips;
  return Array.from({ length: limit }, (_, i) => clips[Math.floor((i * clips.length) / limit)]!);
}

async function bench({ folder, seed, limit, json }: Options): Promise<void> {
  const { clips, leftOut } = readSpokenClips(folder);
  const turns = makeTurns(limited(clips, limit), seed);
  const machine = benchMachine();
  process.stdout.write(`${machine.processor}, ${machine.cores} cores, Node ${machine.node}\n`);
  process.stdout.write(`${turns.length} turns of ${Math.min(limit, clips.length)} clips, seed ${seed}\n`);
  for (const [reason, left] of Object.entries(leftOut)) process.stdout.write(`left out: ${left} ${reason}\n`);
  const heard = await hearAll(turns);
  if (heard === null) {
    process.exitCode = EXIT_INTERRUPTED;
    return;
  }
  const comparison = compare(crossValidated(heard), DEFAULT_END_OF_TURN_POLICY);
  process.stdout.write(
    `\nCross-validated, ${FOLDS} folds: how a voice ends is judged by weights fitted without its speaker.\n`,
  );
  process.stdout.write(
    `Pauses are the recipe's, made or joined, and the speakers' own, of 200 ms and more.\n\n`,
  );
  process.stdout.write(tableOf(comparison));
  const plot = join(dirname(json), 'turns.svg');
  mkdirSync(dirname(json), { recursive: true });
  const figures = { machine, seed, turns: turns.length, leftOut, ...comparison };
  writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`);
  writeFileSync(plot, plotOf(comparison));
  process.stdout.write(`\nWritten to ${json} and ${plot}\n`);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(HELP);
  else await bench(options);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof RecordingsError)) throw error;
  process.stderr.write(`${error.message}\n${error instanceof UsageError ? `\n${HELP}` : ''}`);
  process.exitCode = EXIT_USAGE;
}
