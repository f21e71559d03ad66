// A whole run of the barge-in bench: server and callers started, clips shared out, the figures printed and written.
import { dirname, join, resolve } from 'node:path';
import { systemClock } from '../../../src/simulator/simulator-clock.ts';
import { startShared } from '../capacity/bench-server.ts';
import { EXIT_FAILED, print, writeJson } from '../capacity/program.ts';
import { seededRandom, seedFor } from '../capacity/random.ts';
import { benchMachine } from '../machine.ts';
import type { BargeInOptions } from './arguments.ts';
import { loadProbeClips, type ProbeClip } from './clips.ts';
import { bargeInFigures, type OpenLine, type OverVoice } from './figures.ts';
import { bargeInTable } from './print.ts';
import { runProbeCall } from './probe-call.ts';

const MOST_PROBLEMS = 5;
/** A line of progress after this many clips. */
const TELL_EVERY = 25;

/** Resolves with the exit code. @throws ArgumentError, ServerStartError; rejects with the signal's reason. */
export async function runBargeIn(options: BargeInOptions, signal: AbortSignal): Promise<number> {
  const { calls, folder, json, limit, seed } = options;
  const { clips, nudge } = await loadProbeClips(resolve(folder), limit);
  const noises = clips.filter(({ kind }) => kind === 'noise');
  const sentences = clips.filter(({ kind }) => kind === 'speech').length;
  const signs = clips.length - sentences - noises.length;
  print(`${sentences} sentences, ${signs} signs of listening, ${noises.length} noises.`);
  const server = await startShared({
    out: dirname(json),
    calls: 2 * calls,
    admission: false,
    speechCache: true,
    profile: null,
    signal,
  });
  const over: OverVoice[] = [];
  const open: OpenLine[] = [];
  const problems: string[] = [];
  const total = clips.length + noises.length;
  const tell = (): void => {
    const done = over.length + open.length;
    if (done % TELL_EVERY === 0) print(`${done} of ${total} clips played`);
  };
  try {
    print(`The server was ready after ${Math.round(server.readyMs)} ms.`);
    const call = async (place: 'over-voice' | 'open-line', index: number): Promise<void> => {
      const random = seededRandom(seedFor(seed, 2 * index + (place === 'open-line' ? 1 : 0)));
      const found = await runProbeCall({
        target: server,
        clock: systemClock,
        place,
        clips: sharedOut(place === 'over-voice' ? clips : noises, index, calls),
        nudge,
        random,
        onOverVoice: (probe) => {
          over.push(probe);
          tell();
        },
        onOpenLine: (probe) => {
          open.push(probe);
          tell();
        },
        signal,
      });
      problems.push(...found);
    };
    await Promise.all(
      Array.from({ length: calls }, async (_, index) => {
        await call('over-voice', index);
        if (!signal.aborted) await call('open-line', index);
      }),
    );
  } finally {
    await server.close();
  }
  const figures = bargeInFigures(over, open);
  for (const line of ['', ...bargeInTable(figures)]) print(line);
  const file = resolve(json);
  writeJson(file, { machine: benchMachine(), seed, calls, ...figures, probes: { over, open }, problems });
  print(`\nWritten to ${join(dirname(json), file.slice(dirname(file).length + 1))}`);
  for (const problem of problems.slice(0, MOST_PROBLEMS)) process.stderr.write(`FAILED: ${problem}\n`);
  return problems.length === 0 ? 0 : EXIT_FAILED;
}

/** Every `of`-th clip from `index` on, so that each call has some of every kind. */
function sharedOut(clips: readonly ProbeClip[], index: number, of: number): readonly ProbeClip[] {
  return clips.filter((_, i) => i % of === index);
}
