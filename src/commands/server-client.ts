// The API of a running server, for commands, and what it says in one line.

export interface ServerFlags {
  readonly server?: string;
}

/** What a person can mend: the server is not there, the key is wrong, the request is refused. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  /** 0 when the server could not be reached. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export interface ServerClient {
  readonly url: string;
  /** Parsed JSON; null for an empty answer. @throws ServerError */
  json(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>;
  /** Sends a stream and reads JSON. @throws ServerError */
  send(path: string, type: string, body: ReadableStream<Uint8Array>): Promise<unknown>;
  /** @throws ServerError */
  text(path: string): Promise<AsyncIterable<Uint8Array>>;
}

/** Where a server is, and its key. */
export interface ServerPlace {
  readonly url: string;
  readonly key: string;
}

export function serverClient({ url, key }: ServerPlace): ServerClient {
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(init.headers as Record<string, string> | undefined),
    };
    let response: Response;
    try {
      response = await fetch(`${url}/api${path}`, { ...init, headers });
    } catch (error) {
      const message = `No server answers at ${url}: start it with "npm start", or name it with --server.`;
      throw new ServerError(0, message, { cause: error });
    }
    if (!response.ok) throw new ServerError(response.status, await reasonOf(response));
    return response;
  };
  return {
    url,
    json: async (method, path, body) => {
      const sent =
        body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      const response = await ask(path, { method, ...sent });
      const text = await response.text();
      return text === '' ? null : (JSON.parse(text) as unknown);
    },
    send: async (path, type, body) => {
      const init = { method: 'POST', body, headers: { 'content-type': type }, duplex: 'half' } as RequestInit;
      return (await ask(path, init)).json();
    },
    text: async (path) => {
      const { body } = await ask(path, {});
      return (body ?? []) as AsyncIterable<Uint8Array>;
    },
  };
}

async function reasonOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    if (typeof error?.message === 'string') return error.message;
  } catch {
    // Something else than our server answers there.
  }
  return `${response.url} answers with status ${response.status}.`;
}

/** Of a failed command: 2 when what was written or given must be mended, else 1. */
export const exitCodeOf = ({ status }: ServerError): number =>
  status === 0 || status === 400 || status === 401 || status === 403 || status === 404 || status === 422
    ? 2
    : 1;

/** Runs a command; a ServerError becomes its line and its exit code. */
export async function withServer(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exitCodeOf(error);
  }
}
