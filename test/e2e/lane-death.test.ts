// Any model process dies or stands still in the middle of calls: it is replaced, and the calls go on.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { MEND_LIMIT_MS } from '../../src/inference/lane-limits.ts';
import { prepareCaller, type PreparedStep } from '../../src/simulator/caller-audio.ts';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { serverApi, type ServerTurn } from '../../src/simulator/server-api.ts';
import { simulateCall } from '../../src/simulator/simulate-call.ts';
import { systemClock } from '../../src/simulator/simulator-clock.ts';
import { normalizeWords } from '../../src/simulator/word-error-rate.ts';
import { API_KEY, AUTH_TOKEN, PUBLIC_URL, simulate, startServer } from '../support/server-process.ts';
import type { ServerProcess } from '../support/server-process.ts';

interface Status {
  readonly ready: boolean;
  readonly lanes: Readonly<Record<string, { readonly pid: number; readonly restarts: number }>>;
}

it('every turn of a call is answered while each lane is killed once', async () => {
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), 'parley-lanes-'));
  const scenario = join(folder, 'lanes.yaml');
  const json = join(folder, 'report.json');
  const phrases = ['The train leaves at nine.', 'I would like a cup of coffee.', 'This line is very clear.'];
  const steps = [...phrases, ...phrases].map((say) => ({ say }));
  writeFileSync(scenario, stringify({ name: 'lanes', agent: 'echo-test', steps: [...steps, 'hang-up'] }));
  const { lanes } = (await server.get('/api/status')) as Status;
  const call = simulate(server, ['--scenario', scenario, '--json', json, '--out', folder, '--quiet']);
  for (const lane of ['stt', 'vad', 'tts']) {
    await server.next('turn');
    process.kill(lanes[lane]!.pid, 'SIGKILL');
    await server.next('lane is warm');
  }
  await call;
  const report = JSON.parse(readFileSync(json, 'utf8')) as { summary: { turns: number; answered: number } };
  expect(report.summary).toMatchObject({ turns: 6, answered: 6 });
  const after = (await server.get('/api/status')) as Status;
  expect(after.ready).toBe(true);
  expect(Object.values(after.lanes).map((lane) => lane.restarts)).toEqual([1, 1, 1]);
  expect(await server.stop()).toBe(0);
}, 120_000);

const SENTENCE = 'I would like to book an appointment';
const CLIP = fileURLToPath(new URL('../fixtures/appointment.wav', import.meta.url));
const CALLS = 10;
const LANES = ['vad', 'stt', 'tts'];

it('ten calls are answered after each lane was killed and stopped once', async () => {
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), 'parley-faults-'));
  const hangUp = new AbortController();
  onTestFinished(() => {
    hangUp.abort();
    server.child.kill('SIGKILL');
  });
  const calls = await openCalls(server, folder, hangUp.signal);
  for (const fault of ['SIGKILL', 'SIGSTOP'] as const) {
    for (const lane of LANES) {
      await server.next('turn');
      const { lanes } = (await server.get('/api/status')) as Status;
      const faultAt = performance.now();
      process.kill(lanes[lane]!.pid, fault);
      expect(await server.next('lane is warm')).toMatchObject({ lane });
      // A generous guard, for a machine that does other things as well.
      expect(performance.now() - faultAt).toBeLessThan(3 * MEND_LIMIT_MS);
    }
  }
  const api = serverApi(server.url, API_KEY);
  const heardBy = async (callSid: string): Promise<readonly ServerTurn[]> =>
    (await api.call(callSid))!.turns.filter(({ heard }) => heard !== null);
  const before = new Map<string, number>();
  for (const callSid of calls.sids) before.set(callSid, (await heardBy(callSid)).length);
  // The turn of the last fault and the newest one may still be going on; the two between them are whole.
  const after = async (callSid: string): Promise<readonly ServerTurn[]> =>
    (await heardBy(callSid)).slice(before.get(callSid)! + 1);
  for (const callSid of calls.sids) while ((await after(callSid)).length < 3) await server.next('turn');
  for (const callSid of calls.sids) {
    for (const { heard, replied } of (await after(callSid)).slice(0, 2)) {
      expect(normalizeWords(heard!)).toContain('appointment');
      // A busy machine may leave a pause in which the caller goes on.
      expect(replied).toContain('You said');
    }
  }
  hangUp.abort();
  for (const call of await Promise.all(calls.ended)) {
    expect(call.problems).toEqual([]);
    expect(call.record!.outcome).toBe('caller-hung-up');
  }
  const { ready, lanes } = (await server.get('/api/status')) as Status;
  expect(ready).toBe(true);
  expect(LANES.map((lane) => lanes[lane]!.restarts)).toEqual([2, 2, 2]);
  expect(await server.stop()).toBe(0);
}, 240_000);

interface OpenCalls {
  readonly sids: readonly string[];
  readonly ended: readonly ReturnType<typeof simulateCall>[];
}

/** Callers who say the same sentence again and again; resolves when each has been answered once. */
async function openCalls(server: ServerProcess, folder: string, signal: AbortSignal): Promise<OpenCalls> {
  const file = join(folder, 'again.yaml');
  const again = { repeat: { count: 100, steps: [{ play: CLIP, as: SENTENCE }] } };
  writeFileSync(file, stringify({ name: 'again', agent: 'echo-test', steps: [again] }));
  const scenario = loadScenario(file, new Date());
  const steps: readonly PreparedStep[] = await prepareCaller(scenario, () =>
    Promise.reject(new Error('no voice')),
  );
  const answered = new Set<unknown>();
  const ended: ReturnType<typeof simulateCall>[] = [];
  while (answered.size < CALLS) {
    if (ended.length < CALLS) {
      const recording = join(folder, `${ended.length}.wav`);
      ended.push(
        simulateCall({
          scenario,
          steps,
          agent: 'echo-test',
          line: { target: server.url, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN },
          api: serverApi(server.url, API_KEY),
          clock: systemClock,
          randomHex: (count) => randomBytes(count).toString('hex').slice(0, count),
          recording,
          print: () => undefined,
          signal,
        }),
      );
    }
    answered.add((await server.next('turn'))['callSid']);
  }
  return { sids: [...answered] as string[], ended };
}
