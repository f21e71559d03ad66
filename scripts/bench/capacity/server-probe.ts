// Readings of a server under load: CPU and memory of its processes, its metrics, and its event loop over a while.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { BenchServer } from './bench-server.ts';
import { processUse, type ProcessUse } from './processes.ts';
import { Metrics } from './prometheus.ts';
import { percentileOf } from './statistics.ts';

const statusSchema = z.object({
  callsInProgress: z.number(),
  lanes: z.record(z.string(), z.object({ pid: z.number().nullable() })),
});

export interface Reading {
  readonly atMs: number;
  readonly metrics: Metrics;
  readonly callsInProgress: number;
  readonly processes: readonly BenchProcess[];
}

export interface BenchProcess {
  /** server, vad, stt, tts or simulator. */
  readonly kind: string;
  readonly pid: number;
  readonly use: ProcessUse | null;
}

const REQUEST_TIMEOUT_MS = 10_000;

export async function readServer(server: BenchServer, simulatorPid: number): Promise<Reading> {
  const [status, metrics] = await Promise.all([readStatus(server), readMetrics(server)]);
  // A lane that has several processes numbers them: stt, stt-2.
  const lanes = Object.entries(status.lanes).map(
    ([name, { pid }]) => [name.replace(/-\d+$/, ''), pid] as const,
  );
  const pids = [['server', server.pid], ...lanes, ['simulator', simulatorPid]] as const;
  const atMs = performance.now();
  return {
    atMs,
    metrics,
    callsInProgress: status.callsInProgress,
    processes: pids.flatMap(([kind, pid]) => (pid === null ? [] : [{ kind, pid, use: processUse(pid) }])),
  };
}

/** Shares of a core by kind of process; a process that was not there before counts from its beginning. */
export function cpuShares(before: Reading, after: Reading): Record<string, number> {
  const earlier = new Map(before.processes.map(({ pid, use }) => [pid, use?.cpuMs ?? 0]));
  const wallMs = after.atMs - before.atMs;
  return sumByKind(after, ({ pid, use }) => ((use?.cpuMs ?? 0) - (earlier.get(pid) ?? 0)) / wallMs);
}

export function residentMb(reading: Reading): Record<string, number> {
  return sumByKind(reading, ({ use }) => use?.rssMb ?? 0);
}

/** Of server and lanes: the simulator is not the product. */
export function productMb(rssMb: Readonly<Record<string, number>>): number {
  return Object.entries(rssMb).reduce((sum, [kind, mb]) => (kind === 'simulator' ? sum : sum + mb), 0);
}

function sumByKind(reading: Reading, valueOf: (process: BenchProcess) => number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const process of reading.processes) {
    if (process.use !== null) sums[process.kind] = (sums[process.kind] ?? 0) + valueOf(process);
  }
  return sums;
}

async function readStatus(server: BenchServer): Promise<z.output<typeof statusSchema>> {
  return statusSchema.parse(await (await request(server, '/api/status')).json());
}

async function readMetrics(server: BenchServer): Promise<Metrics> {
  return new Metrics(await (await request(server, '/metrics')).text());
}

function request({ target, apiKey }: BenchServer, path: string): Promise<Response> {
  return fetch(new URL(path, target), {
    headers: { authorization: `Bearer ${apiKey}` },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
}

/** The gauges show the last 5 s; half of that sees each of them. */
const EVENT_LOOP_POLL_MS = 2_500;

/** Collects the p99 of the server's event loop until it is stopped. */
export class EventLoopWatch {
  readonly #server: BenchServer;
  readonly #stop = new AbortController();
  readonly #values: number[] = [];
  readonly #done: Promise<void>;

  constructor(server: BenchServer) {
    this.#server = server;
    this.#done = this.#poll();
  }

  async stop(): Promise<{ max: number | null; median: number | null }> {
    this.#stop.abort();
    await this.#done;
    return { max: percentileOf(this.#values, 1), median: percentileOf(this.#values, 0.5) };
  }

  /** A reading that fails is left out: a server that cannot answer shows it in everything else. */
  async #poll(): Promise<void> {
    const { signal } = this.#stop;
    while (await waited(EVENT_LOOP_POLL_MS, signal)) {
      const metrics = await readMetrics(this.#server).catch(() => null);
      if (metrics !== null) this.#values.push(metrics.sum('event_loop_delay_ms', { quantile: 'p99' }));
    }
  }
}

/** False when it was stopped before the time was over. */
async function waited(waitMs: number, signal: AbortSignal): Promise<boolean> {
  return delay(waitMs, true, { signal }).catch(() => false);
}
