// A lane that cannot be kept alive: simulated callers hear goodbye, and the server ends with the supervisor's exit code.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pcm } from '../../src/audio/units.ts';
import { EXIT_LANE_FAILED, serve } from '../../src/main.ts';
import { FAREWELLS } from '../../src/ports/admission.ts';
import type { CallResult } from '../../src/simulator/call-result.ts';
import { prepareCaller } from '../../src/simulator/caller-audio.ts';
import { scenarioSchema } from '../../src/simulator/scenario.ts';
import { serverApi } from '../../src/simulator/server-api.ts';
import { simulateCall } from '../../src/simulator/simulate-call.ts';
import { systemClock } from '../../src/simulator/simulator-clock.ts';
import { FakeInference } from '../support/fake-inference.ts';
import { API_KEY, AUTH_TOKEN, PUBLIC_URL } from '../support/server-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-failure-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function stubEnvironment(more: Readonly<Record<string, string>> = {}): void {
  const environment = {
    PUBLIC_URL,
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    PARLEY_API_KEY: API_KEY,
    DATA_DIR: 'none',
  };
  for (const [name, value] of Object.entries({
    ...environment,
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    ...more,
  })) {
    vi.stubEnv(name, value);
  }
}

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const closed = once(holder, 'close');
  holder.close();
  await closed;
  return port;
}

/** The models start before the server listens. */
async function answering(target: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${target}/healthz`).catch(() => null);
    if (answer !== null) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A caller who says nothing and stays on the line. */
async function patientCall(target: string, digit: number, signal: AbortSignal): Promise<CallResult> {
  const scenario = {
    ...scenarioSchema.parse({ name: 'patient', agent: 'echo-test', steps: [{ wait: 60_000 }, 'hang-up'] }),
    folder,
  };
  let digits = digit * 1_000;
  return simulateCall({
    scenario,
    steps: await prepareCaller(scenario, () => Promise.resolve(pcm(8000, new Int16Array(800)))),
    agent: 'echo-test',
    line: { target, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN },
    api: serverApi(target, API_KEY),
    clock: systemClock,
    randomHex: (count) => (digits++).toString(16).padStart(count, '0'),
    recording: join(folder, `call-${digit}.wav`),
    print: () => undefined,
    signal,
  });
}

describe('a lane that cannot be kept alive', () => {
  it('ends the server with 70 after every caller was told goodbye', async () => {
    const port = await freePort();
    stubEnvironment();
    const inference = new FakeInference();
    const exit = serve({ config: null, port }, () => inference);
    await inference.started;

    const target = `http://127.0.0.1:${port}`;
    await answering(target);
    const giveUp = new AbortController();
    const calls = Promise.all([1, 2, 3].map((digit) => patientCall(target, digit, giveUp.signal)));
    await inference.begun(3);
    inference.fail('the stt lane died three times within a minute');

    for (const call of await calls) {
      expect(call.announcements).toEqual([FAREWELLS['lane-failed']]);
      expect(call.stream?.endedBy).toBe('agent');
    }
    expect(await exit).toBe(EXIT_LANE_FAILED);
    expect(EXIT_LANE_FAILED).toBe(70);
    expect(inference.closed).toBe(true);
  }, 90_000);
});
