// The failures that a port may raise, each with a closed code, whether a second try can help, and what the caller hears.

/** Every expected failure of a model, a responder or the line. */
export type CallErrorCode =
  | 'lane-unavailable'
  | 'lane-timeout'
  | 'lane-crashed'
  | 'queue-full'
  | 'bad-audio'
  | 'cancelled'
  | 'responder-failed'
  | 'no-such-agent'
  | 'line-closed';

export interface CallErrorOutcome {
  readonly meaning: string;
  readonly retryable: boolean;
  readonly callerHears: 'an apology; the call goes on' | 'nothing' | 'the line closes';
  readonly logLevel: 'debug' | 'warn' | 'error';
  /** Of the media socket, where the failure ends the stream. */
  readonly closeCode: number | null;
}

const APOLOGY = 'an apology; the call goes on';

/** The one table of outcomes. The README's error table is generated from it. */
export const CALL_ERROR_OUTCOMES: Readonly<Record<CallErrorCode, CallErrorOutcome>> = {
  'lane-unavailable': {
    meaning: 'the model’s process is not running or not warm',
    retryable: true,
    callerHears: APOLOGY,
    logLevel: 'warn',
    closeCode: null,
  },
  'lane-timeout': {
    meaning: 'the model did not answer within its deadline; its process is replaced',
    retryable: true,
    callerHears: APOLOGY,
    logLevel: 'warn',
    closeCode: null,
  },
  'lane-crashed': {
    meaning: 'the model’s process ended in the middle of the work; it is replaced',
    retryable: true,
    callerHears: APOLOGY,
    logLevel: 'warn',
    closeCode: null,
  },
  'queue-full': {
    meaning: 'more work waits for the model than it may queue',
    retryable: true,
    callerHears: APOLOGY,
    logLevel: 'warn',
    closeCode: null,
  },
  'bad-audio': {
    meaning: 'audio of a length or rate that the model does not take',
    retryable: false,
    callerHears: APOLOGY,
    logLevel: 'error',
    closeCode: null,
  },
  cancelled: {
    meaning: 'the turn was over before the work was done',
    retryable: false,
    callerHears: 'nothing',
    logLevel: 'debug',
    closeCode: null,
  },
  'responder-failed': {
    meaning: 'the agent could not say what to answer',
    retryable: false,
    callerHears: APOLOGY,
    logLevel: 'error',
    closeCode: null,
  },
  'no-such-agent': {
    meaning: 'no agent of that name is loaded',
    retryable: false,
    callerHears: 'the line closes',
    logLevel: 'error',
    closeCode: 1011,
  },
  'line-closed': {
    meaning: 'the stream had ended already',
    retryable: false,
    callerHears: 'nothing',
    logLevel: 'debug',
    closeCode: null,
  },
};

/** An expected failure at a port. Everything else about it follows from the code alone. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: CallErrorCode;

  constructor(code: CallErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get outcome(): CallErrorOutcome {
    return CALL_ERROR_OUTCOMES[this.code];
  }

  get retryable(): boolean {
    return this.outcome.retryable;
  }
}
