// Builds the whole server from its parts: edges, models and calls are introduced to each other here. It never listens.
import type { FastifyInstance } from 'fastify';
import { ms } from './audio/units.ts';
import { AdmissionDesk } from './call/admission-desk.ts';
import type { Vitals } from './call/admission-policy.ts';
import { CallBook } from './call/call-book.ts';
import { CallSlots } from './call/call-slots.ts';
import { Farewells } from './call/farewells.ts';
import { LiveCalls, type CallStart } from './call/live-calls.ts';
import type { PlannedTransfers } from './call/transfers.ts';
import type { Config } from './config/schema.ts';
import type { Dialling } from './dialling.ts';
import { buildHttpServer, type ServerStatus, type WebhookDeps } from './http/server.ts';
import type { InferenceHost } from './inference/host.ts';
import { FAREWELLS, type FarewellReason } from './ports/admission.ts';
import type { CallArchive, PastCalls } from './ports/call-archive.ts';
import type { Callbacks } from './ports/call-services.ts';
import type { Clock } from './ports/clock.ts';
import type { Responder, ReturnReason } from './ports/responder.ts';
import type { Logger, Meter } from './ports/telemetry.ts';
import { acceptMediaSocket } from './twilio/media-socket.ts';
import { createSignatureCheck } from './twilio/signature.ts';
import { StreamTokens } from './twilio/stream-tokens.ts';
import {
  announcementTwiml,
  answerTwiml,
  dialTwiml,
  emptyTwiml,
  farewellTwiml,
  hangupTwiml,
  refusalTwiml,
} from './twilio/twiml.ts';

/** Of the socket thread, beyond the timer resolution. */
interface EventLoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface AppDeps {
  readonly config: Config;
  readonly publicUrl: string;
  readonly authToken: string;
  readonly apiKey: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly metrics: () => Promise<{ contentType: string; body: string }>;
  /** Since the start, and over the last seconds. */
  readonly eventLoopDelay: { read(): EventLoopDelay; recent(): EventLoopDelay };
  readonly memoryMb: () => { rss: number; heap: number };
  readonly inference: InferenceHost;
  readonly responder: Responder;
  readonly dialling: Dialling;
  readonly transfers: PlannedTransfers<CallStart>;
  /** Null where nothing is kept. */
  readonly archive: CallArchive | null;
  readonly pastCalls: PastCalls | null;
  readonly callbacks: Callbacks | null;
}

export interface App {
  readonly server: FastifyInstance;
  /** Campaigns are dialled from now on: when the models are warm. */
  startDialling(): void;
  /** Refuses new calls from now on; calls in progress go on. */
  drain(): void;
  callsInProgress(): number;
  /** Resolves when the last call has ended and nobody who was answered is still to be connected. */
  idle(): Promise<void>;
  /**
   * Takes no call any more and ends every one in progress. Resolves when each has been told goodbye, at the latest
   * after `FAREWELL_LIMIT_MS`.
   */
  endCalls(reason: FarewellReason): Promise<void>;
}

/** Twilio asks what comes after a stream as soon as the stream is closed; 5 s is the longest that it tries to connect. */
const FAREWELL_LIMIT_MS = ms(5_000);

export async function buildApp(deps: AppDeps): Promise<App> {
  const { config, inference, clock, logger, meter, responder } = deps;
  const slots = new CallSlots(clock, {
    slots: config.server.maxCalls,
    answerTtlMs: config.stream.tokenTtlMs,
  });
  const vitals = (): Vitals => vitalsOf(deps);
  const desk = new AdmissionDesk({ slots, limits: config.admission, vitals, clock, logger });
  const book = new CallBook();
  const calls = new LiveCalls({
    slots,
    book,
    responder,
    optOuts: deps.dialling.optOuts,
    transfers: deps.transfers,
    archive: deps.archive,
    modelsOf: (callSid) => inference.modelsOf(callSid),
    policy: config.turn,
    leadMs: config.audio.leadMs,
    stallMs: config.audio.stallMs,
    maySpeculate: () => hasTime(inference.waits(), config.speculation),
    clock,
    logger,
    meter,
  });
  const tokens = new StreamTokens(clock, config.server.maxCalls);
  const farewells = new Farewells(clock);
  const forgetAnswer = (callSid: string): void => {
    tokens.revoke(callSid);
    slots.forgetAnswer(callSid);
  };
  const server = await buildHttpServer({
    logger,
    meter,
    apiKey: deps.apiKey,
    metrics: deps.metrics,
    calls: book,
    pastCalls: deps.pastCalls,
    callbacks: deps.callbacks,
    campaigns: deps.dialling.campaigns,
    doNotCall: deps.dialling.doNotCall,
    outbound: deps.dialling.outbound,
    readiness: () => desk.readiness(),
    status: () => statusOf(deps, calls, slots),
    webhooks: webhooksOf(deps, { desk, calls, tokens, farewells, forgetAnswer }),
  });
  return {
    server,
    startDialling: () => {
      deps.dialling.start({
        room: () => (desk.readiness().ready ? slots.limit - slots.taken - keptFree(config) : 0),
        machineAnswered: (callSid, action) => calls.machineAnswered(callSid, action),
      });
    },
    drain: () => {
      desk.drain();
    },
    callsInProgress: () => calls.size,
    idle: () => slots.allFree(),
    endCalls: (reason) => {
      if (reason === 'lane-failed') desk.fail();
      else desk.drain();
      // Who was answered and is not connected yet finds the stream refused, and asks what to say like the others.
      const unconnected = slots.answered();
      for (const callSid of unconnected) forgetAnswer(callSid);
      for (const callSid of [...unconnected, ...calls.endAll(reason)]) farewells.expect(callSid, reason);
      return farewells.allSaid(FAREWELL_LIMIT_MS);
    },
  };
}

