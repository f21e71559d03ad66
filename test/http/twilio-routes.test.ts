// Twilio's webhooks: signed ones are answered, all others get nothing, and nothing personal is logged.
import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REFUSALS, type NotReadyReason } from '../../src/ports/admission.ts';
import { parseTwiml } from '../../src/simulator/twiml.ts';
import { AUTH_TOKEN, openHttpRig, ORIGIN, type HttpRig } from '../support/http-rig.ts';

const CALL = {
  CallSid: 'CA1',
  AccountSid: 'AC1',
  From: '+15550100001',
  To: '+15550100009',
  CallStatus: 'ringing',
  Direction: 'inbound',
  ApiVersion: '2010-04-01',
  CallerName: '',
};

let rig: HttpRig;
beforeEach(async () => {
  rig = await openHttpRig();
});
afterEach(() => rig.app.close());

describe('POST /twilio/voice', () => {
  it('answers with TwiML and passes on who calls whom', async () => {
    const response = await rig.post('/twilio/voice', CALL);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toMatch(/^text\/xml/);
    expect(response.body).toBe('<Response>tok</Response>');
    expect(rig.answered).toEqual([
      {
        callSid: 'CA1',
        agent: 'front-desk',
        from: '+15550100001',
        to: '+15550100009',
        direction: 'inbound',
        variables: {},
      },
    ]);
  });

  it('chooses the agent by query, else by called number, else the default', async () => {
    await rig.post('/twilio/voice?agent=echo-test', { ...CALL, To: '+15550100002' });
    await rig.post('/twilio/voice', { ...CALL, To: '+15550100002' });
    await rig.post('/twilio/voice?agent=', CALL);
    await rig.post('/twilio/voice', { ...CALL, Direction: 'outbound-api' });
    expect(rig.answered.map((call) => [call.agent, call.direction])).toEqual([
      ['echo-test', 'inbound'],
      ['survey', 'inbound'],
      ['front-desk', 'inbound'],
      ['front-desk', 'outbound'],
    ]);
  });

  it('refuses an unknown agent politely and says so in the log', async () => {
    const response = await rig.post('/twilio/voice?agent=nobody', CALL);
    expect(response.statusCode).toBe(200);
    expect(response.body).toContain(`<Say>${REFUSALS['unknown-agent'].says}</Say><Hangup/>`);
    expect(rig.logger.of('call refused')).toMatchObject([
      { fields: { reason: 'unknown-agent', agent: 'nobody' } },
    ]);
    expect(rig.meter.counts.get('calls_refused{unknown-agent}')).toBe(1);
  });

  const reasons = Object.keys(REFUSALS).filter((reason) => reason !== 'unknown-agent') as NotReadyReason[];

  it.each(reasons)('refuses politely and counts it when %s', async (reason) => {
    rig.script.readiness = { ready: false, reasons: [reason, 'full'] };
    const response = await rig.post('/twilio/voice', CALL);
    expect(response.statusCode).toBe(200);
    expect(parseTwiml(response.body)).toEqual([
      { verb: 'say', text: REFUSALS[reason].says },
      { verb: 'hangup' },
    ]);
    expect(rig.answered).toEqual([]);
    expect(rig.meter.counts).toEqual(new Map([[`calls_refused{${reason}}`, 1]]));
    expect(rig.logger.of('call refused')).toMatchObject([{ fields: { callSid: 'CA1', reason } }]);
  });

  it.each([
    [{ say: 'All & busy.' }, [{ verb: 'say', text: 'All & busy.' }, { verb: 'hangup' }]],
    [
      { redirect: 'https://other.example/voice?a=1&b=2' },
      [{ verb: 'redirect', url: 'https://other.example/voice?a=1&b=2' }],
    ],
    [{ enqueue: 'support' }, [{ verb: 'enqueue', queue: 'support' }]],
  ])('does with a refused call what the configuration says: %j', async (route, verbs) => {
    rig.script.readiness = { ready: false, reasons: ['late'] };
    rig.script.refusal = { say: '', redirect: '', enqueue: '', ...route };
    expect(parseTwiml((await rig.post('/twilio/voice', CALL)).body)).toEqual(verbs);
    expect(rig.meter.counts.get('calls_refused{late}')).toBe(1);
    const unknown = parseTwiml((await rig.post('/twilio/voice?agent=nobody', CALL)).body);
    expect(unknown).toEqual([{ verb: 'say', text: REFUSALS['unknown-agent'].says }, { verb: 'hangup' }]);
  });

  it('gives a repeated webhook the same answer, even when full by now', async () => {
    rig.script.pending.set('CA1', '<Response>same</Response>');
    rig.script.readiness = { ready: false, reasons: ['full'] };
    expect((await rig.post('/twilio/voice', CALL)).body).toBe('<Response>same</Response>');
    expect(rig.answered).toEqual([]);
  });

  it('takes a GET webhook, signed over its query', async () => {
    const url = `/twilio/voice?${new URLSearchParams({ ...CALL, agent: 'survey' }).toString()}`;
    const signature = twilio.getExpectedTwilioSignature(AUTH_TOKEN, ORIGIN + url, {});
    const response = await rig.app.inject({
      method: 'GET',
      url,
      headers: { 'x-twilio-signature': signature },
    });
    expect(response.body).toBe('<Response>tok</Response>');
    expect(rig.answered).toMatchObject([{ callSid: 'CA1', agent: 'survey', from: '+15550100001' }]);
  });

  it('needs a CallSid', async () => {
    const fields = Object.fromEntries(Object.entries(CALL).filter(([name]) => name !== 'CallSid'));
    const response = await rig.post('/twilio/voice', fields);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ error: { code: 'bad-webhook' } });
  });
});

