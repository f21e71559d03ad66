// The whole server over an inference host without models, listening on a free loopback port under a clock that stands still.
import type { AddressInfo } from 'node:net';
import { PlannedTransfers } from '../../src/call/transfers.ts';
import { buildApp, type App } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { createDialling } from '../../src/dialling.ts';
import { loadAgents } from '../../src/responders/agents.ts';
import { createScriptedResponder } from '../../src/responders/scripted.ts';
import { memoryDoNotCallList } from '../../src/store/do-not-call.ts';
import { FakeInference } from './fake-inference.ts';
import { ManualClock } from './manual-clock.ts';
import { answeredToken, openMedia, postForm, sendStart, sid } from './raw-call.ts';
import { RecordingLogger, RecordingMeter } from './recorded-telemetry.ts';
import { API_KEY, AUTH_TOKEN, PUBLIC_URL } from './server-process.ts';

type Socket = Awaited<ReturnType<typeof openMedia>>;

export interface AppRig {
  readonly app: App;
  readonly url: string;
  readonly config: Config;
  readonly inference: FakeInference;
  readonly clock: ManualClock;
  readonly logger: RecordingLogger;
  readonly meter: RecordingMeter;
  /** The p99 of late, as the server sees it. */
  eventLoopDelayMs: number;
  /** What /readyz says: `ready`, or its reasons. */
  readyz(): Promise<{ status: number; reasons: readonly string[] }>;
  slotsTaken(): Promise<number>;
  /** The TwiML that answers the call's webhook. */
  voice(callSid: string): Promise<string>;
  /** The TwiML for after the stream. */
  streamEnded(callSid: string, CallStatus?: string): Promise<string>;
  /** Answers a call and starts its stream; resolves when the call is connected. */
  connect(digit: string): Promise<Socket>;
  close(): Promise<void>;
}

export const callSidOf = (digit: string): string => sid('CA', digit);

export async function openAppRig(maxCalls = 2): Promise<AppRig> {
  const defaults = loadConfig(null);
  const config: Config = { ...defaults, server: { ...defaults.server, maxCalls } };
  const inference = new FakeInference();
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const meter = new RecordingMeter();
  const responder = createScriptedResponder({ agents: loadAgents(config.agents.folder), clock, minds: null });
  const felt = { eventLoopDelayMs: 0 };
  const delay = { p50: 0, p99: 0, max: 0 };
  const app = await buildApp({
    config,
    publicUrl: PUBLIC_URL,
    authToken: AUTH_TOKEN,
    apiKey: API_KEY,
    clock,
    logger,
    meter,
    metrics: () => Promise.resolve({ contentType: 'text/plain', body: '' }),
    eventLoopDelay: { read: () => delay, recent: () => ({ ...delay, p99: felt.eventLoopDelayMs }) },
    memoryMb: () => ({ rss: 1, heap: 1 }),
    inference,
    responder,
    dialling: createDialling({
      store: null,
      doNotCall: memoryDoNotCallList(),
      control: null,
      publicUrl: PUBLIC_URL,
      limits: config.dialling,
      hasAgent: (name) => responder.has(name),
      greetingOf: () => null,
      usual: { agent: 'front-desk', from: null },
      logger,
      meter,
    }),
    transfers: new PlannedTransfers(clock),
    archive: null,
    pastCalls: null,
    callbacks: null,
  });
  await app.server.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.server.address() as AddressInfo).port}`;
  const server = { url };
  const form = (callSid: string, CallStatus: string): Record<string, string> => ({
    CallSid: callSid,
    From: '+15550100001',
    To: '+15550100002',
    CallStatus,
  });
  return {
    app,
    url,
    config,
    inference,
    clock,
    logger,
    meter,
    get eventLoopDelayMs() {
      return felt.eventLoopDelayMs;
    },
    set eventLoopDelayMs(value: number) {
      felt.eventLoopDelayMs = value;
    },
    readyz: async () => {
      const response = await fetch(`${url}/readyz`);
      const { reasons = [] } = (await response.json()) as { reasons?: readonly string[] };
      return { status: response.status, reasons };
    },
    slotsTaken: async () => {
      const headers = { authorization: `Bearer ${API_KEY}` };
      const status = (await (await fetch(`${url}/api/status`, { headers })).json()) as {
        slots: { taken: number };
      };
      return status.slots.taken;
    },
    voice: async (callSid) => (await postForm(server, '/twilio/voice', form(callSid, 'ringing'))).text(),
    streamEnded: async (callSid, CallStatus = 'in-progress') =>
      (await postForm(server, '/twilio/stream-ended', form(callSid, CallStatus))).text(),
    connect: async (digit) => {
      const callSid = callSidOf(digit);
      const token = await answeredToken(server, callSid);
      const socket = await openMedia(server);
      const begun = inference.begun(inference.calls.length + 1);
      sendStart(socket, { callSid, streamSid: sid('MZ', digit) }, token);
      await begun;
      return socket;
    },
    close: async () => {
      await app.server.close();
    },
  };
}
