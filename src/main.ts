// Composition root: reads environment and configuration once, builds everything, listens, and owns the process signals.
import { setTimeout as delay } from 'node:timers/promises';
import { buildApp, type App } from './app.ts';
import { cacheFolderOf } from './config/cache-folder.ts';
import { ConfigError } from './config/config-error.ts';
import { readEnvironment } from './config/env.ts';
import { loadConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { openAgentMinds, type AgentMinds } from './agent-minds.ts';
import { openDialling, type OpenedDialling } from './dialling.ts';
import { createInferenceHost, type InferenceHost, type InferenceOptions } from './inference/host.ts';
import { checkMemory, memoryLimitMb } from './inference/memory-need.ts';
import { shareCores } from './inference/share.ts';
import type { Logger } from './ports/telemetry.ts';
import { loadAgents, type Agent } from './responders/agents.ts';
import { fixedPrompts } from './responders/fixed-prompts.ts';
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

/** `EX_SOFTWARE` of sysexits.h: a model's process could not be kept alive, and a fresh start may help. */
export const EXIT_LANE_FAILED = 70;

/**
 * Exit codes: 0 after an orderly end, 1 after a failure, 2 when what a person wrote has to be mended first, 70 when
 * the server should be started again.
 */
export async function serve(
  options: ServeOptions,
  createHost: CreateHost = createInferenceHost,
): Promise<number> {
  const environment = readEnvironment(process.env);
  const config = loadConfig(options.config ?? environment.configFile);
  const agents = loadAgents(config.agents.folder);
  checkAgentNames(config, agents);
  checkRefusal(config, environment.publicUrl);
  const limitMb = memoryLimitMb(process.constrainedMemory());
  checkMemory(
    { calls: config.server.maxCalls, sttProcesses: shareCores(config.inference).sttProcesses },
    limitMb,
  );
  const logger = createLogger({
    level: environment.logLevel ?? config.log.level,
    transcripts: config.log.transcripts,
  });
  const clock = createSystemClock();
  const { meter, expose } = createMeter();
  const voices = [
    ...new Set([...config.inference.voices, ...[...agents.values()].map((agent) => agent.voice)]),
  ];
  const cacheFolder = cacheFolderOf(config.inference.cacheFolder, process.env);
  const inference = createHost({
    settings: { ...config.inference, voices, cacheFolder },
    logger,
    meter,
    clock,
    prompts: () => fixedPrompts(agents.values()),
  });
  const eventLoop = createEventLoopMonitor(meter);
  // The models load in processes of their own while the store is opened in a thread of its own.
  const warm = inference.start();
  // Told where it is waited for; until then its failure is nobody's.
  warm.catch(() => undefined);
  const behind = await openBehind({
    environment,
    config,
    agents,
    clock,
    logger,
    meter,
  }).catch(async (error: unknown) => {
    eventLoop.stop();
    await Promise.allSettled([inference.close(), warm]);
    throw error;
  });
  const { dialling, archive, pastCalls, callbacks, minds } = behind;
  const app = await buildApp({
    config,
    publicUrl: environment.publicUrl,
    authToken: environment.twilioAuthToken,
    apiKey: environment.apiKey,
    clock,
    logger,
    meter,
    metrics: expose,
    eventLoopDelay: eventLoop,
    memoryMb,
    inference,
    responder: minds.responder,
    transfers: minds.transfers,
    dialling,
    archive,
    pastCalls,
    callbacks,
  });
  try {
    const host = environment.host ?? config.server.host;
    const port = options.port ?? environment.port ?? config.server.port;
    behind.tellUrl(await listen(app, host, port, logger));
    // Blocks this thread for some 300 ms, while the lanes load their models in processes of their own.
    const understandingMs = warmUnderstanding();
    await warm;
    logger.info({ understandingMs, ...inference.status() }, 'ready');
    app.startDialling();
    return await untilOver({ app, inference, logger, drainTimeoutMs: config.server.drainTimeoutMs });
  } finally {
    eventLoop.stop();
    await dialling.stop();
    await app.server.close();
    await Promise.allSettled([inference.close(), warm]);
    await behind.close();
    logger.info({}, 'stopped');
  }
}

/** What the agents stand on: the store, the telephone network, the language models. */
async function openBehind(around: Parameters<typeof openDialling>[0]): Promise<Behind> {
  const opened = await openDialling(around);
  const { dialling, callbacks, messenger, closeStore } = opened;
  const { agents, clock, logger } = around;
  try {
    const { optOuts } = dialling;
    const environment = process.env;
    const minds = await openAgentMinds({ agents, environment, optOuts, messenger, callbacks, clock, logger });
    const close = async (): Promise<void> => {
      await minds.close();
      await closeStore();
    };
    return { ...opened, minds, close };
  } catch (error) {
    await closeStore();
    throw error;
  }
}

interface Behind extends OpenedDialling {
  readonly minds: AgentMinds;
  close(): Promise<void>;
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

/** A refused call that is redirected to our own webhook would be refused and redirected again, without end. */
function checkRefusal({ refusal }: Config, publicUrl: string): void {
  if (refusal.redirect === '') return;
  const own = new URL('/twilio/', publicUrl).href;
  if (!new URL(refusal.redirect).href.startsWith(own)) return;
  const found = JSON.stringify(refusal.redirect);
  const expected = `an address that this server does not answer itself, as it does all under ${own}`;
  throw new ConfigError([{ file: 'configuration', key: 'refusal.redirect', found, expected }]);
}

const ANY_ADDRESS: readonly string[] = ['0.0.0.0', '::', ''];

/** Resolves with where commands on this machine reach it. */
async function listen(app: App, host: string, port: number, logger: Logger): Promise<string> {
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
  const reached = ANY_ADDRESS.includes(host) ? '127.0.0.1' : host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${bound}`;
}

interface Running {
  readonly app: App;
  readonly inference: InferenceHost;
  readonly logger: Logger;
  readonly drainTimeoutMs: number;
}

interface LaneFailure {
  readonly failed: string;
}

/**
 * The first signal refuses new calls and lets the others finish; the second, or the time limit, ends them; a third does
 * not wait for the goodbyes. A lane that cannot be kept alive ends everything at once. Returns the exit code.
 */
async function untilOver({ app, inference, logger, drainTimeoutMs }: Running): Promise<number> {
  const signals = new SignalQueue();
  const failure = inference.failed.then((failed): LaneFailure => ({ failed }));
  try {
    const first = await Promise.race([failure, signals.next()]);
    const end = typeof first === 'string' ? await drained(first) : first;
    if (end !== null) logger.error({ reason: end.failed, calls: app.callsInProgress() }, 'a lane failed');
    await Promise.race([app.endCalls(end === null ? 'draining' : 'lane-failed'), signals.next()]);
    return end === null ? 0 : EXIT_LANE_FAILED;
  } finally {
    signals.close();
  }

  async function drained(signal: string): Promise<LaneFailure | null> {
    app.drain();
    logger.info({ signal, calls: app.callsInProgress(), drainTimeoutMs }, 'draining');
    const over = new AbortController();
    const limit = delay(drainTimeoutMs, undefined, { signal: over.signal }).catch(() => undefined);
    const others = Promise.race([app.idle(), signals.next(), limit]).then(() => null);
    const end = await Promise.race([failure, others]);
    over.abort();
    return end;
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
