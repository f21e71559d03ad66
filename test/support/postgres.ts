// A throwaway Postgres of Debian's package in a temporary folder, reached over a socket of its own.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

const PACKAGES = '/usr/lib/postgresql';

/** Where Debian keeps the programs; null where the package is missing. */
export function postgresPrograms(): string | null {
  if (!existsSync(PACKAGES)) return null;
  const folders = readdirSync(PACKAGES).map((version) => join(PACKAGES, version, 'bin'));
  return folders.findLast((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/**
 * Whether tests on Postgres run: left out, with a message, only where the package is missing and nobody asks for it.
 * CI asks for it with PARLEY_REQUIRE_POSTGRES=1.
 */
export function hasPostgres(): boolean {
  if (postgresPrograms() !== null || process.env['PARLEY_REQUIRE_POSTGRES'] === '1') return true;
  console.warn('No Postgres on this machine (Debian: postgresql): the tests on it are left out.');
  return false;
}

export async function startPostgres(): Promise<TestPostgres> {
  const programs = postgresPrograms();
  if (programs === null) throw new Error(`no programs of Postgres in ${PACKAGES}: install postgresql`);
  const folder = mkdtempSync(join(tmpdir(), 'parley-pg-'));
  const user = unprivileged();
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { ...(user ?? {}), cwd: folder };
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'parley', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C.UTF-8'],
    { ...options, stdio: 'pipe' },
  );
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'max_connections=60'],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await new Promise<void>((resolve, reject) => {
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
      if (said.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => {
      reject(new Error(`postgres ended: ${said}`));
    });
  });
  return {
    url: `postgres://parley@localhost/postgres?host=${encodeURIComponent(folder)}`,
    stop: async () => {
      const ended = once(server, 'exit');
      // Immediate shutdown: nothing of it is kept.
      server.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Postgres does not run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: id('-u'), gid: id('-g') };
}
