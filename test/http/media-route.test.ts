// The media socket's upgrade over a real connection: signed in any legal form, or refused before the 101.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { signRequest } from '../../src/simulator/signature.ts';
import { AUTH_TOKEN, openHttpRig, ORIGIN, type HttpRig } from '../support/http-rig.ts';

const PUBLIC = ORIGIN.replace('https', 'wss');
let rig: HttpRig;
let port: number;
beforeEach(async () => {
  rig = await openHttpRig();
  await rig.app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = rig.app.server.address() as AddressInfo);
});
afterEach(() => rig.app.close());

/** The status of the answer: 101, or why not. */
async function upgrade(path: string, signedUrl: string | null): Promise<number> {
  const headers = signedUrl === null ? {} : { 'x-twilio-signature': signRequest(AUTH_TOKEN, signedUrl, {}) };
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('upgrade', (response: IncomingMessage) => {
      resolve(response.statusCode ?? 0);
    });
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      // The server must end what it does not upgrade: nobody else watches over such a connection.
      response.socket.once('close', () => {
        resolve(response.statusCode ?? 0);
      });
      response.resume();
    });
  });
}

describe('GET /twilio/media', () => {
  it.each([
    ['/twilio/media', `${PUBLIC}/twilio/media`],
    ['/twilio/media', `${PUBLIC}/twilio/media/`],
    ['/twilio/media/', `${PUBLIC}/twilio/media`],
    ['/twilio/media', `${PUBLIC}:443/twilio/media`],
  ])('upgrades %s signed as %s', async (path, signedUrl) => {
    expect(await upgrade(path, signedUrl)).toBe(101);
    expect(rig.sockets).toHaveLength(1);
  });

  it.each([
    ['/twilio/media', null],
    ['/twilio/media', `${ORIGIN}/twilio/media`],
    ['/twilio/media', `${PUBLIC}/twilio/other`],
    ['/twilio/media?x=1', `${PUBLIC}/twilio/media`],
  ])('refuses %s signed as %s before the upgrade', async (path, signedUrl) => {
    expect(await upgrade(path, signedUrl)).toBe(403);
    expect(rig.sockets).toEqual([]);
    expect(rig.meter.counts.get('signature_refused{/twilio/media}')).toBe(1);
  });

  it.each(['/healthz', '/nothing', '/api/status', '/twilio/voice'])(
    'upgrades nothing else: %s',
    async (path) => {
      expect(await upgrade(path, `${PUBLIC}${path}`)).toBe(404);
      expect(rig.sockets).toEqual([]);
    },
  );

  it('ends an upgrade whose address cannot be decoded', async () => {
    expect(await upgrade('/%zz', null)).toBe(400);
  });

  it('accepts no compression, for Twilio offers none', async () => {
    const headers = { 'x-twilio-signature': signRequest(AUTH_TOKEN, `${PUBLIC}/twilio/media`, {}) };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/twilio/media`, { headers, perMessageDeflate: true });
    await once(socket, 'open');
    expect(socket.extensions).toBe('');
    socket.terminate();
  });

  it('asks a plain request to upgrade', async () => {
    const headers = { 'x-twilio-signature': signRequest(AUTH_TOKEN, `${ORIGIN}/twilio/media`, {}) };
    expect((await rig.app.inject({ method: 'GET', url: '/twilio/media', headers })).statusCode).toBe(426);
  });

  it('closes its sockets with the server', async () => {
    const headers = { 'x-twilio-signature': signRequest(AUTH_TOKEN, `${PUBLIC}/twilio/media`, {}) };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/twilio/media`, { headers });
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await rig.app.close();
    await closed;
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });
});
