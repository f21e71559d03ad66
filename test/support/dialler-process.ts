// Dialler processes that can be killed, and the telephone network that outlives them.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chanceOf } from '../../src/simulator/network/chance.ts';
import { FaultLottery, NO_FAULTS } from '../../src/simulator/network/faults.ts';
import { PhoneSystem } from '../../src/simulator/network/phone-system.ts';
import type { Callee } from '../../src/simulator/network/population.ts';
import { restApi } from '../../src/simulator/network/rest-api.ts';
import type { SimulatorClock } from '../../src/simulator/simulator-clock.ts';
import { ACCOUNT_SID, NETWORK_TOKEN, OWN_NUMBER } from './test-network.ts';

const CHILD = fileURLToPath(new URL('dialler-child.mjs', import.meta.url));

const calendar: SimulatorClock = {
  now: () => Date.now(),
  at: (time, run) => {
    const timer = setTimeout(run, Math.max(0, time - Date.now()));
    return () => {
      clearTimeout(timer);
    };
  },
};

export interface LiveNetwork {
  readonly url: string;
  readonly system: PhoneSystem;
  close(): Promise<void>;
}

/** In real time, but in a hurry: nobody rings for long. Callbacks to a process that is gone are lost. */
export async function startLiveNetwork(seed: number): Promise<LiveNetwork> {
  const chance = chanceOf(seed, 'live');
  const callee = (number: string, nth: number): Callee => {
    const own = chanceOf(seed, number, nth);
    const kind = own();
    if (kind < 0.3) return { kind: 'busy', afterMs: 200 * own() };
    if (kind < 0.5) return { kind: 'no-answer' };
    return {
      kind: 'answers',
      ringMs: 300 * own(),
      who: 'person',
      verdict: null,
      persona: 0,
      patienceMs: 400 * own(),
    };
  };
  const system: PhoneSystem = new PhoneSystem({
    clock: calendar,
    accountSid: ACCOUNT_SID,
    callsPerSecond: 1_000,
    callee,
    faults: new FaultLottery(NO_FAULTS, seed),
    newSid: () => Array.from({ length: 32 }, () => Math.floor(chance() * 16).toString(16)).join(''),
    deliver: ({ url, fields }) => {
      fetch(url, { method: 'POST', body: new URLSearchParams({ ...fields }) }).then(
        (response) => response.arrayBuffer(),
        () => undefined,
      );
    },
    onAnswered: (call, { patienceMs }) => {
      calendar.at(Date.now() + patienceMs, () => {
        system.end(call, 'completed');
      });
    },
  });
  const app = await restApi({
    system,
    accountSid: ACCOUNT_SID,
    authToken: NETWORK_TOKEN,
    ownNumbers: [OWN_NUMBER],
    faults: new FaultLottery(NO_FAULTS, seed),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, system, close: () => app.close() };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface DiallerSetup {
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly port: number;
  readonly network: string;
  readonly limits: { readonly callsPerSecond: number; readonly maxConcurrentCalls: number };
}

export interface DiallerProcess {
  readonly child: ChildProcess;
  readonly errors: readonly string[];
  /** Resolves when it has said so, or rejects when it ends first. */
  said(message: string): Promise<void>;
  end(signal: NodeJS.Signals): Promise<void>;
}

export function startDialler(setup: DiallerSetup): DiallerProcess {
  const given = JSON.stringify({ ...setup, accountSid: ACCOUNT_SID, authToken: NETWORK_TOKEN });
  const child = spawn(process.execPath, [CHILD, given], { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors: string[] = [];
  const messages = new Set<string>();
  const waiting = new Map<string, () => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { level, message } = JSON.parse(line) as { level?: string; message: string };
    if (level === 'error') errors.push(line);
    messages.add(message);
    waiting.get(message)?.();
  });
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const exited = once(child, 'exit');
  return {
    child,
    errors,
    said: (message) =>
      new Promise((resolve, reject) => {
        if (messages.has(message)) resolve();
        waiting.set(message, resolve);
        exited.then(
          () => {
            reject(new Error(`the dialler ended before "${message}": ${errors.join('\n')}`));
          },
          () => undefined,
        );
      }),
    end: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}
