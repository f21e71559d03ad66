// Hears turns once and keeps what was heard in a file: a second run over the same turns takes seconds.
import { HeardStore } from './heard-store.ts';
import { MIN_SILENCE_MS, TurnListener } from './listen.ts';
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
