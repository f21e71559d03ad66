// The process of all simulated callers: prepares what they say, then opens and ends calls as it is told.
import { ClipBank } from '../../../src/simulator/prepared-line.ts';
import type { SimulatedStream } from '../../../src/simulator/simulated-stream.ts';
import { systemClock } from '../../../src/simulator/simulator-clock.ts';
import { loadClips, type SpokenClip } from './clips.ts';
import { runLoadCall } from './load-call.ts';
import { LoadCaller } from './load-caller.ts';
import type { FromCallers, ToCallers } from './messages.ts';
import { seededRandom, type Random } from './random.ts';

/** A quiet line; noise under the speech keeps the detector from seeing digital silence. */
const NOISE_DBFS = -60;

interface OpenCall {
  readonly caller: LoadCaller;
  readonly abort: AbortController;
}

class CallerProcess {
  readonly #calls = new Map<number, OpenCall>();
  #clips: readonly SpokenClip[] = [];
  #bank = new ClipBank({ noiseDbfs: NOISE_DBFS, seed: 1 }, []);

  take(message: ToCallers): void {
    switch (message.type) {
      case 'prepare':
        void this.#prepare(message.audio, message.seed);
        return;
      case 'open':
        void this.#open(message);
        return;
      case 'finish':
        this.#calls.get(message.call)?.caller.finish();
        return;
      case 'hang-up':
        this.#calls.get(message.call)?.abort.abort();
    }
  }

  async #prepare(audio: string, seed: number): Promise<void> {
    try {
      const { source, clips } = await loadClips(audio);
      this.#clips = clips;
      this.#bank = new ClipBank(
        { noiseDbfs: NOISE_DBFS, seed: 1 + (seed & 0xffff) },
        clips.map(({ clip }) => clip),
      );
      const samples = clips.reduce((sum, { clip }) => sum + clip.samples.length, 0);
      tell({ type: 'prepared', source, clips: clips.length, seconds: Math.round(samples / 8_000) });
    } catch (error) {
      tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  async #open({ call, seed, target }: Extract<ToCallers, { type: 'open' }>): Promise<void> {
    const random = seededRandom(seed);
    const abort = new AbortController();
    let stream: SimulatedStream | null = null;
    const caller = new LoadCaller({
      clips: this.#clips,
      random,
      onTurn: ({ spokenMs, ...turn }) => {
        const agoMs = (stream?.elapsedMs ?? 0) - spokenMs;
        tell({ type: 'turn', call, ...turn, spokenAt: Date.now() - agoMs });
      },
    });
    this.#calls.set(call, { caller, abort });
    const end = await runLoadCall({
      target,
      clock: systemClock,
      caller,
      line: this.#bank.line(Math.floor(random.between(0, 250))),
      randomHex: (count) => hex(random, count),
      onStream: (opened) => {
        stream = opened;
        tell({ type: 'connected', call });
      },
      signal: abort.signal,
    });
    this.#calls.delete(call);
    tell({ type: 'ended', call, ...end });
  }
}

/** Seeds differ between calls, and so do the identifiers made from them. */
function hex(random: Random, count: number): string {
  return Array.from({ length: count }, () => Math.floor(random.next() * 16).toString(16)).join('');
}

function tell(message: FromCallers): void {
  if (process.connected) process.send?.(message);
}

// Ctrl-C reaches the whole group: the bench decides what it means for its callers.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => {
  process.exit(0);
});
const callers = new CallerProcess();
process.on('message', (message) => {
  callers.take(message as ToCallers);
});
