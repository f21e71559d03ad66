// Whole calls over real HTTP and WebSocket against a scripted server, in real time but short.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeMulaw } from '../../src/audio/mulaw.ts';
import { pcm } from '../../src/audio/units.ts';
import { parseWav } from '../../src/audio/wav.ts';
import { prepareCaller } from '../../src/simulator/caller-audio.ts';
import type { CallResult } from '../../src/simulator/call-result.ts';
import { buildReport, reportSchema } from '../../src/simulator/report.ts';
import { scenarioSchema, type Scenario } from '../../src/simulator/scenario.ts';
import { serverApi } from '../../src/simulator/server-api.ts';
import { simulateCall } from '../../src/simulator/simulate-call.ts';
import { systemClock } from '../../src/simulator/simulator-clock.ts';
import {
  FAKE_API_KEY,
  FAKE_AUTH_TOKEN,
  FAKE_PUBLIC_URL,
  FakeParley,
  type FakeScript,
  type FakeStream,
} from '../support/fake-parley.ts';

const tone = (ms: number): Int16Array =>
  Int16Array.from({ length: ms * 8 }, (_, index) => (index % 16 < 8 ? 8000 : -8000));

function say(stream: FakeStream, ms: number): void {
  const payload = Buffer.from(encodeMulaw(pcm(8000, tone(ms)))).toString('base64');
  stream.send({ event: 'media', streamSid: stream.streamSid, media: { payload } });
}

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function scenarioOf(steps: readonly object[], more: object = {}): Scenario {
  const patience = { answerTimeoutMs: 1_000, finishedAfterMs: 100, pauseMs: 50 };
  const parsed = scenarioSchema.parse({ name: 'test-call', agent: 'fake one', patience, steps, ...more });
  return { ...parsed, folder: '.' };
}

interface Run {
  readonly result: CallResult;
  readonly server: FakeParley;
  readonly printed: readonly string[];
}

async function call(
  scenario: Scenario,
  script: FakeScript,
  signal = new AbortController().signal,
): Promise<Run> {
  const server = new FakeParley(script);
  const target = await server.listen();
  cleanups.push(() => server.close());
  return { server, ...(await callServer(target, scenario, signal)) };
}

async function callServer(
  target: string,
  scenario: Scenario,
  signal: AbortSignal,
): Promise<Omit<Run, 'server'>> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-simulator-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true });
  });
  const printed: string[] = [];
  let digits = 0;
  const result = await simulateCall({
    scenario,
    steps: await prepareCaller(scenario, () => Promise.resolve(pcm(8000, tone(100)))),
    agent: scenario.agent ?? null,
    line: { target, publicUrl: FAKE_PUBLIC_URL, authToken: FAKE_AUTH_TOKEN },
    api: serverApi(target, FAKE_API_KEY),
    clock: systemClock,
    randomHex: (count) => (digits++).toString(16).padStart(count, '0'),
    recording: join(folder, 'call.wav'),
    print: (line) => printed.push(line),
    signal,
  });
  return { result, printed };
}

/** Greets, answers the caller's first loud-then-quiet stretch with a tone, and closes when its mark is back. */
function politeAgent(server: () => FakeParley): FakeScript {
  let loud = false;
  return {
    onStart: (stream) => {
      server().turns.push({ heard: null, replied: 'Hello.', stagesMs: null, bargedIn: false });
      say(stream, 100);
    },
    onMessage: (stream, message) => {
      if (message['event'] === 'mark') {
        stream.socket.close(1000);
        return;
      }
      if (message['event'] !== 'media') return;
      const bytes = Buffer.from((message['media'] as { payload: string }).payload, 'base64');
      const nowLoud = bytes.some((byte) => (byte & 0x7f) < 0x30);
      if (loud && !nowLoud) {
        server().turns.push({
          heard: 'good morning',
          replied: 'Goodbye at 3 pm.',
          stagesMs: { stt: 5 },
          bargedIn: false,
        });
        server().result = 'done';
        server().collected = { time: '3 pm' };
        say(stream, 100);
        stream.send({ event: 'mark', streamSid: stream.streamSid, mark: { name: 'end' } });
      }
      loud = nowLoud;
    },
  };
}

