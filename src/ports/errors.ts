// The failures that a port may raise, each with a closed code and whether a second try can help.

/** Every expected failure of a model, a responder or the line. The README's error table lists each of them. */
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

const RETRYABLE: Readonly<Record<CallErrorCode, boolean>> = {
  'lane-unavailable': true,
  'lane-timeout': true,
  'lane-crashed': true,
  'queue-full': true,
  'bad-audio': false,
  cancelled: false,
  'responder-failed': false,
  'no-such-agent': false,
  'line-closed': false,
};

/** An expected failure at a port. `retryable` follows from the code alone. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: CallErrorCode;
  readonly retryable: boolean;

  constructor(code: CallErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = RETRYABLE[code];
  }
}

export const CALL_ERROR_CODES = Object.keys(RETRYABLE) as readonly CallErrorCode[];
