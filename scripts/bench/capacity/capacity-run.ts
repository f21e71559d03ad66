// A whole capacity run: callers and servers started, steps measured by turns, the figures printed and written.
import { dirname, join, resolve } from 'node:path';
import type { CapacityOptions } from './arguments.ts';
import {
  profileArgs,
  startShared,
  startUnshared,
  type BenchServer,
  type BenchServerOptions,
} from './bench-server.ts';
import { CallerFleet } from './caller-fleet.ts';
import type { Capacity, Step } from './figures.ts';
import { KneeSearch } from './knee-search.ts';
import { capacityPage } from './page.ts';
import { availableMemoryMb } from './processes.ts';
import { print, writeJson, writeText } from './program.ts';
import { seedFor } from './random.ts';
import { runStep } from './run-step.ts';
import { STEP_HEADER, stepLine } from './step-line.ts';
import { costsOf, kneeOf, machineOf, ratioOf } from './summary.ts';

interface Side {
  readonly search: KneeSearch;
  readonly steps: Step[];
}

/** What the processes of one call take without sharing, until a step has shown it. */
const GUESSED_HOST_MB = 800;
/** Memory that is left to everything else on the machine. */
const SPARE_MB = 1_500;

/** Runs once; every process that it starts has ended when `run` settles. */
export class CapacityRun {
  readonly #options: CapacityOptions;
  readonly #jsonFile: string;
  readonly #signal: AbortSignal;
  readonly #shared: Side;
  readonly #unshared: Side | null;
  #hostMb = GUESSED_HOST_MB;
  #note: string | null = null;

  constructor(options: CapacityOptions, jsonFile: string, signal: AbortSignal) {
    const side = (): Side => ({
      search: new KneeSearch({ list: options.calls, maxCalls: options.maxCalls }),
      steps: [],
    });
    this.#options = options;
    this.#jsonFile = jsonFile;
    this.#signal = signal;
    this.#shared = side();
    this.#unshared = options.compareUnshared ? side() : null;
  }

  /** Resolves with the exit code. @throws ServerStartError; rejects with the signal's reason, all written. */
  async run(): Promise<number> {
    const { audio, seed, stepS, profile } = this.#options;
    print('Preparing the callers.');
    const fleet = await CallerFleet.start({ audio: resolve(audio), seed, nodeArgs: profileArgs(profile) });
    let server: BenchServer | null = null;
    try {
      const { source, clips, seconds } = fleet.facts;
      print(`They have ${clips} clips of ${seconds} s in all (${source}).`);
      server = await startShared({ ...this.#serverOptions, calls: this.#mostCalls });
      print(`The server was ready after ${Math.round(server.readyMs)} ms. Each step takes ${stepS} s.\n`);
      print(STEP_HEADER);
      await this.#measure(server, fleet);
      return 0;
    } finally {
      if (server !== null) this.#write(server.readyMs, fleet);
      await server?.close();
      await fleet.close();
    }
  }

  get #serverOptions(): Omit<BenchServerOptions, 'calls'> {
    const { profile, admission, speechCache } = this.#options;
    return { out: this.#out, profile, admission, speechCache, signal: this.#signal };
  }

  get #out(): string {
    return dirname(this.#jsonFile);
  }

  get #mostCalls(): number {
    return this.#options.calls === null ? this.#options.maxCalls : Math.max(...this.#options.calls);
  }

  /** One step of each side by turns, so that both meet the same machine. */
  async #measure(server: BenchServer, fleet: CallerFleet): Promise<void> {
    for (;;) {
      const calls = this.#shared.search.next();
      if (calls !== null) await this.#step(this.#shared, server, { calls, fleet });
      const other = this.#unshared?.search.next() ?? null;
      if (this.#unshared !== null && other !== null) {
        await this.#unsharedStep(this.#unshared, other, fleet);
      }
      if (calls === null && other === null) return;
    }
  }

  async #unsharedStep(side: Side, calls: number, fleet: CallerFleet): Promise<void> {
    const available = availableMemoryMb() ?? Infinity;
    if (calls * this.#hostMb + SPARE_MB > available) {
      const needed = Math.round(calls * this.#hostMb);
      this.#note = `stopped before ${calls} calls: ${needed} MB needed, ${Math.round(available)} MB available`;
      print(`unshared: ${this.#note}`);
      side.search.stop();
      return;
    }
    const server = await startUnshared({ ...this.#serverOptions, calls });
    try {
      const step = await this.#step(side, server, { calls, fleet });
      const { vad = 0, stt = 0, tts = 0 } = step.rssMb;
      if (vad + stt + tts > 0) this.#hostMb = (vad + stt + tts) / calls;
    } finally {
      await server.close();
    }
  }

  async #step(
    { search, steps }: Side,
    server: BenchServer,
    { calls, fleet }: { calls: number; fleet: CallerFleet },
  ): Promise<Step> {
    const step = await runStep({
      server,
      callers: fleet,
      simulatorPid: fleet.facts.pid,
      calls,
      stepMs: this.#options.stepS * 1_000,
      // The same calls on both sides.
      seed: seedFor(this.#options.seed, calls),
      signal: this.#signal,
    });
    steps.push(step);
    search.record(step);
    print(`${stepLine(step)}${server.kind === 'unshared' ? '  (unshared)' : ''}`);
    for (const problem of step.problems) print(`      ${problem}`);
    return step;
  }

  #write(readyMs: number, fleet: CallerFleet): void {
    const { stepS, seed, json, admission, speechCache } = this.#options;
    const { steps, search } = this.#shared;
    const knee = kneeOf(steps, search.knee());
    const other = this.#unshared;
    const unshared =
      other === null
        ? null
        : { steps: other.steps, knee: kneeOf(other.steps, other.search.knee()), note: this.#note };
    const capacity: Capacity = {
      machine: machineOf(),
      load: { stepS, seed, callers: fleet.facts.source, clips: fleet.facts.clips, admission, speechCache },
      steps,
      knee,
      ...costsOf(steps, knee.calls),
      readyMs: Math.round(readyMs),
      interrupted: this.#signal.aborted,
      unshared,
      ratio: ratioOf({ knee }, unshared),
    };
    const page = join(this.#out, 'capacity.html');
    const files = [...new Set([this.#jsonFile, json])];
    for (const file of files) writeJson(file, capacity);
    writeText(page, capacityPage(capacity));
    this.#printSummary(capacity, [...files, page]);
  }

  #printSummary({ knee, unshared, ratio, ...costs }: Capacity, files: readonly string[]): void {
    const kneeText = (of: Capacity['knee']): string =>
      `${of.reached ? '' : 'at least '}${of.calls} calls, p95 ${of.p95Ms ?? '-'} ms`;
    const share = (value: number | null): string =>
      value === null ? 'unknown' : `${(value * 100).toFixed(3)} % of a core`;
    print('');
    print(`Knee                 ${kneeText(knee)}`);
    if (unshared !== null) {
      print(
        `Unshared             ${kneeText(unshared.knee)}${unshared.note === null ? '' : ` (${unshared.note})`}`,
      );
      print(
        `Ratio                ${ratio === null ? 'unknown' : `${knee.reached ? '' : 'at least '}${ratio}`}`,
      );
    }
    print(`Memory per call      ${costs.perCallRssMb === null ? 'unknown' : `${costs.perCallRssMb} MB`}`);
    print(`Voice activity       ${share(costs.vadCostPerCall)} per call`);
    print(`Simulator            ${share(costs.simulatorCostPerCall)} per call`);
    for (const file of files) print(`                     ${file}`);
  }
}
