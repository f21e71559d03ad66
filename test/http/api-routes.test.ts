// Health, readiness, metrics and the API with its key; errors never show the inside.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../src/http/problem.ts';
import type { CallRecord } from '../../src/ports/call-log.ts';
import { openHttpRig, type HttpRig } from '../support/http-rig.ts';

const record = (callSid: string): CallRecord => ({
  callSid,
  agent: 'front-desk',
  direction: 'inbound',
  startedAt: '2026-03-02T09:00:00.000Z',
  endedAt: null,
  state: 'listening',
  outcome: 'in-progress',
  result: null,
  collected: {},
  turns: [{ heard: 'hello', replied: 'Good morning.', stagesMs: null, bargedIn: false }],
  counters: { framesReceived: 12 },
});

let rig: HttpRig;
beforeEach(async () => {
  rig = await openHttpRig();
});
afterEach(() => rig.app.close());
const get = (url: string): ReturnType<HttpRig['api']> => rig.api(url, '');

describe('operations', () => {
  it('is alive, whatever else', async () => {
    rig.script.readiness = { ready: false, reasons: ['warming-up'] };
    expect((await get('/healthz')).json()).toEqual({ alive: true });
  });

  it('says whether it is ready, and why not', async () => {
    expect(await get('/readyz')).toMatchObject({ statusCode: 200, body: '{"ready":true}' });
    rig.script.readiness = { ready: false, reasons: ['draining', 'full'] };
    expect(await get('/readyz')).toMatchObject({
      statusCode: 503,
      body: '{"ready":false,"reasons":["draining","full"]}',
    });
  });

  it('exposes the metrics', async () => {
    const response = await get('/metrics');
    expect(response.headers['content-type']).toContain('version=0.0.4');
    expect(response.body).toBe('parley_up 1\n');
  });
});

describe('the API', () => {
  it.each(['', 'Bearer', 'Bearer wrong', 'Basic a-key-of-the-api', 'Bearer a-key-of-the-api more'])(
    'refuses %j',
    async (authorization) => {
      for (const url of ['/api/calls', '/api/calls/CA1', '/api/status', '/api/none']) {
        const response = await rig.api(url, authorization);
        expect(response.statusCode).toBe(401);
        expect(response.headers['www-authenticate']).toBe('Bearer');
        expect(response.json()).toMatchObject({ error: { code: 'unauthorized' } });
      }
    },
  );

  it('is off without a key, and says how to turn it on', async () => {
    const off = await openHttpRig(null);
    const response = await off.api('/api/calls');
    expect(response.statusCode).toBe(403);
    expect(response.json()).toEqual({
      error: { code: 'api-disabled', message: 'The API is off: set PARLEY_API_KEY and restart the server.' },
    });
    await off.app.close();
  });

  it('lists calls, as many as asked for', async () => {
    rig.script.calls = Array.from({ length: 60 }, (_, index) => record(`CA${index}`));
    const listed = async (query: string): Promise<number> =>
      (await rig.api(`/api/calls${query}`)).json<{ calls: unknown[] }>().calls.length;
    expect(await listed('')).toBe(50);
    expect(await listed('?limit=2')).toBe(2);
    expect(await listed('?limit=1000')).toBe(60);
  });

  it.each(['0', '1001', '-1', '1.5', 'x', '', '1&limit=2'])('refuses limit=%s', async (limit) => {
    const response = await rig.api(`/api/calls?limit=${limit}`);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ error: { code: 'bad-query' } });
  });

  it('shows one call, or says that it knows none', async () => {
    rig.script.calls = [record('CA1')];
    expect((await rig.api('/api/calls/CA1')).json()).toEqual(record('CA1'));
    const none = await rig.api('/api/calls/CA2');
    expect(none.statusCode).toBe(404);
    expect(none.json()).toMatchObject({ error: { code: 'unknown-call' } });
  });

  it('shows the state of the server', async () => {
    expect((await rig.api('/api/status', 'bearer a-key-of-the-api')).json()).toEqual({
      warmupMs: 900,
      firstInferenceMs: 40,
      eventLoopDelayMs: { p50: 0, p99: 1, max: 2, recentP99: 1 },
      callsInProgress: 0,
      memoryMb: { rss: 100, heap: 30 },
    });
  });
});

describe('errors', () => {
  it('are JSON with a code of the table', async () => {
    for (const url of ['/', '/none', '/%zz', '/api/none', '/metrics/x']) {
      const response = await rig.api(url);
      const { error } = response.json<{ error: { code: keyof typeof PROBLEMS } }>();
      expect(PROBLEMS[error.code].status, url).toBe(response.statusCode);
    }
  });

  it('hide what failed inside, and log it', async () => {
    rig.script.failing = true;
    const response = await rig.api('/api/status');
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({
      error: { code: 'internal', message: 'The server failed; its log says why.' },
    });
    expect(rig.logger.of('request failed')).toMatchObject([
      { level: 'error', fields: { route: '/api/status' } },
    ]);
  });

  it('log routes and never addresses', async () => {
    await rig.api('/api/calls?limit=1&secret=hunter2');
    expect(rig.logger.of('request answered')).toMatchObject([
      { level: 'debug', fields: { method: 'GET', route: '/api/calls', status: 200 } },
    ]);
    expect(JSON.stringify(rig.logger.lines)).not.toContain('hunter2');
  });
});
