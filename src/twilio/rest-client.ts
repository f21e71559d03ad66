// Requests to Twilio's REST API: signed on, limited in time, and every way to fail told apart.
import { DialError, type DialErrorCode } from '../ports/call-control.ts';

export interface RestOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** https://api.twilio.com, or where a simulator listens. */
  readonly baseUrl: string;
  readonly timeoutMs: number;
}

export type FormValue = string | number | readonly string[];

export interface RestClient {
  /** The parsed answer, or null where Twilio knows no such thing (404). @throws DialError */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<unknown>;
  /** @throws DialError; `request-refused` with NOT_FOUND where Twilio knows no such thing. */
  post(path: string, form: Readonly<Record<string, FormValue>>): Promise<unknown>;
}

/** Twilio's error codes (twilio.com/docs/api/errors) and what they come to. */
const CODES: Readonly<Record<number, DialErrorCode>> = {
  20_003: 'bad-credentials',
  21_210: 'caller-id-not-owned',
  21_212: 'caller-id-invalid',
  21_211: 'number-invalid',
  13_224: 'number-invalid',
  21_214: 'number-unreachable',
  21_215: 'region-not-permitted',
  13_227: 'region-not-permitted',
  32_205: 'region-not-permitted',
  21_216: 'number-blocked',
  21_219: 'number-not-verified',
  20_429: 'too-many-requests',
  10_004: 'too-many-requests',
};

/** Twilio's own code for HTTP 404. */
export const NOT_FOUND = 20_404;

interface PlainRequest {
  readonly method?: 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Failures before a byte of the request was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** Paths are below the account, e.g. `Calls.json`. */
export function restClient({ accountSid, authToken, baseUrl, timeoutMs }: RestOptions): RestClient {
  const root = `${baseUrl}/2010-04-01/Accounts/${accountSid}`;
  const headers = {
    authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
    accept: 'application/json',
  };
  const ask = async (url: string, init: PlainRequest): Promise<unknown> => {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await sent(() =>
      fetch(url, { ...init, headers: { ...headers, ...init.headers }, signal }),
    );
    const text = await sent(() => response.text());
    return answerOf(response.status, text);
  };
  return {
    get: (path, query = {}) => {
      const search = new URLSearchParams(query).toString();
      return ask(`${root}${path === '' ? '.json' : `/${path}`}${search === '' ? '' : `?${search}`}`, {});
    },
    post: async (path, form) => {
      const answer = await ask(`${root}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: formBody(form),
      });
      if (answer === null) throw notFound();
      return answer;
    },
  };
}

/** Nothing was done: for a call to be made that is the account, not the call. */
export const notFound = (): DialError =>
  new DialError('request-refused', `Twilio knows no such account or call (${NOT_FOUND})`, {
    networkCode: NOT_FOUND,
  });

/** A list repeats its key. */
function formBody(form: Readonly<Record<string, FormValue>>): string {
  const body = new URLSearchParams();
  for (const [key, value] of Object.entries(form)) {
    for (const one of typeof value === 'object' ? value : [value]) body.append(key, String(one));
  }
  return body.toString();
}

async function sent<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    const code = systemCodeOf(error);
    if (NEVER_SENT.has(code))
      throw new DialError('network-down', `Twilio cannot be reached: ${code}`, { cause: error });
    const reason =
      error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : code || String(error);
    throw new DialError('answer-lost', `Twilio’s answer was lost: ${reason}`, { cause: error });
  }
}

/** fetch hides the reason one level down. */
function systemCodeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  if (typeof cause?.code === 'string') return cause.code;
  return typeof code === 'string' ? code : '';
}

function answerOf(status: number, text: string): unknown {
  const body = parsed(text);
  if (status >= 200 && status < 300) {
    if (body === undefined) throw new DialError('answer-lost', `Twilio’s answer (HTTP ${status}) is no JSON`);
    return body;
  }
  const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown };
  const networkCode = typeof code === 'number' ? code : null;
  if (status === 404 || networkCode === 20_404) return null;
  const known = networkCode === null ? undefined : CODES[networkCode];
  const told = typeof message === 'string' ? message : `HTTP ${status}`;
  throw new DialError(
    known ?? codeOfStatus(status),
    networkCode === null ? told : `${told} (${networkCode})`,
    {
      networkCode,
    },
  );
}

function codeOfStatus(status: number): DialErrorCode {
  if (status === 401 || status === 403) return 'bad-credentials';
  if (status === 429) return 'too-many-requests';
  return status >= 500 ? 'answer-lost' : 'request-refused';
}

function parsed(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
