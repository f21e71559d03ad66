// A whole soak: server and callers started, calls kept going, a sample every ten seconds, and the verdict.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ArgumentError, type SoakOptions } from './arguments.ts';
import { profileArgs, startShared, type BenchServer } from './bench-server.ts';
import { CallerFleet } from './caller-fleet.ts';
import { timeOf, type TurnMessage } from './messages.ts';
import { EXIT_FAILED, print, writeJson } from './program.ts';
import { cpuShares, productMb, readServer, residentMb, type Reading } from './server-probe.ts';
import { SoakLoad } from './soak-load.ts';
import { rssSlope, soakFaults, type Soak, type SoakSample } from './soak-verdict.ts';
import { percentileOf, roundEach, roundTo } from './statistics.ts';

const SAMPLE_EVERY_MS = 10_000;
const SAMPLES_PER_LINE = 6;
const MINUTE_MS = 60_000;
/** The server's last calls end a moment after their sockets. */
const CALLS_LEFT_WAIT_MS = 10_000;

/** Runs once; every process that it starts has ended when `run` settles. */
export class SoakRun {
  readonly #options: SoakOptions;
  readonly #signal: AbortSignal;
  /** One number a turn: a few MB a day. */
  readonly #times: number[] = [];
  #recent: TurnMessage[] = [];
  readonly #samples: SoakSample[] = [];

