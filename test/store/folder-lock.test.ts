// The embedded database's folder belongs to one process, also after one that was killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder, lockHolder } from '../../src/store/folder-lock.ts';

describe('the lock of a folder', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-lock-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const write = (holder: object): void => {
    writeFileSync(
      join(folder, 'parley.lock'),
      JSON.stringify({ host: hostname(), startedAt: '', url: null, ...holder }),
    );
  };

  it('is held once, tells where its holder listens, and is given back', () => {
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(
      `${folder} is in use by process ${process.pid} on ${hostname()}`,
    );
    lock.tell('http://127.0.0.1:8080');
    expect(lockHolder(folder)).toMatchObject({ pid: process.pid, url: 'http://127.0.0.1:8080' });
    lock.release();
    expect(lockHolder(folder)).toBeNull();
    lockFolder(folder).release();
  });

  it('is taken over from a process that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    write({ pid: child.pid });
    expect(() => lockFolder(folder)).toThrow('in use');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = lockFolder(folder);
    expect(JSON.parse(readFileSync(join(folder, 'parley.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    lock.release();
  });

  it('is no lock of a process that has the number of an earlier one', () => {
    write({ pid: process.pid, startedAt: '1' });
    expect(lockHolder(folder)).toBeNull();
    write({ pid: 1, startedAt: '0' });
    expect(lockHolder(folder)).toBeNull();
  });

  it('is believed of another machine, and not where it is no lock', () => {
    write({ pid: 1, host: 'elsewhere' });
    expect(lockHolder(folder)).toMatchObject({ host: 'elsewhere' });
    writeFileSync(join(folder, 'parley.lock'), 'nonsense');
    expect(lockHolder(folder)).toBeNull();
  });
});
