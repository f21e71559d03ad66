// Whether a call would be taken now and why not: agreed between the calls, the webhook and the readiness probe.
import type { Ms } from '../audio/units.ts';

/** Why no call is taken now, the reason that lasts longest first; of several the first is counted and told. */
export type NotReadyReason = 'lane-failed' | 'draining' | 'warming-up' | 'lane-down' | 'late' | 'full';

export type RefusalReason = NotReadyReason | 'unknown-agent';

export interface Refusal {
  readonly meaning: string;
  /** The end of the reason, as far as the server can tell. */
  readonly until: string;
  /** What the caller hears, unless the configuration has words, an address or a queue of its own. */
  readonly says: string;
}

const LATER = 'We are sorry, we cannot take your call at the moment. Please call again in a few minutes.';

/** The one table of refusals, in the order in which they are told. */
export const REFUSALS: Readonly<Record<RefusalReason, Refusal>> = {
  'unknown-agent': {
    meaning: 'the webhook asks for an agent that is not loaded',
    until: 'the webhook or the agents are mended',
    says: 'We are sorry, this number is not in service. Goodbye.',
  },
  'lane-failed': {
    meaning: 'a model’s process cannot be kept alive; this server ends',
    until: 'a supervisor has started the server again',
    says: LATER,
  },
  draining: {
    meaning: 'a stop signal came; calls in progress go on, then this server ends',
    until: 'another server takes the number',
    says: LATER,
  },
  'warming-up': {
    meaning: 'the models are loaded and warmed for the first time',
    until: 'the first inference is done',
    says: 'We are sorry, we are just starting up. Please call again in a minute.',
  },
  'lane-down': {
    meaning: 'a model’s process was lost and is being replaced',
    until: 'the new process is warm',
    says: LATER,
  },
  late: {
    meaning: 'requests wait too long for a model, or the socket thread is late',
    until: 'all waits were well inside their limits for a while',
    says: 'We are sorry, all lines are busy. Please call again in a few minutes.',
  },
  full: {
    meaning: 'every slot is taken',
    until: 'a call ends',
    says: 'We are sorry, all lines are busy. Please call again in a few minutes.',
  },
};

/** Warm, on time, and room for a call; or every reason why not, in the order of the table. */
export type Readiness =
  { readonly ready: true } | { readonly ready: false; readonly reasons: readonly NotReadyReason[] };

/** A slot until its stream starts or the time comes, or the first reason why there is none. */
export type Admission =
  { readonly ok: true; readonly until: Ms } | { readonly ok: false; readonly reason: NotReadyReason };

/** Why we end calls that are in progress. */
export type FarewellReason = 'lane-failed' | 'draining';

/** Said by Twilio when the stream is over, since our own voice may be what is lost. */
export const FAREWELLS: Readonly<Record<FarewellReason, string>> = {
  'lane-failed':
    'We are sorry, something went wrong on our side and we have to end this call. Please call again in a few minutes. Goodbye.',
  draining: 'We are sorry, we have to end this call now. Please call again in a few minutes. Goodbye.',
};
