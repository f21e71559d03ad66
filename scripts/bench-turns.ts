// Measures when a caller's turn is taken to be over: pauses wrongly taken for the end, and the delay after the true one.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RecordingsError } from './bench/accuracy/recordings.ts';
import { benchMachine } from './bench/machine.ts';
import { HELP, readOptions, UsageError, type Options } from './bench/turns/arguments.ts';
import { readSpokenClips, type SpokenClip } from './bench/turns/clips.ts';
import { compare } from './bench/turns/compare.ts';
import { HeardStore } from './bench/turns/heard-store.ts';
import { MIN_SILENCE_MS, TurnListener } from './bench/turns/listen.ts';
import { plotOf } from './bench/turns/plot.ts';
import { tableOf } from './bench/turns/print.ts';
import { makeTurns, type RecipeTurn } from './bench/turns/recipe.ts';
import type { ReplayTurn } from './bench/turns/replay.ts';
import { DEFAULT_END_OF_TURN_POLICY } from '../src/turn/end-of-turn.ts';

const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;
const HEARD_FILE = 'out/bench-turns/heard.json';
/** What was heard is written this often, so that an interrupted run is not lost. */
const SAVED_EVERY = 100;

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
  const comparison = compare(heard, DEFAULT_END_OF_TURN_POLICY);
  process.stdout.write(`\n${tableOf(comparison)}`);
  const plot = join(dirname(json), 'turns.svg');
  mkdirSync(dirname(json), { recursive: true });
  const figures = { machine, seed, turns: turns.length, leftOut, ...comparison };
  writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`);
  writeFileSync(plot, plotOf(comparison));
  process.stdout.write(`\nWritten to ${json} and ${plot}\n`);
}

/** Null when interrupted. */
async function hearAll(turns: readonly RecipeTurn[]): Promise<ReplayTurn[] | null> {
  const store = new HeardStore(HEARD_FILE, MIN_SILENCE_MS);
  const missing = turns.filter((turn) => store.get(turn) === null);
  if (missing.length > 0 && !(await hearMissing(missing, store))) return null;
  return turns.map((turn) => ({ ...turn, heard: store.get(turn) ?? { silences: [], doubtMs: [] } }));
}

async function hearMissing(missing: readonly RecipeTurn[], store: HeardStore): Promise<boolean> {
  const stop = new AbortController();
  process.once('SIGINT', () => {
    stop.abort();
    process.stderr.write('\nStopping after this turn; once more to stop at once.\n');
  });
  const listener = await TurnListener.open(MIN_SILENCE_MS);
  for (const [done, turn] of missing.entries()) {
    if (stop.signal.aborted) break;
    store.set(turn, await listener.hear(turn));
    if (done % SAVED_EVERY === SAVED_EVERY - 1) store.save();
    if (process.stderr.isTTY) process.stderr.write(`\r  ${done + 1} of ${missing.length} turns heard `);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  store.save();
  await listener.close();
  return !stop.signal.aborted;
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
