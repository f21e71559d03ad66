// Calls over REST against a simulated Twilio on a real socket: shapes, and every way to fail.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import twilio from 'twilio';
import { DIAL_ERRORS, type CallControl, type DialRequest } from '../../src/ports/call-control.ts';
import { twilioCallControl } from '../../src/twilio/call-control.ts';
import { restClient } from '../../src/twilio/rest-client.ts';
import {
  ACCOUNT_SID,
  NETWORK_TOKEN,
  OWN_NUMBER,
  startTestNetwork,
  type TestNetwork,
} from '../support/test-network.ts';

const ANNA = '+12125550101';
const REFUSED: Readonly<Record<string, number>> = {
  '+12125550214': 21_214,
  '+12125550215': 21_215,
  '+12125550216': 21_216,
  '+12125550219': 21_219,
  '+12125550999': 21_999,
};

const request = (to: string, changes: Partial<DialRequest> = {}): DialRequest => ({
  to,
  from: OWN_NUMBER,
  answerUrl: 'https://parley.example/twilio/voice?attempt=a1',
  statusUrl: 'https://parley.example/twilio/status?attempt=a1',
  amdUrl: 'https://parley.example/twilio/amd?attempt=a1',
  recordingUrl: null,
  ringTimeoutS: 20,
  timeLimitS: 600,
  ...changes,
});

