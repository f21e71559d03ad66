// Everything that calls people, put together: the dialler on the store and the network, and what webhooks ask and tell it.
import { randomBytes } from 'node:crypto';
import { ms } from './audio/units.ts';
import { campaignOffice, doNotCallOffice } from './campaign-office.ts';
import { AttemptDesk } from './campaign/attempt-desk.ts';
import { CampaignCalls } from './campaign/campaign-calls.ts';
import type { CampaignDeskDeps } from './campaign/campaign-desk.ts';
import { Dialler, USUAL_POLL_MS } from './campaign/dialler.ts';
import type { DiallerClock } from './campaign/dialler-clock.ts';
import { ListedOptOuts } from './campaign/opt-outs.ts';
import { Reconciler } from './campaign/reconciler.ts';
import { SingleCallError, SingleCalls } from './campaign/single-calls.ts';
import type { DeskEnvironment } from './config/env.ts';
import type { Config } from './config/schema.ts';
import type { CampaignApi, DoNotCallApi } from './http/campaign-routes.ts';
import type { FormFields, OutboundCallPlan } from './http/deps.ts';
import type { OutboundCalls } from './http/outbound-routes.ts';
import type { CallArchive, PastCalls } from './ports/call-archive.ts';
import type { Callbacks, Messenger } from './ports/call-services.ts';
import type { CallControl, NetworkStatus } from './ports/call-control.ts';
import type { CampaignStore } from './ports/campaign-store.ts';
import type { Clock } from './ports/clock.ts';
import type { DoNotCallList } from './ports/do-not-call.ts';
import type { MachineAction, OptOuts } from './ports/outbound.ts';
import type { Logger, Meter } from './ports/telemetry.ts';
import type { Agent } from './responders/agents.ts';
import { outboundGreeting } from './responders/scripted.ts';
import { memoryDoNotCallList } from './store/do-not-call.ts';
import { openStore, type Store, type StoreOptions } from './store/open.ts';
import { twilioCallControl } from './twilio/call-control.ts';
import { twilioMessenger } from './twilio/messenger.ts';
import { restClient, type RestClient } from './twilio/rest-client.ts';

export interface DiallingDeps {
  /** Null: no campaigns. */
  readonly store: CampaignStore | null;
  readonly doNotCall: DoNotCallList;
  /** Null: no calls are made. */
  readonly control: CallControl | null;
  readonly publicUrl: string;
  readonly limits: Config['dialling'];
  readonly hasAgent: (name: string) => boolean;
  readonly greetingOf: CampaignDeskDeps['greetingOf'];
  /** Of single calls that name none. */
  readonly usual: { readonly agent: string; readonly from: string | null };
  readonly logger: Logger;
  readonly meter: Meter;
}

/** What the server's calls are to the dialler. */
export interface DiallingCalls {
  /** Slots that are free for calls that we make; 0 while none would be taken. */
  room(): number;
  machineAnswered(callSid: string, action: MachineAction): boolean;
}

export interface Dialling {
  readonly optOuts: OptOuts;
  /** For the API. */
  readonly campaigns: CampaignApi | null;
  readonly doNotCall: DoNotCallApi;
  readonly outbound: OutboundCalls | null;
  outboundCall(id: string, callSid: string): Promise<OutboundCallPlan | null>;
  callStatus(id: string, fields: FormFields): Promise<void>;
  answeredBy(id: string, fields: FormFields): Promise<void>;
  recorded(id: string, fields: FormFields): Promise<void>;
  /** Dials what campaigns have due from now on. */
  start(calls: DiallingCalls): void;
  /** Dials nothing more; resolves when nothing is in progress and all news are on disk. */
  stop(): Promise<void>;
}

const ID_BYTES = 16;
/** Calls that other processes have left behind are looked for this often. */
const LONGEST_SLEEP_MS = 15_000;
/** A single call is ended by the network then. */
const SINGLE_CALL_LIMIT_S = 3_600;

