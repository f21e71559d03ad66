// What may become of a request to a language model, and what follows from it.

export type ModelErrorCode =
  | 'busy'
  | 'unreachable'
  | 'timeout'
  | 'overloaded'
  | 'server'
  | 'broken-stream'
  | 'refused'
  | 'unknown-model'
  | 'bad-answer';

export interface ModelErrorOutcome {
  readonly meaning: string;
  /** Whether the same request may be taken another time. */
  readonly retryable: boolean;
  /** For how long the endpoint is passed over where another one is named; 0 for what says nothing of its health. */
  readonly restMs: number;
  readonly logLevel: 'warn' | 'error';
}

/** The one table of language-model errors. The README's table is generated from it. */
export const MODEL_ERRORS: Readonly<Record<ModelErrorCode, ModelErrorOutcome>> = {
  busy: {
    meaning: 'as many requests as `maxInFlight` are under way, and none ended within `maxWaitMs`',
    retryable: true,
    restMs: 0,
    logLevel: 'warn',
  },
  unreachable: {
    meaning: 'the server cannot be reached, or closed the connection before it answered',
    retryable: true,
    restMs: 10_000,
    logLevel: 'warn',
  },
  timeout: {
    meaning: 'no word within `firstTokenMs`, or a pause in the answer of `stallMs`',
    retryable: true,
    restMs: 5_000,
    logLevel: 'warn',
  },
  overloaded: { meaning: 'HTTP 429 or 529', retryable: true, restMs: 5_000, logLevel: 'warn' },
  server: { meaning: 'HTTP 5xx', retryable: true, restMs: 5_000, logLevel: 'warn' },
  'broken-stream': {
    meaning: 'the answer broke off, or a part of it could not be read',
    retryable: true,
    restMs: 0,
    logLevel: 'warn',
  },
  refused: {
    meaning: 'HTTP 401 or 403 (the key), or another 4xx (the request)',
    retryable: false,
    restMs: 60_000,
    logLevel: 'error',
  },
  'unknown-model': {
    meaning: 'HTTP 404: no such model there',
    retryable: false,
    restMs: 60_000,
    logLevel: 'error',
  },
  'bad-answer': {
    meaning: 'an answer without words and without tools',
    retryable: true,
    restMs: 0,
    logLevel: 'warn',
  },
};

/** An expected failure of a language model. Everything else about it follows from the code alone. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelErrorCode;
  /** HTTP status; null where there was none. */
  readonly status: number | null;

  constructor(
    code: ModelErrorCode,
    message: string,
    options: ErrorOptions & { readonly status?: number | null } = {},
  ) {
    super(message, options);
    this.code = code;
    this.status = options.status ?? null;
  }

  get outcome(): ModelErrorOutcome {
    return MODEL_ERRORS[this.code];
  }

  get retryable(): boolean {
    return this.outcome.retryable;
  }
}

/** Codes of sockets and name lookups. */
const CONNECTION = /^(?:E(?:CONN|HOST|NET|PIPE|AI|TIMEDOUT|NOTFOUND)|UND_ERR|ENOTFOUND)/;

const NO_CONNECTION = /fetch failed|cannot connect|terminated|socket|other side closed/i;

/** What a thrown value of the AI SDK or of the network comes to. */
export function modelErrorOf(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : 'no reason given';
  const options = { cause: error, status };
  if (status !== null) return new ModelError(codeOfStatus(status), `HTTP ${status}: ${message}`, options);
  const causes = causesOf(error);
  // An answer that had begun well has broken off.
  const hadBegun = causes.some((cause) => cause.status !== null && cause.status < 300);
  const isConnection = causes.some(
    ({ code, message: text }) => CONNECTION.test(code) || NO_CONNECTION.test(text),
  );
  return new ModelError(isConnection && !hadBegun ? 'unreachable' : 'broken-stream', message, options);
}

function codeOfStatus(status: number): ModelErrorCode {
  if (status === 429 || status === 529) return 'overloaded';
  if (status >= 500) return 'server';
  return status === 404 ? 'unknown-model' : 'refused';
}

function statusOf(error: unknown): number | null {
  for (const { status } of causesOf(error)) if (status !== null && status >= 400) return status;
  return null;
}

interface Cause {
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
}

const MOST_CAUSES = 8;

function causesOf(error: unknown): readonly Cause[] {
  const causes: Cause[] = [];
  let next: unknown = error;
  while (typeof next === 'object' && next !== null && causes.length < MOST_CAUSES) {
    const { code, message, statusCode, cause, lastError } = next as Readonly<Record<string, unknown>>;
    causes.push({
      code: typeof code === 'string' ? code : '',
      message: typeof message === 'string' ? message : '',
      status: typeof statusCode === 'number' ? statusCode : null,
    });
    next = cause ?? lastError;
  }
  return causes;
}
