// Every way in which Twilio's answer may be wrong or missing, over a real socket: what is known of the call afterwards.
import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallControl, DialErrorCode, DialRequest } from '../../src/ports/call-control.ts';
import { twilioCallControl } from '../../src/twilio/call-control.ts';
import { restClient } from '../../src/twilio/rest-client.ts';

type Answer = (response: ServerResponse) => void;

const ACCOUNT_SID = `AC${'1'.repeat(32)}`;
const SECRET = 'a-secret-token';
const CALL_SID = `CA${'2'.repeat(32)}`;
const REQUEST: DialRequest = {
  to: '+12125550101',
  from: '+15005550006',
  answerUrl: 'https://parley.example/twilio/voice',
  statusUrl: 'https://parley.example/twilio/status',
  amdUrl: null,
  recordingUrl: null,
  ringTimeoutS: 20,
  timeLimitS: 600,
};

const json =
  (status: number, body: object): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const html =
  (status: number): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html>trouble</html>');
  };
const refusal = (status: number, code: number): Answer =>
  json(status, { code, message: 'No.', more_info: `https://www.twilio.com/docs/errors/${code}`, status });
const silence: Answer = () => undefined;
const brokenOff: Answer = (response) => {
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"sid":"CA');
  setImmediate(() => response.destroy());
};
const cut: Answer = (response) => {
  response.socket?.destroy();
};

describe('an answer of the REST API', () => {
  let server: Server;
  let control: CallControl;
  let answer: Answer = silence;

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        answer(response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const baseUrl = `http://127.0.0.1:${port}`;
    const rest = { accountSid: ACCOUNT_SID, authToken: SECRET, baseUrl, timeoutMs: 300 };
    control = twilioCallControl(restClient(rest));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each<readonly [string, Answer, DialErrorCode, number | null]>([
    ['none in time', silence, 'answer-lost', null],
    ['a connection that is cut', cut, 'answer-lost', null],
    ['one that breaks off', brokenOff, 'answer-lost', null],
    ['success in HTML', html(200), 'answer-lost', null],
    ['success without a body', (response) => response.writeHead(201).end(), 'answer-lost', null],
    ['success without a SID', json(201, { status: 'queued' }), 'answer-lost', null],
    [
      'success with an unknown status',
      json(201, { sid: CALL_SID, status: 'teleported' }),
      'answer-lost',
      null,
    ],
    ['502 in HTML', html(502), 'answer-lost', null],
    ['503 in JSON', json(503, { status: 503 }), 'answer-lost', null],
    ['500 with a code', refusal(500, 20_500), 'answer-lost', 20_500],
    ['429 in HTML', html(429), 'too-many-requests', null],
    ['20429', refusal(429, 20_429), 'too-many-requests', 20_429],
    ['10004', refusal(400, 10_004), 'too-many-requests', 10_004],
    ['20003', refusal(401, 20_003), 'bad-credentials', 20_003],
    ['403 in HTML', html(403), 'bad-credentials', null],
    ['404 for the account', refusal(404, 20_404), 'request-refused', 20_404],
    ['21212', refusal(400, 21_212), 'caller-id-invalid', 21_212],
    ['13224', refusal(400, 13_224), 'number-invalid', 13_224],
    ['13227', refusal(400, 13_227), 'region-not-permitted', 13_227],
    ['32205', refusal(400, 32_205), 'region-not-permitted', 32_205],
    ['an unknown code', refusal(400, 29_999), 'request-refused', 29_999],
    ['400 in HTML', html(400), 'request-refused', null],
  ])('%s', async (_name, given, code, networkCode) => {
    answer = given;
    const error: unknown = await control.dial(REQUEST).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'DialError', code, networkCode });
    expect(`${JSON.stringify(error)} ${(error as Error).message}`).not.toContain(SECRET);
  });

  it('that a call is over, or not known any more, is all that a hang-up wants', async () => {
    for (const over of [refusal(400, 21_220), refusal(404, 20_404)]) {
      answer = over;
      await expect(control.hangUp(CALL_SID)).resolves.toBeUndefined();
    }
    answer = html(502);
    await expect(control.hangUp(CALL_SID)).rejects.toMatchObject({ code: 'answer-lost' });
  });

  it('that there is no such account does not pass for a number without calls', async () => {
    answer = refusal(404, 20_404);
    await expect(control.placedTo(REQUEST.to, 0)).rejects.toMatchObject({ code: 'request-refused' });
    await expect(control.check(REQUEST.from)).rejects.toMatchObject({ code: 'bad-credentials' });
    await expect(control.fetch(CALL_SID)).resolves.toBeNull();
  });
});
