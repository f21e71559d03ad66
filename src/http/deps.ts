// What the HTTP server needs from the rest; app.ts passes the functions of the other edges in these shapes.
import type { WebSocket } from '@fastify/websocket';
import type { CampaignApi, DoNotCallApi } from './campaign-routes.ts';
import type { OutboundCalls } from './outbound-routes.ts';
import type { NotReadyReason, Readiness } from '../ports/admission.ts';
import type { Callbacks } from '../ports/call-services.ts';
import type { PastCalls } from '../ports/call-archive.ts';
import type { CallDirectory } from '../ports/call-log.ts';
import type { OutboundPlan } from '../ports/outbound.ts';
import type { CallFacts, ReturnReason } from '../ports/responder.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';

export interface SignedRequest {
  /** Path and query exactly as requested, still encoded. */
  readonly rawUrl: string;
  readonly signature: string | undefined;
}

export interface FormFields {
  readonly [name: string]: string | string[];
}

export interface Signatures {
  webhook(request: SignedRequest & { readonly params: FormFields }): boolean;
  upgrade(request: SignedRequest): boolean;
}

/** A call that asks to be answered. */
export interface VoiceCall extends CallFacts {
  readonly agent: string;
  /** Of a call that we made. */
  readonly outbound?: OutboundPlan;
  /** Of a call that comes back from whom it was handed on to. */
  readonly returned?: ReturnReason;
}

/** TwiML that connects the call to our media socket, or why the call is not taken. */
export type Answer =
  { readonly ok: true; readonly twiml: string } | { readonly ok: false; readonly reason: NotReadyReason };

/** By which agent, with which values, and whom the call tells. */
export interface OutboundCallPlan {
  readonly agent: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly plan: OutboundPlan;
}

export interface WebhookDeps {
  readonly signatures: Signatures;
  /** The agent that answers a called number, or the default. */
  agentFor(called: string): string;
  hasAgent(name: string): boolean;
  /** Looks whether there is room and takes it, in one step. */
  answer(call: VoiceCall): Answer;
  /** The same TwiML again for a webhook that Twilio repeats before the stream has started; else null. */
  repeatAnswer(callSid: string): string | null;
  /**
   * What a call that we made is about, by the id in its webhooks' addresses; null for one that is unknown or over.
   * @throws StoreError
   */
  outboundCall(id: string, callSid: string): Promise<OutboundCallPlan | null>;
  /** What the network tells of such a call. Resolves when it is on disk. @throws StoreError */
  callStatus(id: string, fields: FormFields): Promise<void>;
  answeredBy(id: string, fields: FormFields): Promise<void>;
  recorded(id: string, fields: FormFields): Promise<void>;
  /** TwiML for a call that is not taken: what it says, unless the configuration sends such calls elsewhere. */
  refusal(says: string): string;
  /** TwiML that hangs up without a word. */
  hangUp(): string;
  /** TwiML that says `text` and hangs up. */
  farewell(text: string): string;
  /** Twilio says that the call has ended: no stream of it will start any more. */
  callOver(callSid: string): void;
  /** TwiML for a live call whose stream is over: goodbye if we ended it, and in any case a hang-up. */
  streamEnded(callSid: string): string;
  /** TwiML for a call that was handed on: back to its agent if nobody could be reached, else a hang-up. */
  transferEnded(callSid: string, dialStatus: string): string;
  /** TwiML that says to whoever answers what a transferred call is about. */
  announcement(callSid: string): string;
  empty(): string;
  /** Takes over a media socket whose signature was checked. */
  acceptMedia(socket: WebSocket): void;
}

/** The server's account of itself, as the API shows it. */
export interface ServerStatus {
  readonly warmupMs: number;
  readonly firstInferenceMs: number;
  readonly eventLoopDelayMs: {
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
    /** Over the last seconds, as the admission of calls sees it. */
    readonly recentP99: number;
  };
  readonly callsInProgress: number;
  /** Of the server's own process; the models live in others. */
  readonly memoryMb: { readonly rss: number; readonly heap: number };
  readonly [more: string]: unknown;
}

export interface HttpDeps {
  readonly logger: Logger;
  readonly meter: Meter;
  readonly webhooks: WebhookDeps;
  readonly calls: CallDirectory;
  /** Of this and earlier runs; null where nothing is kept. */
  readonly pastCalls: PastCalls | null;
  /** Null where this server keeps nothing. */
  readonly callbacks: Callbacks | null;
  readonly campaigns: CampaignApi | null;
  readonly doNotCall: DoNotCallApi;
  /** Null where this server makes no calls. */
  readonly outbound: OutboundCalls | null;
  /** Null turns the API off. */
  readonly apiKey: string | null;
  readiness(): Readiness;
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  status(): ServerStatus;
}
