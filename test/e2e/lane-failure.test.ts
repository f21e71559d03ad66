// A model process that dies again and again: callers are told goodbye, and the server ends for its supervisor.
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAREWELLS } from '../../src/ports/admission.ts';
import { simulate, startServer } from '../support/server-process.ts';

interface Status {
  readonly lanes: Readonly<Record<string, { readonly pid: number | null; readonly ready: boolean }>>;
}

describe('a lane that cannot be kept alive', () => {
  it(
    'ends the server with exit code 70 after three deaths, and a caller hears why',
    { timeout: 120_000 },
    async () => {
      const out = mkdtempSync(join(tmpdir(), 'parley-lane-failure-'));
      const server = await startServer();
      const exited = once(server.child, 'exit') as Promise<[number | null]>;
      const call = simulate(server, ['--scenario', 'config/scenarios/long-call.yaml', '--out', out]);
      await server.logged('call started');
      for (let death = 1; death <= 3; death += 1) {
        const warm = server.next('lane is warm');
        const { lanes } = (await server.get('/api/status')) as Status;
        expect(lanes['tts']).toMatchObject({ ready: true });
        process.kill(lanes['tts']!.pid!, 'SIGKILL');
        if (death < 3) await warm;
      }
      const [code] = await exited;
      expect(code).toBe(70);
      await call;
      const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as {
        readonly calls: readonly { readonly announcements: readonly string[] }[];
      };
      expect(report.calls[0]!.announcements).toEqual([FAREWELLS['lane-failed']]);
      const failure = server.lines.filter(({ msg }) => msg === 'lane is replaced');
      expect(failure.length).toBeGreaterThanOrEqual(2);
    },
  );
});
