// Which server a command talks to: the one named, else the one that holds the store.
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runningServer, withDesk } from '../../src/commands/reach-server.ts';
import { lockFolder } from '../../src/store/folder-lock.ts';

describe('the server of a command', () => {
  let folder = '';
  let server: Server;
  let url = '';
  const asked: (string | undefined)[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-reach-'));
    asked.length = 0;
    server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end('{"campaigns":[]}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is the one that holds the store, wherever it listens', async () => {
    const lock = lockFolder(folder);
    lock.tell(url);
    const environment = { DATA_DIR: folder, PORT: '1', PARLEY_API_KEY: 'secret' };
    expect(await withDesk({}, environment, (desk) => desk.json('GET', '/campaigns'))).toEqual({
      campaigns: [],
    });
    expect(runningServer({}, environment).url).toBe(url);
    expect(asked).toEqual(['Bearer secret']);
    lock.release();
  });

  it('is the one that is named, before any other', () => {
    const environment = { PARLEY_API_KEY: 'secret', PARLEY_SERVER: 'http://127.0.0.1:2', DATA_DIR: folder };
    expect(runningServer({}, environment).url).toBe('http://127.0.0.1:2');
    expect(runningServer({ server: `${url}/` }, environment).url).toBe(url);
  });

  it('needs its key', async () => {
    const lock = lockFolder(folder);
    lock.tell(url);
    await expect(withDesk({}, { DATA_DIR: folder }, () => Promise.resolve(0))).rejects.toThrow(
      `PARLEY_API_KEY: found nothing, expected the key of the server at ${url}.`,
    );
    lock.release();
  });
});