describe('simulateCall', () => {
  it('makes a whole call: signed webhooks and upgrade, speech, reply, record, recording, report', async () => {
    const expectations = { result: 'done', lastReply: ['3 PM', '/good.?bye/i'], collected: { time: '3' } };
    const scenario = scenarioOf([{ say: 'Good morning.', expect: 'goodbye' }], { expect: expectations });
    const servers: FakeParley[] = [];
    const server = new FakeParley(politeAgent(() => servers[0]!));
    servers.push(server);
    const target = await server.listen();
    cleanups.push(() => server.close());
    const { result, printed } = await callServer(target, scenario, new AbortController().signal);

    expect(server.webhooks.every((webhook) => webhook.signed)).toBe(true);
    const [voice] = server.webhooks;
    expect(voice?.url).toBe('https://parley.example/twilio/voice?agent=fake%20one');
    expect(voice?.headers).toMatchObject({ 'user-agent': 'TwilioProxy/1.1', host: 'parley.example' });
    expect(voice?.fields).toMatchObject({
      CallStatus: 'ringing',
      Direction: 'inbound',
      ApiVersion: '2010-04-01',
      CallerCity: '',
    });
    expect(voice?.fields['CallSid']).toMatch(/^CA[0-9a-f]{32}$/);
    const after = server.webhooks
      .slice(1)
      .map(({ url, fields }) => [url, fields['StreamEvent'] ?? fields['CallStatus']]);
    expect(after).toEqual(
      expect.arrayContaining([
        ['https://parley.example/twilio/stream-status', 'stream-started'],
        ['https://parley.example/twilio/stream-status', 'stream-stopped'],
        ['https://parley.example/twilio/stream-ended', 'in-progress'],
      ]),
    );

    const [upgrade] = server.upgrades;
    expect(upgrade?.signed).toBe(true);
    expect(upgrade?.headers).toMatchObject({ 'user-agent': 'Twilio.TmeWs/1.0', host: 'parley.example' });
    for (const absent of ['origin', 'sec-websocket-extensions', 'sec-websocket-protocol']) {
      expect(upgrade?.headers).not.toHaveProperty(absent);
    }
    expect(server.messages[0]).toBe('{"event":"connected","protocol":"Call","version":"1.0.0"}');
    expect(server.messages[1]).toContain('"customParameters":{"token":"a&b"}');

    expect(printed).toEqual([
      'agent:  Hello.',
      'caller: good morning',
      expect.stringMatching(/^agent: {2}Goodbye at 3 pm\. \(\d+ ms\)$/),
    ]);
    const report = buildReport([result], {
      readyMs: 812.4,
      status: await serverApi(target, FAKE_API_KEY).status(),
    });
    expect(() => reportSchema.parse(report)).not.toThrow();
    expect(report.calls[0]).toMatchObject({
      outcome: 'completed',
      endedBy: 'agent',
      framesLost: 0,
      warnings: {},
      failures: [],
      turns: [{ said: 'Good morning.', heard: 'good morning', replied: 'Goodbye at 3 pm.', bargedIn: false }],
    });
    expect(report.summary).toMatchObject({
      turns: 1,
      answered: 1,
      wer: 0,
      warmupMs: 1200,
      firstInferenceMs: 40,
      readyMs: 812,
      eventLoopDelayMs: { p99: 3 },
    });
    expect(report.summary.responseMs.p50).toBeGreaterThan(0);
    expect(report.summary.responseMs.p50).toBeLessThan(200);

    const wav = parseWav(readFileSync(result.recording));
    if (!wav.ok) throw new Error(wav.message);
    expect(wav).toMatchObject({ rate: 8000 });
    expect(wav.channels).toHaveLength(2);
    // Each side spoke 100 ms (the caller once, the agent twice) at its own time.
    const loud = wav.channels.map((side) => side.filter((value) => Math.abs(value) > 4000).length);
    expect(loud).toEqual([800, 1600]);
    expect(wav.channels[0]!.length / 160).toBe(result.outline.caller.length);
  });

  it('hangs up on the signal: stop, close without a status, action with CallStatus completed', async () => {
    const hangUp = new AbortController();
    const { result, server } = await call(
      scenarioOf([{ wait: 60_000 }]),
      {
        onMessage: () => {
          hangUp.abort();
        },
      },
      hangUp.signal,
    );
    expect(result.stream).toMatchObject({ endedBy: 'caller', closeCode: 1005 });
    expect(server.messages.at(-1)).toContain('"event":"stop"');
    expect(server.closes).toEqual([1005]);
    expect(server.webhooks.find(({ url }) => url.endsWith('/stream-ended'))?.fields['CallStatus']).toBe(
      'completed',
    );
  });

  it.each([
    ['a refused webhook', { status: 403, body: 'no' }, 'answered with status 403'],
    ['a rejected call', { body: '<Response><Reject reason="busy"/></Response>' }, 'rejected the call (busy)'],
    ['broken TwiML', { body: '<Response>' }, 'Error 12100'],
    ['a wrong content type', { type: 'application/json', body: '{}' }, 'Error 12300'],
    [
      'a stream that is not there',
      { body: '<Response><Connect><Stream url="wss://parley.example/nothing"/></Connect></Response>' },
      'status 404, not 101',
    ],
  ])('reports %s', async (_name, voice, problem) => {
    const { result } = await call(scenarioOf([{ say: 'hello' }]), { voice });
    expect(result.stream).toBeNull();
    expect(result.problems.join('\n')).toContain(problem);
    const report = buildReport([result], { readyMs: null, status: null });
    expect(report.summary).toMatchObject({ turns: 0, answered: 0, wer: null, warmupMs: null });
    expect(report.calls[0]?.failures.length).toBeGreaterThan(0);
  });

  it('says what TwiML says, waits for its pause and follows its redirect', async () => {
    const body = '<Response><Say>We are full.</Say><Redirect>/twilio/stream-ended</Redirect></Response>';
    const { result, server } = await call(scenarioOf([{ say: 'hello' }]), { voice: { body } });
    expect(result.announcements).toEqual(['We are full.']);
    expect(server.webhooks.map(({ fields }) => fields['CallStatus'])).toEqual(['ringing', 'in-progress']);
  });

  it('reports a socket that breaks off, and a refusal with 1008', async () => {
    const broken = await call(scenarioOf([{ say: 'hello' }]), {
      onStart: ({ socket }) => {
        socket.terminate();
      },
    });
    expect(broken.result.stream?.endedBy).toBe('broken');
    const refused = await call(scenarioOf([{ say: 'hello' }]), {
      onStart: ({ socket }) => {
        socket.close(1008);
      },
    });
    expect(refused.result.stream).toMatchObject({ endedBy: 'refused', closeCode: 1008 });
    const report = buildReport([refused.result], { readyMs: null, status: null });
    expect(report.calls[0]?.failures.join(' ')).toContain('closed the stream with 1008');
  });

  it('reports a server that is not there', async () => {
    const { result } = await callServer(
      'http://127.0.0.1:9',
      scenarioOf([{ say: 'x' }]),
      new AbortController().signal,
    );
    expect(result.problems.join(' ')).toContain('ECONNREFUSED');
  });
});
