// The servers under load: the product with its shared models, or the same program with models of its own per call.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnServer, type SpawnedServer } from '../../../src/commands/spawn-server.ts';
import { projectRoot } from './project-root.ts';

export type ServerKind = 'shared' | 'unshared';

export interface BenchServer extends SpawnedServer {
  readonly kind: ServerKind;
}

export interface BenchServerOptions {
  /** Holds the server's configuration and log. */
  readonly out: string;
  /** Calls that it must take at a time. */
  readonly calls: number;
  /** Whether calls are refused while the models are late, as the delivered configuration says. */
  readonly admission: boolean;
  readonly speechCache: boolean;
  /** Where CPU profiles go; null for none. */
  readonly profile: string | null;
  readonly signal: AbortSignal;
}

/** Calls of the step before may still be closing when the next ones come. */
const SPARE_CALLS = 8;
const SHARED_READY_LIMIT_MS = 60_000;
/** Two hosts start at a time; each loads and warms three models. */
const HOST_READY_LIMIT_MS = 30_000;

/** @throws ServerStartError; rejects with the signal's reason. */
export async function startShared(options: BenchServerOptions): Promise<BenchServer> {
  const config = writeConfig('shared', options);
  const server = await spawnServer(join(options.out, 'server-shared.log'), options.signal, {
    file: join(projectRoot(), 'dist', 'cli.js'),
    args: ['serve', '--config', config],
    nodeArgs: profileArgs(options.profile),
    readyLimitMs: SHARED_READY_LIMIT_MS,
  });
  return { ...server, kind: 'shared' };
}

/** Ready when the models of every call are warm. @throws ServerStartError; rejects with the signal's reason. */
export async function startUnshared(options: BenchServerOptions): Promise<BenchServer> {
  const config = writeConfig('unshared', options);
  const server = await spawnServer(join(options.out, 'server-unshared.log'), options.signal, {
    file: join(projectRoot(), 'out', 'scripts', 'scripts', 'bench', 'capacity', 'unshared-server.js'),
    args: ['--config', config, '--hosts', String(options.calls)],
    nodeArgs: profileArgs(options.profile),
    readyLimitMs: HOST_READY_LIMIT_MS * (1 + options.calls),
  });
  return { ...server, kind: 'unshared' };
}

/** Flags of Node that have a process write a profile of its main thread when it ends. */
export function profileArgs(folder: string | null): string[] {
  return folder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

/** The schema's largest limits. */
const NEVER_LATE = {
  maxVadWaitMs: 10_000,
  maxSttWaitMs: 30_000,
  maxTtsWaitMs: 30_000,
  maxEventLoopDelayMs: 5_000,
};

/**
 * One wait for every turn, so that the figures tell of the load and not of what was said: with waits that depend on the
 * words the slowest answers are those after a sentence that might have gone on.
 */
export const FIXED_WAIT_MS = 450;
const FIXED_WAIT = {
  shortWaitMs: FIXED_WAIT_MS,
  baseWaitMs: FIXED_WAIT_MS,
  longWaitMs: FIXED_WAIT_MS,
};

/** Laid over config/default.yaml: everything that is not about the number of calls stays as it is delivered. */
function writeConfig(kind: ServerKind, { out, calls, admission, speechCache }: BenchServerOptions): string {
  const maxCalls = Math.min(1_000, calls + SPARE_CALLS);
  const settings = {
    server: { maxCalls, drainTimeoutMs: 0 },
    agents: { folder: join(projectRoot(), 'scripts', 'bench', 'agents'), default: 'bench-desk' },
    turn: FIXED_WAIT,
    inference: { vadSlots: maxCalls, ...(speechCache ? {} : { speechCacheMb: 0 }) },
    ...(admission ? {} : { admission: NEVER_LATE }),
  };
  mkdirSync(out, { recursive: true });
  const file = join(out, `server-${kind}.yaml`);
  // JSON is YAML.
  writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
  return file;
}
