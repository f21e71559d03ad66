// Every error that an HTTP client can be told: its code, its status and its words.

/** The closed list; the README's error table has a row for each. */
export const PROBLEMS = {
  'bad-request': { status: 400, message: 'The request cannot be read.' },
  'bad-webhook': { status: 400, message: 'The webhook has no CallSid.' },
  'bad-query': { status: 400, message: 'limit must be a whole number from 1 to 1000.' },
  'bad-call': {
    status: 400,
    message: 'Send {"to": "+15550100123"} and, if need be, "from", "agent" and "variables" (texts by name).',
  },
  unauthorized: { status: 401, message: 'Send the key as "Authorization: Bearer KEY".' },
  'bad-signature': { status: 403, message: 'The request carries no valid X-Twilio-Signature.' },
  'api-disabled': { status: 403, message: 'The API is off: set PARLEY_API_KEY and restart the server.' },
  'not-found': { status: 404, message: 'There is nothing at this address.' },
  'unknown-call': { status: 404, message: 'No such call is known.' },
  'body-too-large': { status: 413, message: 'The body is larger than 64 KiB.' },
  'bad-media-type': { status: 415, message: 'The body must be application/x-www-form-urlencoded.' },
  'no-store': {
    status: 409,
    message: 'This server keeps nothing (DATA_DIR=none) and has no campaigns.',
  },
  'bad-number': {
    status: 400,
    message: 'Send a telephone number with its country code, e.g. +15550100123.',
  },
  'unknown-callback': { status: 404, message: 'No such callback is still to be made.' },
  'unknown-number': { status: 404, message: 'This number is not on the do-not-call list.' },
  'no-dialling': {
    status: 409,
    message: 'This server makes no calls: set TWILIO_ACCOUNT_SID and TWILIO_FROM and restart it.',
  },
  'upgrade-required': { status: 426, message: 'This address takes WebSocket connections only.' },
  internal: { status: 500, message: 'The server failed; its log says why.' },
} as const satisfies Readonly<Record<string, { status: number; message: string }>>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemBody {
  readonly error: { readonly code: ProblemCode; readonly message: string };
}

/** Thrown by a handler to answer with a problem. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly code: ProblemCode;

  constructor(code: ProblemCode) {
    super(PROBLEMS[code].message);
    this.code = code;
  }
}

export function problemBody(code: ProblemCode): ProblemBody {
  return { error: { code, message: PROBLEMS[code].message } };
}

/** What fastify's own errors are to a client; anything unknown is `internal`. */
export function problemCodeOf(error: unknown): ProblemCode {
  if (error instanceof HttpProblem) return error.code;
  const { statusCode } = error as { statusCode?: unknown };
  if (statusCode === 413) return 'body-too-large';
  if (statusCode === 415) return 'bad-media-type';
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? 'bad-request' : 'internal';
}