describe('the signature', () => {
  const PATHS = [
    '/voice',
    '/stream-ended',
    '/stream-status',
    '/status',
    '/amd',
    '/recording',
    '/transfer-ended',
    '/transfer-announcement',
  ].map((path) => `/twilio${path}`);

  it.each(PATHS)('is required by %s', async (path) => {
    const payload = new URLSearchParams(CALL).toString();
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const headers of [form, { ...form, 'x-twilio-signature': 'L/OH5YylLD5NRKLltdqwSvS0BnU=' }]) {
      const response = await rig.app.inject({ method: 'POST', url: path, payload, headers });
      expect(response.statusCode).toBe(403);
      expect(response.json()).toMatchObject({ error: { code: 'bad-signature' } });
    }
    expect(rig.answered).toEqual([]);
    expect(rig.meter.counts.get(`signature_refused{${path}}`)).toBe(2);
    expect(rig.logger.of('Twilio signature refused').map((line) => line.fields)).toEqual([
      { route: path, signed: false },
      { route: path, signed: true },
    ]);
    expect(JSON.stringify(rig.logger.lines)).not.toContain('5550100');
  });

  it('is required even where there is nothing', async () => {
    for (const url of ['/twilio/none', '/twilio/']) {
      expect((await rig.app.inject({ method: 'POST', url })).statusCode).toBe(403);
    }
    expect((await rig.post('/twilio/none', {})).statusCode).toBe(404);
  });

  it('covers empty and repeated fields and encoded ones', async () => {
    const params = { A: '', B: ['2', '1'], C: 'a b+c&d=é' };
    const signature = twilio.getExpectedTwilioSignature(AUTH_TOKEN, `${ORIGIN}/twilio/status`, params);
    const send = (payload: string): Promise<{ statusCode: number }> =>
      rig.app.inject({
        method: 'POST',
        url: '/twilio/status',
        payload,
        headers: {
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
          'x-twilio-signature': signature,
        },
      });
    expect((await send('A=&B=2&B=1&C=a+b%2Bc%26d%3D%C3%A9')).statusCode).toBe(204);
    expect((await send('B=2&B=1&C=a+b%2Bc%26d%3D%C3%A9')).statusCode).toBe(403);
    expect((await send('A=&B=2&C=a+b%2Bc%26d%3D%C3%A9')).statusCode).toBe(403);
  });

  it('never follows the Host header', async () => {
    const signature = twilio.getExpectedTwilioSignature(
      AUTH_TOKEN,
      'https://evil.example/twilio/voice',
      CALL,
    );
    const response = await rig.post('/twilio/voice', CALL, {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-twilio-signature': signature,
    });
    expect(response.statusCode).toBe(403);
  });
});

describe('the callbacks', () => {
  it('end a call whose stream is over, and leave an ended one alone', async () => {
    const live = await rig.post('/twilio/stream-ended', CALL);
    expect(live.body).toContain('<Response><Hangup/></Response>');
    expect(rig.over).toEqual([]);
    const over = await rig.post('/twilio/stream-ended', { ...CALL, CallStatus: 'completed' });
    expect(over.body).toContain('<Response/>');
    expect(over.headers['content-type']).toMatch(/^text\/xml/);
    expect(rig.over).toEqual(['CA1']);
  });

  it('say goodbye to a live call that the server has ended', async () => {
    rig.script.ending.add('CA1');
    expect((await rig.post('/twilio/stream-ended', CALL)).body).toContain('<Say>Goodbye.</Say><Hangup/>');
    const over = await rig.post('/twilio/stream-ended', { ...CALL, CallStatus: 'completed' });
    expect(over.body).toContain('<Response/>');
  });

  it.each(['completed', 'busy', 'failed', 'no-answer', 'canceled'])(
    'tell that a call is over: %s',
    async (CallStatus) => {
      await rig.post('/twilio/status', { ...CALL, CallStatus: 'in-progress' });
      expect(rig.over).toEqual([]);
      await rig.post('/twilio/status', { ...CALL, CallStatus });
      expect(rig.over).toEqual(['CA1']);
    },
  );

  it('are logged without anything personal, stream errors as warnings', async () => {
    const stream = {
      ...CALL,
      StreamSid: 'MZ1',
      StreamEvent: 'stream-error',
      StreamError: 'Stream - Websocket - Protocol Error',
    };
    expect((await rig.post('/twilio/stream-status', stream)).statusCode).toBe(204);
    expect(
      (await rig.post('/twilio/status', { ...CALL, CallStatus: 'completed', CallDuration: '7' })).statusCode,
    ).toBe(204);
    expect((await rig.post('/twilio/amd', { ...CALL, AnsweredBy: 'human' })).statusCode).toBe(204);
    const lines = rig.logger.lines.filter((line) => line.message !== 'request answered');
    expect(lines.map((line) => [line.level, line.message, line.fields])).toEqual([
      [
        'warn',
        'stream status',
        { CallSid: 'CA1', StreamSid: 'MZ1', StreamEvent: 'stream-error', StreamError: stream.StreamError },
      ],
      ['info', 'call status', { CallSid: 'CA1', CallStatus: 'completed', CallDuration: '7' }],
      ['info', 'answering machine detection', { CallSid: 'CA1', AnsweredBy: 'human' }],
    ]);
  });
});

describe('bodies', () => {
  it('are refused above 64 KiB and when they are no form', async () => {
    const big = await rig.post('/twilio/voice', { ...CALL, Extra: 'x'.repeat(65_536) });
    expect(big.statusCode).toBe(413);
    expect(big.json()).toMatchObject({ error: { code: 'body-too-large' } });
    const json = await rig.app.inject({ method: 'POST', url: '/twilio/voice', payload: { CallSid: 'CA1' } });
    expect(json.statusCode).toBe(415);
  });
});
