// The death of any model process in the middle of a call: it is replaced, and the call goes on.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { simulate, startServer } from '../support/server-process.ts';

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