export interface OpenedDialling {
  readonly dialling: Dialling;
  /** Null where nothing is kept. */
  readonly archive: CallArchive | null;
  readonly pastCalls: PastCalls | null;
  readonly callbacks: Callbacks | null;
  /** Null where no account may send messages. */
  readonly messenger: Messenger | null;
  /** Says where this process's API listens, for commands on the same store. */
  readonly tellUrl: (url: string) => void;
  readonly closeStore: () => Promise<void>;
}

/** On the store and the account that the environment names. @throws StoreError */
export async function openDialling(around: {
  readonly environment: DeskEnvironment;
  readonly config: Config;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}): Promise<OpenedDialling> {
  const { environment, config, agents, clock, logger, meter } = around;
  const store = await storeOf(environment, { clock, logger, meter });
  const rest = restOf(environment);
  const { twilioFrom } = environment;
  const dialling = createDialling({
    store: store?.campaigns ?? null,
    doNotCall: store?.doNotCall ?? memoryDoNotCallList(),
    control: rest === null ? null : twilioCallControl(rest),
    publicUrl: environment.publicUrl,
    limits: config.dialling,
    hasAgent: (name) => agents.has(name),
    greetingOf: (name, variables) => outboundGreeting(agents, name, variables),
    usual: { agent: config.agents.default, from: environment.twilioFrom },
    logger,
    meter,
  });
  const { archive = null, pastCalls = null, callbacks = null } = store ?? {};
  return {
    dialling,
    archive,
    pastCalls,
    callbacks,
    messenger: rest === null || twilioFrom === null ? null : twilioMessenger(rest, twilioFrom),
    tellUrl: (url) => store?.tellUrl(url),
    closeStore: async () => store?.close(),
  };
}

/** Null where nothing is to be kept. @throws StoreError */
async function storeOf(
  { databaseUrl, dataDir }: DeskEnvironment,
  around: Pick<StoreOptions, 'clock' | 'logger' | 'meter'>,
): Promise<Store | null> {
  if (databaseUrl === null && dataDir === null) return null;
  return openStore({ databaseUrl, dataDir: dataDir ?? '', ...around });
}

/** A request for a call is given up then: its answer counts as lost. */
const REST_TIMEOUT_MS = 15_000;

function restOf({ accountSid, twilioAuthToken, twilioApiBaseUrl }: DeskEnvironment): RestClient | null {
  if (accountSid === null) return null;
  return restClient({
    accountSid,
    authToken: twilioAuthToken,
    baseUrl: twilioApiBaseUrl,
    timeoutMs: REST_TIMEOUT_MS,
  });
}

