// One outbound call at a person's word: checked against do-not-call, dialled, and followed to its end.
import {
  DialError,
  FINAL_STATUSES,
  type CallControl,
  type DialErrorCode,
  type NetworkStatus,
} from '../ports/call-control.ts';
import type { EpochMs } from '../ports/clock.ts';
import type { DoNotCallList } from '../ports/do-not-call.ts';
import type { CallEnding, Opening, OutboundPlan } from '../ports/outbound.ts';
import type { Logger } from '../ports/telemetry.ts';

export interface SingleCallRequest {
  /** E.164. */
  readonly to: string;
  readonly from: string;
  readonly agent: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** How far a single call has come, as the API tells it. */
export type SingleCallState =
  | { readonly kind: 'dialling' }
  | { readonly kind: 'placed'; readonly callSid: string; readonly status: NetworkStatus }
  | { readonly kind: 'talking'; readonly callSid: string }
  | { readonly kind: 'ended'; readonly callSid: string | null; readonly outcome: string };

export interface SingleCall {
  readonly id: string;
  readonly state: SingleCallState;
}

export type SingleCallRefusal = 'do-not-call' | 'unknown-agent' | 'too-many' | DialErrorCode;

/** Why a single call was not made. */
export class SingleCallError extends Error {
  override readonly name = 'SingleCallError';
  readonly code: SingleCallRefusal;

  constructor(code: SingleCallRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface SingleCallsDeps {
  readonly control: CallControl;
  readonly doNotCall: DoNotCallList;
  readonly hasAgent: (name: string) => boolean;
  readonly addressesOf: (id: string) => { readonly answerUrl: string; readonly statusUrl: string };
  readonly opening: Opening;
  readonly ringTimeoutS: number;
  readonly timeLimitS: number;
  readonly now: () => EpochMs;
  /** Unguessable: it is in the addresses of the call's webhooks. */
  readonly newId: () => string;
  readonly logger: Logger;
}

interface Entry {
  readonly request: SingleCallRequest;
  readonly dialledAt: EpochMs;
  state: SingleCallState;
}

/** Calls remembered at a time. Overflow policy: the oldest that has ended goes; with none ended the new one is refused. */
const MAX_CALLS = 1_000;
/** A call created this long before we asked is another one. */
const CLOCK_SLACK_MS = 5_000;

export class SingleCalls {
  readonly #deps: SingleCallsDeps;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: SingleCallsDeps) {
    this.#deps = deps;
  }

  /** Resolves once the network has taken the call. @throws SingleCallError */
  async dial(request: SingleCallRequest): Promise<SingleCall> {
    const { doNotCall, hasAgent, newId, now } = this.#deps;
    if (!hasAgent(request.agent)) {
      throw new SingleCallError('unknown-agent', `No agent is called ${JSON.stringify(request.agent)}.`);
    }
    const listed = await doNotCall.find(request.to);
    if (listed !== null) {
      const since = new Date(listed.at).toISOString().slice(0, 10);
      throw new SingleCallError('do-not-call', `This number is on the do-not-call list since ${since}.`);
    }
    if (!this.#makeRoom()) throw new SingleCallError('too-many', `${MAX_CALLS} calls are in progress.`);
    const id = newId();
    const entry: Entry = { request, dialledAt: now(), state: { kind: 'dialling' } };
    this.#entries.set(id, entry);
    try {
      const callSid = await this.#place(id, entry);
      if (entry.state.kind === 'dialling') entry.state = { kind: 'placed', callSid, status: 'queued' };
    } catch (error) {
      this.#entries.delete(id);
      if (!(error instanceof DialError)) throw error;
      throw new SingleCallError(error.code, error.message, { cause: error });
    }
    return { id, state: entry.state };
  }

  /** What a lost answer leaves open, the network itself can tell. */
  async #place(id: string, { request, dialledAt }: Entry): Promise<string> {
    const { addressesOf, control, ringTimeoutS, timeLimitS, logger } = this.#deps;
    const { to, from } = request;
    try {
      const call = await control.dial({
        ...addressesOf(id),
        to,
        from,
        amdUrl: null,
        recordingUrl: null,
        ringTimeoutS,
        timeLimitS,
      });
      return call.callSid;
    } catch (error) {
      if (!(error instanceof DialError) || error.code !== 'answer-lost') throw error;
      const [made] = await control.placedTo(to, dialledAt - CLOCK_SLACK_MS);
      if (made === undefined) throw error;
      logger.warn({ callSid: made.callSid }, 'a call whose answer was lost was found');
      return made.callSid;
    }
  }

  get(id: string): SingleCall | null {
    const entry = this.#entries.get(id);
    return entry === undefined ? null : { id, state: entry.state };
  }

  /** What the call's answer webhook needs; null for one that is unknown or over. */
  planFor(id: string): (Pick<SingleCallRequest, 'agent' | 'variables'> & { plan: OutboundPlan }) | null {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.state.kind === 'ended') return null;
    const { agent, variables } = entry.request;
    return { agent, variables, plan: { opening: this.#deps.opening, watch: this.#watch(entry) } };
  }

  /** A status callback: whether it was about a single call. Whatever comes after the end is ignored. */
  status(id: string, callSid: string, status: NetworkStatus): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    const { state } = entry;
    if (state.kind === 'ended') return true;
    if (FINAL_STATUSES.includes(status)) {
      // A call that talked is told by its own ending, which may come after this.
      const outcome = state.kind === 'talking' && status === 'completed' ? 'hung-up' : status;
      entry.state = { kind: 'ended', callSid, outcome };
    } else if (state.kind !== 'talking') {
      entry.state = { kind: 'placed', callSid, status };
    }
    return true;
  }

  #watch(entry: Entry): OutboundPlan['watch'] {
    return {
      connected: () => {
        const { state } = entry;
        if (state.kind === 'placed') entry.state = { kind: 'talking', callSid: state.callSid };
      },
      firstAudio: () => undefined,
      personSpoke: () => undefined,
      ended: (ending) => {
        const callSid = entry.state.kind === 'dialling' ? null : entry.state.callSid;
        entry.state = { kind: 'ended', callSid, outcome: outcomeOf(ending) };
      },
    };
  }

  #makeRoom(): boolean {
    if (this.#entries.size < MAX_CALLS) return true;
    for (const [id, { state }] of this.#entries) {
      if (state.kind === 'ended') return this.#entries.delete(id);
    }
    return false;
  }
}

function outcomeOf({ by, result }: CallEnding): string {
  if (by === 'agent') return result ?? 'completed';
  return by === 'caller' ? 'hung-up' : 'failed';
}
