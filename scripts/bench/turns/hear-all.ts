// Hears turns once and keeps what was heard in a file: a second run over the same turns takes seconds.
import { HeardStore } from './heard-store.ts';
import { quietMs } from '../../../src/audio/level.ts';
import { LINE_HZ, ms, type Ms } from '../../../src/audio/units.ts';
import { MIN_SILENCE_MS, silenceAudio, TurnListener, type HeardSilence, type HeardTurn } from './listen.ts';
import type { RecipeTurn } from './recipe.ts';
import type { ReplayTurn } from './replay.ts';

const HEARD_FILE = 'out/bench-turns/heard.json';
/** What was heard is written this often, so that an interrupted run is not lost. */
const SAVED_EVERY = 100;

/** Null when interrupted. */
export async function hearAll(turns: readonly RecipeTurn[]): Promise<ReplayTurn[] | null> {
  const store = new HeardStore(HEARD_FILE, MIN_SILENCE_MS);
  const missing = turns.filter((turn) => store.get(turn) === null);
  if (missing.length > 0 && !(await hearMissing(missing, store))) return null;
  return turns.map((turn) => heardTurn(turn, store.get(turn) ?? { silences: [], doubtMs: [] }));
}

export function heardTurn(turn: RecipeTurn, heard: HeardTurn): ReplayTurn {
  return { ...turn, heard, lastSoundMs: heard.silences.map((silence) => lastSoundOf(turn, silence)) };
}

/** As a call finds it in the audio that it has transcribed. */
function lastSoundOf(turn: RecipeTurn, silence: HeardSilence): Ms | null {
  const quiet = quietMs(silenceAudio(turn, silence), LINE_HZ);
  return quiet === null ? null : ms(silence.askedMs - quiet);
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
