// Composition root: reads environment and configuration once, builds everything, listens, and owns the process signals.
import { setTimeout as delay } from 'node:timers/promises';
import { buildApp, type App } from './app.ts';
import { CALL_CLAUSES } from './call/reply-run.ts';
import { ConfigError } from './config/config-error.ts';
import { readEnvironment } from './config/env.ts';
import { loadConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { createInferenceHost, type InferenceHost, type InferenceOptions } from './inference/host.ts';
import type { Logger } from './ports/telemetry.ts';
import { loadAgents, type Agent } from './responders/agents.ts';
import { fixedPrompts } from './responders/fixed-prompts.ts';
import { createScriptedResponder } from './responders/scripted.ts';
import { warmUnderstanding } from './responders/understanding/warm.ts';
import { createEventLoopMonitor } from './telemetry/event-loop.ts';
import { createLogger } from './telemetry/logger.ts';
import { createMeter } from './telemetry/meter.ts';
import { createSystemClock } from './telemetry/system-clock.ts';

export interface ServeOptions {
  readonly config: string | null;
  readonly port: number | null;
}

/** Another host takes the place of the shared one in benches that compare the two. */
type CreateHost = (options: InferenceOptions) => InferenceHost;

/** Exit codes: 0 after an orderly end, 1 after a failure, 2 when what a person wrote has to be mended first. */
export async function serve(
  options: ServeOptions,
  createHost: CreateHost = createInferenceHost,
): Promise<number> {
  const environment = readEnvironment(process.env);
  const config = loadConfig(options.config ?? environment.configFile);
  const agents = loadAgents(config.agents.folder);
  checkAgentNames(config, agents);
  const logger = createLogger({
    level: environment.logLevel ?? config.log.level,
    transcripts: config.log.transcripts,
  });
  const clock = createSystemClock();
  const { meter, expose } = createMeter();
  const voices = [
    ...new Set([...config.inference.voices, ...[...agents.values()].map((agent) => agent.voice)]),
  ];
  const inference = createHost({
    settings: { ...config.inference, voices, cacheFolder: null },
    logger,
    meter,
    clock,
    prompts: () => fixedPrompts(agents.values(), CALL_CLAUSES),
  });
  const eventLoop = createEventLoopMonitor(meter);
  const app = await buildApp({
    config,
    publicUrl: environment.publicUrl,
    authToken: environment.twilioAuthToken,
    apiKey: environment.apiKey,
    clock,
    logger,
    meter,
    metrics: expose,
    eventLoopDelay: () => eventLoop.read(),
    memoryMb,
    inference,
    responder: createScriptedResponder({ agents, clock }),
  });
  try {
    const host = environment.host ?? config.server.host;
    const port = options.port ?? environment.port ?? config.server.port;
    await listen(app, host, port, logger);
    const warm = inference.start();
    // Blocks this thread for some 300 ms, while the lanes load their models in processes of their own.
    const understandingMs = warmUnderstanding();
    await warm;
    logger.info({ understandingMs, ...inference.status() }, 'ready');
    await untilStopped({ app, inference, logger, drainTimeoutMs: config.server.drainTimeoutMs });
    return 0;
  } finally {
    eventLoop.stop();
    await app.server.close();
    await inference.close();
    logger.info({}, 'stopped');
  }
}

function memoryMb(): { rss: number; heap: number } {
  const { rss, heapUsed } = process.memoryUsage();
  const inMb = (bytes: number): number => Math.round(bytes / 104_857.6) / 10;
  return { rss: inMb(rss), heap: inMb(heapUsed) };
}

function checkAgentNames(config: Config, agents: ReadonlyMap<string, Agent>): void {
  const named = [
    { key: 'agents.default', name: config.agents.default },
    ...Object.entries(config.agents.routes).map(([number, name]) => ({
      key: `agents.routes.${number}`,
      name,
    })),
  ];
  const faults = named
    .filter(({ name }) => !agents.has(name))
    .map(({ key, name }) => ({
      file: 'configuration',
      key,
      found: JSON.stringify(name),
      expected: `an agent in ${config.agents.folder}: ${[...agents.keys()].join(', ')}`,
    }));
  if (faults.length > 0) throw new ConfigError(faults);
}

async function listen(app: App, host: string, port: number, logger: Logger): Promise<void> {
  try {
    await app.server.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    const found = {
      EADDRINUSE: 'a port in use',
      EACCES: 'a port that needs privileges',
      EADDRNOTAVAIL: 'no such address',
    };
    const expected = 'a free port of this machine: set PORT, or end the program that holds it';
    throw new ConfigError([{ file: `${host}:${port}`, key: 'PORT', found: found[code], expected }]);
  }
  const address = app.server.server.address();
  const bound = address !== null && typeof address === 'object' ? address.port : port;
  logger.info({ host, port: bound }, 'listening');
}

interface Running {
  readonly app: App;
  readonly inference: InferenceHost;
  readonly logger: Logger;
  readonly drainTimeoutMs: number;
}

/** The first signal refuses new calls and lets the others finish; the second, or the time limit, ends them. */
async function untilStopped({ app, logger, drainTimeoutMs }: Running): Promise<void> {
  const signals = new SignalQueue();
  try {
    const signal = await signals.next();
    app.drain();
    logger.info({ signal, calls: app.callsInProgress(), drainTimeoutMs }, 'draining');
    const over = new AbortController();
    const limit = delay(drainTimeoutMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([app.idle(), signals.next(), limit]);
    over.abort();
    app.endCalls();
  } finally {
    signals.close();
  }
}

/** SIGINT and SIGTERM, one after the other. */
class SignalQueue {
  readonly #pending: string[] = [];
  #waiter: ((signal: string) => void) | null = null;
  readonly #take = (signal: string): void => {
    const waiter = this.#waiter;
    this.#waiter = null;
    if (waiter === null) this.#pending.push(signal);
    else waiter(signal);
  };

  constructor() {
    process.on('SIGINT', this.#take);
    process.on('SIGTERM', this.#take);
  }

  async next(): Promise<string> {
    const pending = this.#pending.shift();
    if (pending !== undefined) return pending;
    return new Promise((resolve) => {
      this.#waiter = resolve;
    });
  }

  close(): void {
    process.off('SIGINT', this.#take);
    process.off('SIGTERM', this.#take);
  }
}