describe('calls over REST', () => {
  let network: TestNetwork;
  let control: CallControl;
  beforeAll(async () => {
    const busyAt = '+12125550102';
    network = await startTestNetwork(
      (number) =>
        number === busyAt
          ? { kind: 'busy', afterMs: 500 }
          : {
              kind: 'answers',
              ringMs: 3_000,
              who: 'person',
              verdict: { answeredBy: 'human', afterMs: 4_000 },
              persona: 0,
              patienceMs: 60_000,
            },
      REFUSED,
    );
    control = network.control();
  });
  afterAll(() => network.close());

  const runFor = (delayMs: number): void => {
    const until = network.clock.now() + delayMs;
    while ((network.clock.nextAt() ?? Infinity) <= until) network.clock.step();
  };

  it('are recorded where that is wanted', async () => {
    const recordingUrl = 'https://parley.example/twilio/recording?attempt=a1';
    const dialled = await control.dial(request(ANNA, { recordingUrl }));
    expect(network.system.find(dialled.callSid)?.request.recordingCallback).toBe(recordingUrl);
    await control.hangUp(dialled.callSid);
  });

  it('are created, told about in order, found, and hung up', async () => {
    const dialled = await control.dial(request(ANNA));
    expect(dialled).toMatchObject({
      to: ANNA,
      from: OWN_NUMBER,
      status: 'queued',
      startedAt: null,
      durationS: null,
    });
    expect(dialled.callSid).toMatch(/^CA[0-9a-f]{32}$/);
    expect(network.system.find(dialled.callSid)?.request).toEqual({
      to: ANNA,
      from: OWN_NUMBER,
      url: request(ANNA).answerUrl,
      statusCallback: request(ANNA).statusUrl,
      amdCallback: request(ANNA).amdUrl,
      recordingCallback: null,
      ringTimeoutMs: 20_000,
      timeLimitMs: 600_000,
    });
    runFor(10_000);
    expect(await control.fetch(dialled.callSid)).toMatchObject({
      status: 'in-progress',
      answeredBy: 'human',
    });
    await control.hangUp(dialled.callSid);
    await control.hangUp(dialled.callSid);
    runFor(1_000);
    expect(await control.fetch(dialled.callSid)).toMatchObject({
      status: 'completed',
      durationS: expect.any(Number) as number,
    });
    const told = network.callbacks.filter(({ fields }) => fields['CallSid'] === dialled.callSid);
    expect(told.map(({ fields }) => fields['CallStatus'] ?? fields['AnsweredBy'])).toEqual([
      'initiated',
      'ringing',
      'in-progress',
      'human',
      'completed',
    ]);
    expect(told.flatMap(({ fields }) => fields['SequenceNumber'] ?? [])).toEqual(['0', '1', '2', '3']);
  });

  it('are found by number and time, newest first', async () => {
    const since = network.clock.now();
    const first = await control.dial(request('+12125550102'));
    runFor(5_000);
    const second = await control.dial(request('+12125550102'));
    const found = await control.placedTo('+12125550102', since);
    expect(found.map(({ callSid }) => callSid)).toEqual([second.callSid, first.callSid]);
    expect(await control.placedTo('+12125550102', network.clock.now() + 5_000)).toEqual([]);
    expect(found[1]).toMatchObject({ status: 'busy' });
    expect(await control.fetch(`CA${'0'.repeat(32)}`)).toBeNull();
    await control.hangUp(`CA${'0'.repeat(32)}`);
  });

  it('are queued when they come faster than the account may call', async () => {
    const numbers = ['+12125550111', '+12125550112', '+12125550113'];
    await Promise.all(numbers.map((number) => control.dial(request(number))));
    const queued = numbers.map((number) => network.system.to(number)[0]?.queueMs ?? -1);
    expect(Math.max(...queued)).toBeGreaterThanOrEqual(2_000);
  });

  it.each([
    ['number-invalid', 'not-a-number', {}, 21_211],
    ['number-unreachable', '+12125550214', {}, 21_214],
    ['region-not-permitted', '+12125550215', {}, 21_215],
    ['number-blocked', '+12125550216', {}, 21_216],
    ['number-not-verified', '+12125550219', {}, 21_219],
    ['request-refused', '+12125550999', {}, 21_999],
    ['caller-id-not-owned', ANNA, { from: '+15005550007' }, 21_210],
  ] as const)('fail as %s', async (code, to, changes, networkCode) => {
    await expect(control.dial(request(to, changes))).rejects.toMatchObject({
      code,
      networkCode,
      retryable: DIAL_ERRORS[code].retryable,
      message: expect.stringContaining(`(${networkCode})`) as string,
    });
  });

  it('fail with wrong credentials, and the check says so before anybody is called', async () => {
    const wrong = network.control('wrong');
    await expect(wrong.dial(request(ANNA))).rejects.toMatchObject({ code: 'bad-credentials' });
    await expect(wrong.check(OWN_NUMBER)).rejects.toMatchObject({ code: 'bad-credentials' });
    await expect(control.check(OWN_NUMBER)).resolves.toBeUndefined();
    await expect(control.check('+15005550007')).rejects.toMatchObject({
      code: 'caller-id-not-owned',
      networkCode: 21_210,
    });
  });

  it.each([
    ['too-many', 'too-many-requests', 0],
    ['bad-gateway', 'answer-lost', 0],
    ['bad-gateway-made', 'answer-lost', 1],
    ['answer-lost', 'answer-lost', 1],
    ['refused', 'answer-lost', 0],
  ] as const)('tell a lost answer from a call that was not made: %s', async (fault, code, made) => {
    const before = network.system.calls.length;
    network.nextFault = fault;
    await expect(control.dial(request(ANNA))).rejects.toMatchObject({ code });
    expect(network.system.calls.length - before).toBe(made);
  });

  it('know that nothing was sent when nobody listens', async () => {
    const options = { accountSid: ACCOUNT_SID, authToken: NETWORK_TOKEN, timeoutMs: 5_000 };
    const gone = await startTestNetwork(() => ({ kind: 'no-answer' }));
    await gone.close();
    const nobody = twilioCallControl(restClient({ ...options, baseUrl: gone.url }));
    await expect(nobody.dial(request(ANNA))).rejects.toMatchObject({ code: 'network-down', retryable: true });
  });

  it('are the same to Twilio’s own client', async () => {
    const client = twilio(ACCOUNT_SID, NETWORK_TOKEN);
    client.api.baseUrl = network.url;
    const call = await client.calls.create({
      to: ANNA,
      from: OWN_NUMBER,
      url: 'https://parley.example/voice',
    });
    expect(call).toMatchObject({ status: 'queued', to: ANNA, duration: null, endTime: null });
    expect(call.dateCreated).toBeInstanceOf(Date);
    await expect(client.calls('CA00000000000000000000000000000000').fetch()).rejects.toMatchObject({
      code: 20_404,
      status: 404,
    });
    const [newest] = await client.calls.list({ to: ANNA, limit: 1 });
    expect(newest?.sid).toBe(call.sid);
  });
});
