// What a running server does with strangers, garbage and lost sockets: refused, counted, ignored, ended once.
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answeredToken,
  closeCode,
  mediaMessage,
  openMedia,
  postForm,
  sendStart,
  sid,
} from '../support/raw-call.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.stop();
});

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

interface CallRecord {
  readonly state: string;
  readonly outcome: string;
  readonly counters: Readonly<Record<string, number>>;
}

async function recordWhen(callSid: string, done: (record: CallRecord) => boolean): Promise<CallRecord> {
  for (;;) {
    const record = (await server.get(`/api/calls/${callSid}`)) as CallRecord;
    if (done(record)) return record;
  }
}

describe('signatures', () => {
  const form = { CallSid: sid('CA', '9'), From: '+15550107777', To: '+15550100002' };

  it.each([
    ['missing', null],
    ['wrong', 'bm90IGEgc2lnbmF0dXJl'],
  ])('refuses a %s signature with 403 and logs nothing of the body', async (_, signature) => {
    const before = await metric('parley_signature_refused_total');
    const response = await postForm(server, '/twilio/voice', form, signature);
    expect(response.status).toBe(403);
    expect(await metric('parley_signature_refused_total')).toBe(before + 1);
    expect(JSON.stringify(server.lines)).not.toContain('7777');
  });

  it('lets a signed webhook in and answers a stream', async () => {
    const response = await postForm(server, '/twilio/voice?agent=echo-test', form);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/<Connect action="[^"]*\/twilio\/stream-ended"><Stream url="wss:/u);
  });

  it('answers an unknown agent politely', async () => {
    const unknown = { ...form, CallSid: sid('CA', '0') };
    const response = await postForm(server, '/twilio/voice?agent=nobody', unknown);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/<Say>.+<Hangup\/>/u);
  });
});

describe('stream tokens', () => {
  it('closes an unknown token with 1008', async () => {
    const socket = await openMedia(server);
    sendStart(socket, { callSid: sid('CA', '1'), streamSid: sid('MZ', '1') }, 'made-up');
    expect(await closeCode(socket)).toBe(1008);
  });

  it('closes a stream without a token with 1008', async () => {
    const socket = await openMedia(server);
    sendStart(socket, { callSid: sid('CA', '1'), streamSid: sid('MZ', '1') }, null);
    expect(await closeCode(socket)).toBe(1008);
  });

  it('closes the second use of a token with 1008, and the first call goes on', async () => {
    const ids = { callSid: sid('CA', '2'), streamSid: sid('MZ', '2') };
    const token = await answeredToken(server, ids.callSid);
    const first = await openMedia(server);
    sendStart(first, ids, token);
    first.send(mediaMessage(ids.streamSid, 0));
    const second = await openMedia(server);
    sendStart(second, { ...ids, streamSid: sid('MZ', '3') }, token);
    expect(await closeCode(second)).toBe(1008);
    expect((await recordWhen(ids.callSid, () => true)).outcome).toBe('in-progress');
    first.close();
    await recordWhen(ids.callSid, (record) => record.state === 'ended');
  });

  it('closes a socket that says nothing for 5 s with 1008', async () => {
    const socket = await openMedia(server);
    expect(await closeCode(socket)).toBe(1008);
  }, 15_000);
});

describe('garbage on the stream', () => {
  it('is counted and ignored, and the call lives and speaks', async () => {
    const ids = { callSid: sid('CA', '4'), streamSid: sid('MZ', '4') };
    const token = await answeredToken(server, ids.callSid);
    const socket = await openMedia(server);
    const before = await metric('parley_twilio_messages_ignored_total');
    socket.send(mediaMessage(ids.streamSid, 0));
    sendStart(socket, ids, token);
    const garbage = [
      '{not json',
      '[]',
      '{"event":"surprise"}',
      mediaMessage(sid('MZ', '5'), 20),
      JSON.stringify({ event: 'media', streamSid: ids.streamSid, media: { payload: '' } }),
      JSON.stringify({ event: 'media', streamSid: ids.streamSid, media: { timestamp: 'x', payload: 'AAA' } }),
    ];
    for (const message of garbage) socket.send(message);
    sendStart(socket, ids, token);
    socket.send(Buffer.from([1, 2, 3]));
    socket.send(mediaMessage(ids.streamSid, 0, 0));
    socket.send(mediaMessage(ids.streamSid, 0, 40_000));
    socket.send(mediaMessage(ids.streamSid, 0, 160));
    socket.send(mediaMessage(ids.streamSid, 20, 1));
    const [spoken] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(spoken.toString())).toMatchObject({ event: 'media', streamSid: ids.streamSid });
    expect(await metric('parley_twilio_messages_ignored_total')).toBe(before + 12);
    const stop = JSON.stringify({ event: 'stop', streamSid: ids.streamSid, stop: {} });
    socket.send(stop);
    socket.send(stop);
    const record = await recordWhen(ids.callSid, ({ state }) => state === 'ended');
    expect(record.outcome).toBe('caller-hung-up');
  });

  it('ends a call once when its socket is gone without stop', async () => {
    const ids = { callSid: sid('CA', '6'), streamSid: sid('MZ', '6') };
    const token = await answeredToken(server, ids.callSid);
    const ended = await metric('parley_calls_total');
    const socket = await openMedia(server);
    sendStart(socket, ids, token);
    socket.send(mediaMessage(ids.streamSid, 0));
    await once(socket, 'message');
    socket.terminate();
    await recordWhen(ids.callSid, ({ state }) => state === 'ended');
    expect(await metric('parley_calls_total')).toBe(ended + 1);
    expect(await metric('parley_calls_in_progress')).toBe(0);
  });
});