/** For calls that come in. */
const keptFree = ({ dialling, server }: Config): number =>
  Math.min(dialling.keepFree, Math.floor(server.maxCalls / 2));

interface Reception {
  readonly desk: AdmissionDesk;
  readonly calls: LiveCalls;
  readonly tokens: StreamTokens;
  readonly farewells: Farewells;
  readonly forgetAnswer: (callSid: string) => void;
}

function webhooksOf(deps: AppDeps, reception: Reception): WebhookDeps {
  const { config, publicUrl, responder, clock, logger, meter } = deps;
  const { desk, calls, tokens, farewells, forgetAnswer } = reception;
  return {
    signatures: createSignatureCheck({ authToken: deps.authToken, publicUrl: () => publicUrl }),
    agentFor: (called) => config.agents.routes[called] ?? config.agents.default,
    hasAgent: (name) => responder.has(name),
    answer: (call) => {
      const admission = desk.admit(call.callSid, call.outbound === undefined ? 'came-in' : 'made');
      if (!admission.ok) return admission;
      return { ok: true, twiml: answerTwiml({ publicUrl, token: tokens.mint(call, admission.until) }) };
    },
    repeatAnswer: (callSid) => {
      const token = tokens.pendingFor(callSid);
      return token === null ? null : answerTwiml({ publicUrl, token });
    },
    hangUp: hangupTwiml,
    outboundCall: (id, callSid) => deps.dialling.outboundCall(id, callSid),
    callStatus: (id, fields) => deps.dialling.callStatus(id, fields),
    answeredBy: (id, fields) => deps.dialling.answeredBy(id, fields),
    recorded: (id, fields) => deps.dialling.recorded(id, fields),
    refusal: (says) => refusalTwiml(says, config.refusal),
    farewell: farewellTwiml,
    callOver: forgetAnswer,
    streamEnded: (callSid) => {
      const reason = farewells.say(callSid);
      if (reason !== null) return farewellTwiml(FAREWELLS[reason]);
      const plan = deps.transfers.planOf(callSid);
      if (plan === null) return hangupTwiml();
      const { to, ringS, announcement } = plan;
      return dialTwiml({ publicUrl, callSid, to, ringS, announced: announcement !== null });
    },
    transferEnded: (callSid, dialStatus) => {
      const because = NOT_REACHED[dialStatus];
      const start = because === undefined ? null : deps.transfers.startOf(callSid);
      if (because === undefined || start === null) {
        deps.transfers.drop(callSid);
        return hangupTwiml();
      }
      const admission = desk.admit(callSid, 'made');
      if (!admission.ok) return farewellTwiml(FAREWELLS.draining);
      // Who dialled it has been told how it ended.
      const { agent, from, to, direction, variables } = start;
      const grant = { callSid, agent, from, to, direction, variables, returned: because };
      return answerTwiml({ publicUrl, token: tokens.mint(grant, admission.until) });
    },
    announcement: (callSid) => announcementTwiml(deps.transfers.planOf(callSid)?.announcement ?? ''),
    empty: emptyTwiml,
    acceptMedia: (socket) => {
      acceptMediaSocket({
        socket,
        limits: config.stream,
        tokens,
        clock,
        meter,
        logger,
        onCall: ({ grant, streamSid }, channel) => calls.begin({ ...grant, streamSid }, channel),
      });
    },
  };
}

/** What `<Dial>` tells of a call that nobody took; anything else is a conversation that is over. */
const NOT_REACHED: Readonly<Record<string, ReturnReason>> = {
  busy: 'busy',
  'no-answer': 'no-answer',
  failed: 'failed',
  canceled: 'failed',
};

function vitalsOf({ inference, eventLoopDelay }: AppDeps): Vitals {
  const { ready, lanes } = inference.status();
  const replaced = Object.values(lanes).some((lane) => lane.restarts > 0);
  const models = ready ? 'ready' : replaced ? 'lane-down' : 'warming-up';
  return { models, waitsMs: inference.waits(), eventLoopDelayMs: eventLoopDelay.recent().p99 };
}

/** Under load the models work for those who wait, not for what may be thrown away. */
function hasTime(
  waits: { readonly stt: number; readonly tts: number },
  limits: Config['speculation'],
): boolean {
  return waits.stt < limits.maxSttWaitMs && waits.tts < limits.maxTtsWaitMs;
}

function statusOf(deps: AppDeps, calls: LiveCalls, slots: CallSlots): ServerStatus {
  const { inference, eventLoopDelay, memoryMb } = deps;
  return {
    ...inference.status(),
    waitsMs: inference.waits(),
    eventLoopDelayMs: { ...eventLoopDelay.read(), recentP99: eventLoopDelay.recent().p99 },
    callsInProgress: calls.size,
    slots: { taken: slots.taken, limit: slots.limit },
    memoryMb: memoryMb(),
  };
}
