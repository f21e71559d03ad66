// Runs `parley serve` as a child process on a free port, for commands that need a server of their own.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface SpawnedServer {
  readonly pid: number;
  /** Where it listens. */
  readonly target: string;
  readonly publicUrl: string;
  readonly authToken: string;
  readonly apiKey: string;
  /** From its start to its saying that it is ready. */
  readonly readyMs: number;
  /** Asks it to stop, insists after five seconds, and resolves when it is gone. Idempotent. */
  close(): Promise<void>;
}

/** The server ended, or did not become ready. `exitCode` is its own; null when it was still running. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
  readonly exitCode: number | null;

  constructor(message: string, exitCode: number | null) {
    super(message);
    this.exitCode = exitCode;
  }
}

const PUBLIC_URL = 'https://parley.example';
const READY_LIMIT_MS = 30_000;
const READY_POLL_MS = 50;
const KILL_AFTER_MS = 5_000;
/** A server that cannot start closes its port a moment before it ends. */
const OWN_END_MS = 2_000;
/** The last lines of its error output, for the message when it does not start. */
const TAIL_LINES = 20;

/** What is run instead of `parley serve` as it is configured. */
export interface ServerProgram {
  /** The built program. */
  readonly file: string;
  readonly args: readonly string[];
  /** Flags of Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly readyLimitMs: number;
}

const PARLEY_SERVE: ServerProgram = {
  file: fileURLToPath(new URL('../cli.js', import.meta.url)),
  args: ['serve'],
  readyLimitMs: READY_LIMIT_MS,
};

/** `environment` goes before what is usual. `signal` ends it while it starts. @throws ServerStartError; rejects with the signal's reason. */
export async function spawnServer(
  logFile: string,
  signal: AbortSignal,
  program: ServerProgram = PARLEY_SERVE,
  environment: Readonly<Record<string, string>> = {},
): Promise<SpawnedServer> {
  const startedMs = performance.now();
  const authToken = environment['TWILIO_AUTH_TOKEN'] ?? randomBytes(16).toString('hex');
  const apiKey = randomBytes(16).toString('hex');
  const child = spawn(process.execPath, [...(program.nodeArgs ?? []), program.file, ...program.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PORT: '0',
      HOST: '127.0.0.1',
      PUBLIC_URL,
      TWILIO_AUTH_TOKEN: authToken,
      PARLEY_API_KEY: apiKey,
      LOG_LEVEL: 'info',
      // Simulated calls are nothing to keep, and the user's own server may hold the folder.
      DATA_DIR: 'none',
      DATABASE_URL: '',
      ...environment,
    },
  });
  const running = new RunningServer(child, logFile);
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(program.readyLimitMs)]);
    const target = `http://127.0.0.1:${await running.port(limit)}`;
    await running.ready(target, limit);
    const readyMs = performance.now() - startedMs;
    const pid = child.pid ?? 0;
    return { pid, target, publicUrl: PUBLIC_URL, authToken, apiKey, readyMs, close: () => running.close() };
  } catch (error) {
    if (!signal.aborted) await running.ended(OWN_END_MS);
    await running.close();
    signal.throwIfAborted();
    throw running.startError(error, program.readyLimitMs);
  }
}

/** Owns the child, its output and its end. */
class RunningServer {
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  readonly #tail: string[] = [];
  readonly #exited: Promise<unknown>;
  readonly #port: Promise<number>;
  readonly #kill = (): void => {
    this.#child.kill('SIGKILL');
  };

  constructor(child: ChildProcess, logFile: string) {
    this.#child = child;
    this.#log = createWriteStream(logFile);
    this.#exited = Promise.race([once(child, 'exit'), once(child, 'error')]);
    this.#port = new Promise((resolve) => {
      this.#eachLine(child.stdout, (line) => {
        const port = listeningPort(line);
        if (port !== null) resolve(port);
      });
    });
    this.#eachLine(child.stderr, (line) => {
      this.#tail.push(line);
      if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    });
    process.on('exit', this.#kill);
  }

  port(limit: AbortSignal): Promise<number> {
    return this.#before(limit, this.#port);
  }

  /** Asks /readyz until it says yes. */
  async ready(target: string, limit: AbortSignal): Promise<void> {
    const poll = async (): Promise<void> => {
      for (;;) {
        limit.throwIfAborted();
        const answer = await fetch(`${target}/readyz`, { signal: limit });
        await answer.arrayBuffer();
        if (answer.status === 200) return;
        await delay(READY_POLL_MS, undefined, { signal: limit });
      }
    };
    await this.#before(limit, poll());
  }

  startError(cause: unknown, readyLimitMs: number): ServerStartError {
    const { exitCode } = this.#child;
    if (this.#tail.length > 0) return new ServerStartError(this.#tail.join('\n'), exitCode);
    const timedOut = cause instanceof Error && cause.name === 'TimeoutError';
    const reason = timedOut
      ? `was not ready within ${readyLimitMs / 1000} s`
      : `ended with code ${exitCode ?? '?'}`;
    return new ServerStartError(`The server ${reason}; its log is ${String(this.#log.path)}.`, exitCode);
  }

  /** Resolves when the child has ended by itself, or after the limit: its exit code says more than ours would. */
  async ended(limitMs: number): Promise<void> {
    const limit = new AbortController();
    await Promise.race([this.#exited, delay(limitMs, undefined, { signal: limit.signal })]);
    limit.abort();
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      this.#child.kill('SIGTERM');
      const timer = setTimeout(this.#kill, KILL_AFTER_MS);
      await this.#exited;
      clearTimeout(timer);
    }
    process.off('exit', this.#kill);
    if (!this.#log.writableEnded) {
      this.#log.end();
      await once(this.#log, 'close');
    }
  }

  /** What `wanted` gives, unless the child ends or the limit comes first. */
  #before<T>(limit: AbortSignal, wanted: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        reject(limit.reason instanceof Error ? limit.reason : new Error(String(limit.reason)));
      };
      limit.addEventListener('abort', stop, { once: true });
      if (limit.aborted) stop();
      const ended = this.#exited.then(() => {
        throw new Error('the server ended');
      });
      Promise.race([wanted, ended])
        .then(resolve, reject)
        .finally(() => {
          limit.removeEventListener('abort', stop);
        });
    });
  }

  #eachLine(stream: ChildProcess['stdout'], take: (line: string) => void): void {
    if (stream === null) return;
    createInterface({ input: stream }).on('line', (line) => {
      if (!this.#log.writableEnded) this.#log.write(`${line}\n`);
      take(line);
    });
  }
}

/** The port in the log line "listening"; null for any other line. */
function listeningPort(line: string): number | null {
  if (!line.includes('"listening"')) return null;
  try {
    const { msg, port } = JSON.parse(line) as { msg?: unknown; port?: unknown };
    return msg === 'listening' && typeof port === 'number' ? port : null;
  } catch {
    return null;
  }
}