export function createDialling(deps: DiallingDeps): Dialling {
  const { store, doNotCall, control, publicUrl, limits, hasAgent, logger, meter } = deps;
  const clock = systemDiallerClock();
  const calls: { current: DiallingCalls | null } = { current: null };
  /** Dialled here, and neither answered nor over: each will need a slot. */
  const ringing = new Set<string>();
  const urls = (id: string) => ({
    answerUrl: `${publicUrl}/twilio/voice?attempt=${id}`,
    statusUrl: `${publicUrl}/twilio/status?attempt=${id}`,
    amdUrl: `${publicUrl}/twilio/amd?attempt=${id}`,
    recordingUrl: `${publicUrl}/twilio/recording?attempt=${id}`,
  });
  const parts: { dialler?: Dialler; reconciler?: Reconciler } = {};
  const campaign = store === null ? null : campaignParts(store);
  const single =
    control === null
      ? null
      : new SingleCalls({
          control,
          doNotCall,
          hasAgent,
          addressesOf: urls,
          opening:
            limits.holdGreetingMs === 0
              ? { kind: 'at-once' }
              : { kind: 'after-hello', withinMs: ms(limits.holdGreetingMs) },
          ringTimeoutS: limits.ringTimeoutS,
          timeLimitS: SINGLE_CALL_LIMIT_S,
          now: () => clock.now(),
          newId: () => randomBytes(ID_BYTES).toString('base64url'),
          logger,
        });

  function campaignParts(campaigns: CampaignStore): CampaignCalls {
    const desk = new AttemptDesk({
      store: campaigns,
      clock,
      logger,
      meter,
      onEnded: (attempt) => {
        ringing.delete(attempt.id);
        parts.dialler?.wake(attempt.campaignId);
      },
    });
    if (control !== null) {
      parts.dialler = new Dialler({
        store: campaigns,
        control,
        desk,
        clock,
        addressesOf: (id) => {
          ringing.add(id);
          return urls(id);
        },
        account: limits,
        room: () => (calls.current?.room() ?? 0) - ringing.size,
        pollMs: USUAL_POLL_MS,
        random: Math.random,
        logger,
        meter,
      });
      parts.reconciler = new Reconciler({
        store: campaigns,
        control,
        desk,
        clock,
        longestSleepMs: LONGEST_SLEEP_MS,
        logger,
      });
    }
    return new CampaignCalls({ store: campaigns, desk, clock, logger });
  }

  return {
    optOuts: new ListedOptOuts(doNotCall, { clock, logger, meter }),
    campaigns:
      store === null
        ? null
        : campaignOffice({
            store,
            control,
            hasAgent,
            greetingOf: deps.greetingOf,
            wake: (campaignId) => parts.dialler?.wake(campaignId),
            now: () => clock.now(),
          }),
    doNotCall: doNotCallOffice(doNotCall, () => clock.now()),
    outbound: single === null ? null : outboundOffice(single, deps),
    outboundCall: async (id, callSid) => {
      ringing.delete(id);
      return single?.planFor(id) ?? (await campaign?.planFor(id, callSid)) ?? null;
    },
    callStatus: async (id, fields) => {
      const callSid = text(fields, 'CallSid');
      const status = text(fields, 'CallStatus') as NetworkStatus;
      if (single?.status(id, callSid, status) === true) return;
      const sequence = Number(text(fields, 'SequenceNumber') || '0');
      const answeredBy = text(fields, 'AnsweredBy') || null;
      await campaign?.status(id, { callSid, status, sequence, answeredBy });
    },
    answeredBy: async (id, fields) => {
      const answeredBy = text(fields, 'AnsweredBy') || 'unknown';
      const verdict = await campaign?.answeredBy(id, answeredBy);
      const action = verdict?.action ?? null;
      if (action !== null) calls.current?.machineAnswered(text(fields, 'CallSid'), action);
    },
    recorded: async (id, fields) => {
      await campaign?.recorded(id, text(fields, 'RecordingUrl'));
    },
    start: (current) => {
      calls.current = current;
      parts.reconciler?.start();
      parts.dialler?.start();
    },
    stop: async () => {
      await parts.dialler?.stop();
      await parts.reconciler?.stop();
      await campaign?.idle();
    },
  };
}

function outboundOffice(single: SingleCalls, { usual }: DiallingDeps): OutboundCalls {
  return {
    dial: async ({ to, from, agent, variables }) => {
      const caller = from ?? usual.from;
      if (caller === null) return { refused: 'no-caller-id', message: 'Name "from", or set TWILIO_FROM.' };
      try {
        const call = await single.dial({ to, from: caller, agent: agent ?? usual.agent, variables });
        return { ...call };
      } catch (error) {
        if (!(error instanceof SingleCallError)) throw error;
        return { refused: error.code, message: error.message };
      }
    },
    get: (id) => single.get(id),
  };
}

function systemDiallerClock(): DiallerClock {
  return {
    now: () => Date.now(),
    at: (at, run) => {
      const timer = setTimeout(run, Math.max(0, at - Date.now())).unref();
      return () => {
        clearTimeout(timer);
      };
    },
  };
}

function text(fields: FormFields, name: string): string {
  const value = fields[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
