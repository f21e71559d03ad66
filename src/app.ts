// Builds the whole server from its parts: edges, models and calls are introduced to each other here. It never listens.
import type { FastifyInstance } from 'fastify';
import { CallBook } from './call/call-book.ts';
import { CallJournal } from './call/call-journal.ts';
import { CallSession } from './call/call-session.ts';
import type { Config } from './config/schema.ts';
import { buildHttpServer, type Readiness, type ServerStatus, type VoiceCall } from './http/server.ts';
import type { InferenceHost } from './inference/host.ts';
import type { Clock } from './ports/clock.ts';
import type { LineEvent, MediaChannel } from './ports/media-channel.ts';
import type { Responder } from './ports/responder.ts';
import type { Logger, Meter } from './ports/telemetry.ts';
import { acceptMediaSocket, type StreamStart } from './twilio/media-socket.ts';
import { createSignatureCheck } from './twilio/signature.ts';
import { StreamTokens } from './twilio/stream-tokens.ts';
import { answerTwiml, emptyTwiml, hangupTwiml, refusalTwiml } from './twilio/twiml.ts';

export interface AppDeps {
  readonly config: Config;
  readonly publicUrl: string;
  readonly authToken: string;
  readonly apiKey: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly metrics: () => Promise<{ contentType: string; body: string }>;
  readonly eventLoopDelay: () => { p50: number; p99: number; max: number };
  readonly memoryMb: () => { rss: number; heap: number };
  readonly inference: InferenceHost;
  readonly responder: Responder;
}

export interface App {
  readonly server: FastifyInstance;
  /** Refuses new calls from now on; calls in progress go on. */
  drain(): void;
  callsInProgress(): number;
  /** Resolves when the last call has ended. */
  idle(): Promise<void>;
  /** Ends every call in progress. */
  endCalls(): void;
}

export async function buildApp(deps: AppDeps): Promise<App> {
  const calls = new Calls(deps);
  const { config, inference } = deps;
  const signatures = createSignatureCheck({ authToken: deps.authToken, publicUrl: () => deps.publicUrl });
  const server = await buildHttpServer({
    logger: deps.logger,
    meter: deps.meter,
    apiKey: deps.apiKey,
    metrics: deps.metrics,
    calls: calls.book,
    readiness: () => calls.readiness(),
    status: (): ServerStatus => ({
      ...inference.status(),
      eventLoopDelayMs: deps.eventLoopDelay(),
      callsInProgress: calls.size,
      memoryMb: deps.memoryMb(),
    }),
    webhooks: {
      signatures,
      agentFor: (called) => config.agents.routes[called] ?? config.agents.default,
      hasAgent: (name) => deps.responder.has(name),
      answer: (call) => calls.answer(call),
      repeatAnswer: (callSid) => calls.repeatAnswer(callSid),
      refusal: refusalTwiml,
      hangup: hangupTwiml,
      empty: emptyTwiml,
      acceptMedia: (socket) => {
        acceptMediaSocket({
          socket,
          limits: config.stream,
          tokens: calls.tokens,
          clock: deps.clock,
          meter: deps.meter,
          logger: deps.logger,
          onCall: (start, channel) => calls.begin(start, channel),
        });
      },
    },
  });
  return {
    server,
    drain: () => {
      calls.draining = true;
    },
    callsInProgress: () => calls.size,
    idle: () => calls.idle(),
    endCalls: () => {
      calls.endAll();
    },
  };
}

/** The calls of this process: admitted by token, begun by their stream, forgotten when they end. */
class Calls {
  readonly book = new CallBook();
  readonly tokens: StreamTokens;
  draining = false;
  readonly #deps: AppDeps;
  readonly #sessions = new Set<CallSession>();
  readonly #waiting: (() => void)[] = [];

  constructor(deps: AppDeps) {
    this.#deps = deps;
    const { tokenTtlMs } = deps.config.stream;
    this.tokens = new StreamTokens(deps.clock, {
      ttlMs: tokenTtlMs,
      maxPending: deps.config.server.maxCalls,
    });
  }

  get size(): number {
    return this.#sessions.size;
  }

  readiness(): Readiness {
    const { ready } = this.#deps.inference.status();
    if (this.draining) return { ready: false, reasons: ['draining'] };
    if (!ready) return { ready: false, reasons: ['warming-up'] };
    if (this.size + this.tokens.pending() >= this.#deps.config.server.maxCalls) {
      return { ready: false, reasons: ['full'] };
    }
    return { ready: true };
  }

  answer(call: VoiceCall): string | null {
    return this.#streamTwiml(this.tokens.mint(call));
  }

  repeatAnswer(callSid: string): string | null {
    return this.#streamTwiml(this.tokens.pendingFor(callSid));
  }

  #streamTwiml(token: string | null): string | null {
    return token === null ? null : answerTwiml({ publicUrl: this.#deps.publicUrl, token });
  }

  begin({ grant, streamSid }: StreamStart, channel: MediaChannel): (event: LineEvent) => void {
    const { clock, config, inference, meter, responder } = this.#deps;
    const logger = this.#deps.logger.child({ callSid: grant.callSid, streamSid });
    const journal = new CallJournal(grant.agent, grant, clock.date());
    const { detector, transcriber, synthesizer } = inference.modelsOf(grant.callSid);
    const session = new CallSession({
      channel,
      conversation: responder.open(grant.agent, grant),
      detector,
      transcriber,
      synthesizer,
      clock,
      logger,
      meter,
      policy: config.turn,
      leadMs: config.audio.leadMs,
      journal,
      onClosed: () => {
        this.#sessions.delete(session);
        meter.gauge('calls_in_progress', this.size);
        if (this.size === 0) for (const done of this.#waiting.splice(0)) done();
      },
    });
    this.book.add(journal);
    this.#sessions.add(session);
    meter.gauge('calls_in_progress', this.size);
    logger.info(
      { agent: grant.agent, direction: grant.direction, from: grant.from, to: grant.to },
      'call started',
    );
    return (event) => {
      session.receive(event);
    };
  }

  async idle(): Promise<void> {
    if (this.size === 0) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  endAll(): void {
    for (const session of [...this.#sessions]) session.end('shutdown');
  }
}
