// Placing and ending calls on the telephone network, as the dialler and the calls see it.
import type { EpochMs } from './clock.ts';

/** Where a call is, as the network tells it. The last five are final: no other status follows them. */
export type NetworkStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

export const FINAL_STATUSES: readonly NetworkStatus[] = [
  'completed',
  'busy',
  'failed',
  'no-answer',
  'canceled',
];

export interface DialRequest {
  /** E.164. */
  readonly to: string;
  readonly from: string;
  /** Asked for TwiML when the callee answers. */
  readonly answerUrl: string;
  /** Told every status. */
  readonly statusUrl: string;
  /** Told who or what answered, asynchronously; null leaves answering machines undetected. */
  readonly amdUrl: string | null;
  /** Told where the recording of both sides is, once it is ready; null records nothing. */
  readonly recordingUrl: string | null;
  readonly ringTimeoutS: number;
  /** The network ends the call then. */
  readonly timeLimitS: number;
}

/** A call as the network records it. */
export interface NetworkCall {
  readonly callSid: string;
  readonly to: string;
  readonly from: string;
  readonly status: NetworkStatus;
  /** As in the verdict's webhook; null while nothing was detected. */
  readonly answeredBy: string | null;
  readonly createdAt: EpochMs | null;
  readonly startedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
  readonly durationS: number | null;
}

export interface CallControl {
  /** @throws DialError; after `answer-lost` the call may exist. */
  dial(request: DialRequest): Promise<NetworkCall>;
  /** Ends a call; one that has ended already is no error. @throws DialError */
  hangUp(callSid: string): Promise<void>;
  /** Null for a call that the network does not know. @throws DialError */
  fetch(callSid: string): Promise<NetworkCall | null>;
  /** Calls to a number that were created at or after `since`, newest first. @throws DialError */
  placedTo(number: string, since: EpochMs): Promise<readonly NetworkCall[]>;
  /** Proves the credentials and that the caller ID is ours, without calling anybody. @throws DialError */
  check(callerId: string): Promise<void>;
}

/** What may become of a request to the network. */
export type DialErrorCode =
  | 'bad-credentials'
  | 'caller-id-not-owned'
  | 'caller-id-invalid'
  | 'number-invalid'
  | 'number-unreachable'
  | 'region-not-permitted'
  | 'number-blocked'
  | 'number-not-verified'
  | 'too-many-requests'
  | 'network-down'
  | 'answer-lost'
  | 'request-refused';

/**
 * What the dialler does: give up this number, stop the whole campaign, dial again later, or ask the network whether the
 * call exists before anything else.
 */
export type DialErrorEffect = 'contact-fails' | 'campaign-pauses' | 'retry-later' | 'reconcile';

export interface DialErrorOutcome {
  readonly meaning: string;
  /** Twilio's error codes and HTTP statuses that come to this. */
  readonly twilio: string;
  readonly retryable: boolean;
  readonly effect: DialErrorEffect;
  readonly logLevel: 'warn' | 'error';
}

/** The one table of dialling errors. The README's table is generated from it. */
export const DIAL_ERRORS: Readonly<Record<DialErrorCode, DialErrorOutcome>> = {
  'bad-credentials': {
    meaning: 'TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are refused',
    twilio: '20003, HTTP 401 and 403',
    retryable: false,
    effect: 'campaign-pauses',
    logLevel: 'error',
  },
  'caller-id-not-owned': {
    meaning: 'the caller ID is neither a number of this account nor verified',
    twilio: '21210',
    retryable: false,
    effect: 'campaign-pauses',
    logLevel: 'error',
  },
  'caller-id-invalid': {
    meaning: 'the caller ID is no telephone number that may call',
    twilio: '21212',
    retryable: false,
    effect: 'campaign-pauses',
    logLevel: 'error',
  },
  'number-invalid': {
    meaning: 'the called number is none',
    twilio: '21211, 13224',
    retryable: false,
    effect: 'contact-fails',
    logLevel: 'warn',
  },
  'number-unreachable': {
    meaning: 'no carrier reaches the called number',
    twilio: '21214',
    retryable: false,
    effect: 'contact-fails',
    logLevel: 'warn',
  },
  'region-not-permitted': {
    meaning: 'the account may not call this country',
    twilio: '21215, 13227, 32205',
    retryable: false,
    effect: 'contact-fails',
    logLevel: 'error',
  },
  'number-blocked': {
    meaning: 'the number is blocked, or the account lacks an accepted business profile for calls to +1',
    twilio: '21216',
    retryable: false,
    effect: 'campaign-pauses',
    logLevel: 'error',
  },
  'number-not-verified': {
    meaning: 'a trial account calls verified numbers only',
    twilio: '21219',
    retryable: false,
    effect: 'contact-fails',
    logLevel: 'error',
  },
  'too-many-requests': {
    meaning: 'the network takes fewer requests or calls at a time; this one was not processed',
    twilio: '20429, 10004, HTTP 429',
    retryable: true,
    effect: 'retry-later',
    logLevel: 'warn',
  },
  'network-down': {
    meaning: 'the connection was refused before the request was sent: no call exists',
    twilio: 'connection refused, name not found',
    retryable: true,
    effect: 'retry-later',
    logLevel: 'warn',
  },
  'answer-lost': {
    meaning: 'the request was sent and its answer is missing or of no use: the call may exist',
    twilio: 'time-out, connection lost, HTTP 5xx, answers that are no JSON',
    retryable: true,
    effect: 'reconcile',
    logLevel: 'warn',
  },
  'request-refused': {
    meaning: 'the network refuses the request for another reason',
    twilio: 'any other HTTP 4xx',
    retryable: false,
    effect: 'campaign-pauses',
    logLevel: 'error',
  },
};

/** An expected failure of the telephone network. Everything else about it follows from the code alone. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly code: DialErrorCode;
  /** The network's own code, for the log. */
  readonly networkCode: number | null;

  constructor(
    code: DialErrorCode,
    message: string,
    options: ErrorOptions & { readonly networkCode?: number | null } = {},
  ) {
    super(message, options);
    this.code = code;
    this.networkCode = options.networkCode ?? null;
  }

  get outcome(): DialErrorOutcome {
    return DIAL_ERRORS[this.code];
  }

  get retryable(): boolean {
    return this.outcome.retryable;
  }
}
