// Webhooks of calls that we made, and the API's campaigns: what is handed on, and what a person is told.
import { afterEach, describe, expect, it } from 'vitest';
import type { OutboundCallPlan } from '../../src/http/deps.ts';
import { openHttpRig, type HttpRig } from '../support/http-rig.ts';

const PLAN: OutboundCallPlan = {
  agent: 'survey',
  variables: { name: 'Anna' },
  plan: {
    opening: { kind: 'at-once' },
    watch: {
      connected: () => undefined,
      firstAudio: () => undefined,
      personSpoke: () => undefined,
      ended: () => undefined,
    },
  },
};
const FIELDS = {
  CallSid: 'CA1',
  From: '+15005550006',
  To: '+12125550101',
  Direction: 'outbound-api',
  CallStatus: 'in-progress',
};

let rig: HttpRig;
afterEach(async () => {
  await rig.app.close();
});

describe('the webhook of a call that we made', () => {
  it('gets its attempt’s agent, values and plan', async () => {
    rig = await openHttpRig();
    rig.script.outbound.set('a1', PLAN);
    const answer = await rig.post('/twilio/voice?attempt=a1', FIELDS);
    expect(answer.statusCode).toBe(200);
    expect(rig.answered).toEqual([
      {
        callSid: 'CA1',
        agent: 'survey',
        from: '+15005550006',
        to: '+12125550101',
        direction: 'outbound',
        variables: { name: 'Anna' },
        outbound: PLAN.plan,
      },
    ]);
  });

  it('is hung up when nobody knows of it', async () => {
    rig = await openHttpRig();
    const answer = await rig.post('/twilio/voice?attempt=unknown', FIELDS);
    expect(answer.body).toContain('<Hangup/>');
    expect(rig.answered).toEqual([]);
    expect(rig.logger.of('a call that nobody knows of was answered')).toHaveLength(1);
  });

  it('is refused unsigned, whatever it asks for', async () => {
    rig = await openHttpRig();
    rig.script.outbound.set('a1', PLAN);
    const answer = await rig.post('/twilio/voice?attempt=a1', FIELDS, { 'x-twilio-signature': 'none' });
    expect(answer.statusCode).toBe(403);
  });
});

describe('a callback of a call that we made', () => {
  it('is answered when what it tells is stored', async () => {
    rig = await openHttpRig();
    const status = await rig.post('/twilio/status?attempt=a1', {
      CallSid: 'CA1',
      CallStatus: 'busy',
      SequenceNumber: '2',
    });
    const verdict = await rig.post('/twilio/amd?attempt=a1', {
      CallSid: 'CA1',
      AnsweredBy: 'machine_end_beep',
    });
    const recording = await rig.post('/twilio/recording?attempt=a1', {
      CallSid: 'CA1',
      RecordingUrl: 'https://r',
    });
    expect([status, verdict, recording].map(({ statusCode }) => statusCode)).toEqual([204, 204, 204]);
    expect(rig.script.told).toEqual([
      'status a1 busy',
      'answered by a1 machine_end_beep',
      'recorded a1 https://r',
    ]);
    expect(rig.over).toEqual(['CA1']);
  });

  it('is answered with an error when it could not be stored', async () => {
    rig = await openHttpRig();
    rig.script.storeFails = true;
    const status = await rig.post('/twilio/status?attempt=a1', { CallSid: 'CA1', CallStatus: 'busy' });
    expect(status.statusCode).toBe(500);
  });

  it('of any other call is only logged', async () => {
    rig = await openHttpRig();
    const status = await rig.post('/twilio/status', { CallSid: 'CA1', CallStatus: 'ringing' });
    expect(status.statusCode).toBe(204);
    expect(rig.script.told).toEqual([]);
  });
});

describe('a call that is handed on', () => {
  it('is asked about at its end, and comes back or is over', async () => {
    rig = await openHttpRig();
    const back = await rig.post('/twilio/transfer-ended', { ...FIELDS, DialCallStatus: 'busy' });
    expect(back.body).toContain('CA1 busy');
    const over = await rig.post('/twilio/transfer-ended', {
      ...FIELDS,
      CallStatus: 'completed',
      DialCallStatus: 'completed',
    });
    expect(over.body).toContain('<Response/>');
    const announced = await rig.post('/twilio/transfer-announcement?of=CA1', { CallSid: 'CA2' });
    expect(announced.body).toContain('CA1');
  });
});

describe('the API of a server that keeps nothing and makes no calls', () => {
  it.each([
    ['GET', '/api/campaigns', 409, 'no-store'],
    ['GET', '/api/callbacks', 409, 'no-store'],
    ['POST', '/api/callbacks/x/done', 409, 'no-store'],
    ['POST', '/api/calls', 409, 'no-dialling'],
    ['GET', '/api/outbound/x', 404, 'unknown-call'],
    ['GET', '/api/do-not-call/+12125550101', 404, 'unknown-number'],
  ] as const)('says so: %s %s', async (method, url, status, code) => {
    rig = await openHttpRig();
    const body = method === 'POST' ? { payload: { to: '+12125550101' } } : {};
    const answer = await rig.app.inject({
      method,
      url,
      headers: { authorization: 'Bearer a-key-of-the-api' },
      ...body,
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ error: { code } });
  });

  it('tells calls of earlier runs that the store still knows', async () => {
    rig = await openHttpRig();
    rig.script.past.push({
      callSid: 'CA9',
      agent: 'survey',
      direction: 'outbound',
      startedAt: '2026-11-23T18:00:00.000Z',
      endedAt: '2026-11-23T18:01:00.000Z',
      state: 'ended',
      outcome: 'completed',
      result: 'done',
      collected: {},
      turns: [],
      counters: {},
    });
    expect((await rig.api('/api/calls/CA9')).json()).toMatchObject({ result: 'done' });
    expect((await rig.api('/api/calls/CA8')).statusCode).toBe(404);
  });

  it('refuses campaigns and lists without its key', async () => {
    rig = await openHttpRig();
    for (const url of ['/api/campaigns', '/api/do-not-call', '/api/outbound/x']) {
      expect((await rig.api(url, '')).statusCode).toBe(401);
    }
  });
});
