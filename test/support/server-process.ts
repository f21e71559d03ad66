// A real server in a process of its own on a free loopback port, and simulated callers against it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** Takes calls however late it is, as other tests may be running beside. */
export const PATIENT_CONFIG = fileURLToPath(new URL('../fixtures/patient.yaml', import.meta.url));
export const AUTH_TOKEN = 'test-auth-token';
export const API_KEY = 'test-api-key';
export const PUBLIC_URL = 'https://parley.example';

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  readonly lines: readonly LogLine[];
  /** Resolves with the first log line of this message, past or future. */
  logged(message: string): Promise<LogLine>;
  /** Resolves with the next log line of this message. */
  next(message: string): Promise<LogLine>;
  get(path: string): Promise<unknown>;
  stop(): Promise<number | null>;
}

/** Starts `parley serve`; resolves once /readyz says yes. */
export async function startServer(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const child = spawn(process.execPath, [CLI, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PORT: '0',
      HOST: '127.0.0.1',
      PUBLIC_URL,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      PARLEY_API_KEY: API_KEY,
      PARLEY_CONFIG: PATIENT_CONFIG,
      DATA_DIR: 'none',
      ...env,
    },
  });
  const lines: LogLine[] = [];
  const waiting = new Map<string, (line: LogLine) => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as LogLine;
    lines.push(line);
    waiting.get(line.msg ?? '')?.(line);
  });
  const next = (message: string): Promise<LogLine> => new Promise((resolve) => waiting.set(message, resolve));
  const logged = async (message: string): Promise<LogLine> =>
    lines.find((line) => line.msg === message) ?? next(message);
  const exited = once(child, 'exit');
  const early = exited.then(([code]): never => {
    throw new Error(`the server ended with code ${String(code)} before it was ready`);
  });
  const listening = await Promise.race([logged('listening'), early]);
  const url = `http://127.0.0.1:${Number(listening['port'])}`;
  await Promise.race([logged('ready'), early]);
  early.catch(() => undefined);
  return {
    url,
    child,
    lines,
    logged,
    next,
    get: async (path) => {
      const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${API_KEY}` } });
      return response.json();
    },
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}

export interface Simulation {
  readonly code: number | null;
  readonly output: string;
}

/** Runs `parley simulate` against the server. */
export async function simulate(server: ServerProcess, args: readonly string[]): Promise<Simulation> {
  const target = ['--url', server.url, '--public-url', PUBLIC_URL, '--auth-token', AUTH_TOKEN];
  const child = spawn(process.execPath, [CLI, 'simulate', ...target, '--api-key', API_KEY, ...args]);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, output };
}