  constructor(options: SoakOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Resolves with the exit code. @throws ArgumentError without a knee to take a share of; ServerStartError. */
  async run(): Promise<number> {
    const { audio, seed, minutes, profile } = this.#options;
    const calls = callsOf(this.#options.load);
    const nodeArgs = profileArgs(profile);
    const fleet = await CallerFleet.start({ audio: resolve(audio), seed, nodeArgs });
    let server: BenchServer | null = null;
    try {
      const out = dirname(this.#options.json);
      server = await startShared({
        out,
        calls,
        admission: true,
        speechCache: true,
        profile,
        signal: this.#signal,
      });
      print(`${calls} calls at a time for ${minutes} minutes.`);
      const load = new SoakLoad({ callers: fleet, target: server, calls, seed }, (turn) => {
        this.#note(turn);
      });
      load.start();
      await this.#watch(server, fleet, load).catch((error: unknown) => {
        // Ctrl-C reaches the server, too, which may be gone before us.
        if (!this.#signal.aborted) load.problems.add(`The server did not answer: ${String(error)}`);
      });
      await load.finish();
      const left = await callsLeft(server, fleet).catch(() => 0);
      return this.#conclude(load, calls, left);
    } finally {
      await server?.close();
      await fleet.close();
    }
  }

  #note(turn: TurnMessage): void {
    this.#recent.push(turn);
    this.#times.push(...timeOf(turn));
  }

  /** Until the time is over or Ctrl-C. */
  async #watch(server: BenchServer, fleet: CallerFleet, load: SoakLoad): Promise<void> {
    const startedMs = performance.now();
    let before = await readServer(server, fleet.facts.pid);
    for (let count = 1; ; count += 1) {
      const leftMs = startedMs + this.#options.minutes * MINUTE_MS - performance.now();
      const waitMs = Math.min(leftMs, startedMs + count * SAMPLE_EVERY_MS - performance.now());
      const goesOn = await delay(Math.max(0, waitMs), true, { signal: this.#signal }).catch(() => false);
      if (!goesOn || leftMs <= 0) return;
      const reading = await readServer(server, fleet.facts.pid);
      const sample = this.#sample((performance.now() - startedMs) / 1_000, load, [before, reading]);
      before = reading;
      this.#samples.push(sample);
      if (count % SAMPLES_PER_LINE === 0) print(sampleLine(sample));
    }
  }

  #sample(atS: number, load: SoakLoad, [before, reading]: readonly [Reading, Reading]): SoakSample {
    const since = Date.now() - MINUTE_MS;
    this.#recent = this.#recent.filter(({ spokenAt }) => spokenAt >= since);
    const { stuck, framesLost } = load.counts;
    return {
      atS: roundTo(atS, 1),
      connected: load.connected,
      callsInProgress: reading.callsInProgress,
      turns: this.#times.length,
      p95Ms: roundTo(percentileOf(this.#recent.flatMap(timeOf), 0.95), 0),
      stuck,
      framesLost,
      rssMb: roundEach(residentMb(reading), 1),
      cpu: roundEach(cpuShares(before, reading), 3),
    };
  }

  #conclude(load: SoakLoad, calls: number, left: number): number {
    const { json, minutes, seed } = this.#options;
    const at = (share: number): number | null => roundTo(percentileOf(this.#times, share), 0);
    const rssMbPerMinute = rssSlope(this.#samples);
    const faults = soakFaults({ ...load.counts, callsLeft: left, rssMbPerMinute });
    const soak: Soak = {
      calls,
      minutes,
      seed,
      good: faults.length === 0,
      faults,
      rssMbPerMinute,
      responseMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99) },
      turns: this.#times.length,
      counts: { ...load.counts },
      callsLeft: left,
      problems: [...load.problems],
      interrupted: this.#signal.aborted,
      samples: this.#samples,
    };
    writeJson(json, soak);
    const { begun, stuck, framesLost, failed, refused } = load.counts;
    const { p50, p95, p99 } = soak.responseMs;
    const slope = rssMbPerMinute === null ? 'too short to tell' : `${rssMbPerMinute} MB a minute`;
    print('');
    print(
      `Calls            ${begun}: ${failed} failed, ${refused} refused, ${stuck} stuck, ${left} left over`,
    );
    print(`Turns            ${soak.turns}: p50 ${p50 ?? '-'} ms, p95 ${p95 ?? '-'} ms, p99 ${p99 ?? '-'} ms`);
    print(`Frames lost      ${framesLost}`);
    print(`Memory           ${slope}`);
    print(`                 ${json}`);
    for (const problem of soak.problems) process.stderr.write(`${problem}\n`);
    print(soak.good ? 'The soak kept its bounds.' : `FAILED: ${faults.join(', ')}`);
    return soak.good ? 0 : EXIT_FAILED;
  }
}

function sampleLine(sample: SoakSample): string {
  const minute = Math.round(sample.atS / 60);
  const memory = Object.entries(sample.rssMb)
    .filter(([kind]) => kind !== 'simulator')
    .map(([kind, mb]) => `${kind} ${Math.round(mb)}`)
    .join(', ');
  return (
    `minute ${minute}: ${sample.connected} calls, ${sample.turns} turns, p95 ${sample.p95Ms ?? '-'} ms, ` +
    `${sample.stuck} stuck, ${sample.framesLost} frames lost, ${Math.round(productMb(sample.rssMb))} MB (${memory})`
  );
}

/** How many calls the server still has when nobody is on the line any more. */
async function callsLeft(server: BenchServer, fleet: CallerFleet): Promise<number> {
  const untilMs = performance.now() + CALLS_LEFT_WAIT_MS;
  for (;;) {
    const { callsInProgress } = await readServer(server, fleet.facts.pid);
    if (callsInProgress === 0 || performance.now() > untilMs) return callsInProgress;
    await delay(200);
  }
}

const kneeFile = z.object({ knee: z.object({ calls: z.number() }) });

function callsOf(load: SoakOptions['load']): number {
  if ('calls' in load) return load.calls;
  const wanted = `--share needs the knee in ${load.of}: run npm run bench:capacity first, or give --calls.`;
  let knee: number;
  try {
    knee = kneeFile.parse(JSON.parse(readFileSync(load.of, 'utf8'))).knee.calls;
  } catch (error) {
    throw new ArgumentError(wanted, { cause: error });
  }
  if (knee === 0) throw new ArgumentError(`${load.of} has no knee: not one call was good. Give --calls.`);
  return Math.max(1, Math.floor(knee * load.share));
}
