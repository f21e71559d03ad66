// The HTTP server over scripted parts, and requests to it signed as Twilio signs them.
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { WebSocket } from '@fastify/websocket';
import type { OutboundCallPlan, VoiceCall } from '../../src/http/deps.ts';
import { buildHttpServer } from '../../src/http/server.ts';
import type { Readiness } from '../../src/ports/admission.ts';
import type { CallRecord } from '../../src/ports/call-log.ts';
import { signRequest } from '../../src/simulator/signature.ts';
import { createSignatureCheck } from '../../src/twilio/signature.ts';
import {
  emptyTwiml,
  farewellTwiml,
  hangupTwiml,
  refusalTwiml,
  type RefusalRoute,
} from '../../src/twilio/twiml.ts';
import { RecordingLogger, RecordingMeter } from './recorded-telemetry.ts';

export const ORIGIN = 'https://voice.example.com';
export const AUTH_TOKEN = '12345';
export const API_KEY = 'a-key-of-the-api';

export interface HttpRig {
  readonly app: FastifyInstance;
  readonly logger: RecordingLogger;
  readonly meter: RecordingMeter;
  readonly answered: VoiceCall[];
  readonly over: string[];
  readonly sockets: WebSocket[];
  readonly script: Script;
  /** A form post signed over the public URL. */
  post(
    url: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse>;
  api(url: string, authorization?: string): Promise<LightMyRequestResponse>;
}

/** What a test may change before or between requests. */
export interface Script {
  readiness: Readiness;
  agents: string[];
  refusal: RefusalRoute;
  /** Calls to which goodbye is said when their stream is over. */
  ending: Set<string>;
  pending: Map<string, string>;
  /** Calls that were made, by the id in their webhooks' addresses. */
  outbound: Map<string, OutboundCallPlan>;
  /** What was handed on of such calls. */
  told: string[];
  storeFails: boolean;
  calls: CallRecord[];
  /** Of earlier runs. */
  past: CallRecord[];
  failing: boolean;
}

export async function openHttpRig(apiKey: string | null = API_KEY): Promise<HttpRig> {
  const logger = new RecordingLogger();
  const meter = new RecordingMeter();
  const answered: VoiceCall[] = [];
  const over: string[] = [];
  const sockets: WebSocket[] = [];
  const script: Script = {
    readiness: { ready: true },
    agents: ['front-desk', 'survey', 'echo-test'],
    refusal: { say: '', redirect: '', enqueue: '' },
    ending: new Set(),
    pending: new Map(),
    outbound: new Map(),
    told: [],
    storeFails: false,
    calls: [],
    past: [],
    failing: false,
  };
  const told = (what: string): Promise<void> => {
    if (script.storeFails) return Promise.reject(new Error('the store is away'));
    script.told.push(what);
    return Promise.resolve();
  };
  const app = await buildHttpServer({
    logger,
    meter,
    apiKey,
    readiness: () => script.readiness,
    metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'parley_up 1\n' }),
    calls: {
      list: (limit) => script.calls.slice(0, limit),
      get: (callSid) => script.calls.find((call) => call.callSid === callSid) ?? null,
    },
    pastCalls: {
      find: (callSid) => Promise.resolve(script.past.find((call) => call.callSid === callSid) ?? null),
    },
    callbacks: null,
    campaigns: null,
    doNotCall: {
      add: () => Promise.resolve(),
      addAll: (numbers) => Promise.resolve(numbers.length),
      remove: () => Promise.resolve(false),
      find: () => Promise.resolve(null),
      page: () => Promise.resolve([]),
    },
    outbound: null,
    status: () => {
      if (script.failing) throw new Error('a secret of the inside');
      const eventLoopDelayMs = { p50: 0, p99: 1, max: 2, recentP99: 1 };
      const memoryMb = { rss: 100, heap: 30 };
      return { warmupMs: 900, firstInferenceMs: 40, eventLoopDelayMs, callsInProgress: 0, memoryMb };
    },
    webhooks: {
      signatures: createSignatureCheck({ authToken: AUTH_TOKEN, publicUrl: () => ORIGIN }),
      agentFor: (called) => (called === '+15550100002' ? 'survey' : 'front-desk'),
      hasAgent: (name) => script.agents.includes(name),
      answer: (call) => {
        const { readiness } = script;
        if (!readiness.ready) return { ok: false, reason: readiness.reasons[0]! };
        answered.push(call);
        return { ok: true, twiml: '<Response>tok</Response>' };
      },
      repeatAnswer: (callSid) => script.pending.get(callSid) ?? null,
      refusal: (says) => refusalTwiml(says, script.refusal),
      farewell: farewellTwiml,
      callOver: (callSid) => {
        over.push(callSid);
      },
      streamEnded: (callSid) => (script.ending.has(callSid) ? farewellTwiml('Goodbye.') : hangupTwiml()),
      transferEnded: (callSid, dialStatus) => farewellTwiml(`${callSid} ${dialStatus}`),
      announcement: (callSid) => farewellTwiml(callSid),
      empty: emptyTwiml,
      hangUp: hangupTwiml,
      outboundCall: (id) => Promise.resolve(script.outbound.get(id) ?? null),
      callStatus: (id, fields) => told(`status ${id} ${String(fields['CallStatus'])}`),
      answeredBy: (id, fields) => told(`answered by ${id} ${String(fields['AnsweredBy'])}`),
      recorded: (id, fields) => told(`recorded ${id} ${String(fields['RecordingUrl'])}`),
      acceptMedia: (socket) => {
        sockets.push(socket);
      },
    },
  });
  return {
    app,
    logger,
    meter,
    answered,
    over,
    sockets,
    script,
    post: (url, fields, headers = {}) =>
      app.inject({
        method: 'POST',
        url,
        payload: new URLSearchParams({ ...fields }).toString(),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': signRequest(AUTH_TOKEN, ORIGIN + url, fields),
          ...headers,
        },
      }),
    api: (url, authorization = `Bearer ${API_KEY}`) =>
      app.inject({ method: 'GET', url, headers: authorization === '' ? {} : { authorization } }),
  };
}
