// Finds the server that a command talks to: the one named, the one that holds the store, or the usual one on this machine.
import { readDeskEnvironment, type EnvironmentRecord } from '../config/env.ts';
import { storeHolder } from '../store/open.ts';
import { localApi } from './local-api.ts';
import { serverClient, ServerError, type ServerClient, type ServerFlags } from './server-client.ts';

const DEFAULT_PORT = '8080';
const PROBE_MS = 2_000;

/** Of a running server. @throws ServerError */
export function runningServer(flags: ServerFlags, environment: EnvironmentRecord): ServerClient {
  const url = named(flags, environment) ?? holderUrl(environment) ?? usualUrl(environment);
  return clientOf(url, environment);
}

/**
 * Of a running server, or of this process itself where none runs: the store is then opened here, and let go when `run` has
 * resolved. @throws ServerError @throws StoreError
 */
export async function withDesk<T>(
  flags: ServerFlags,
  environment: EnvironmentRecord,
  run: (server: ServerClient) => Promise<T>,
): Promise<T> {
  const url = named(flags, environment) ?? holderUrl(environment);
  if (url !== null) return run(clientOf(url, environment));
  const usual = usualUrl(environment);
  if (await answers(usual)) return run(clientOf(usual, environment));
  const local = await localApi(environment);
  process.stderr.write(`No server answers at ${usual}: the store is opened without one.\n`);
  try {
    return await run(serverClient(local.place));
  } finally {
    await local.close();
  }
}

function clientOf(url: string, environment: EnvironmentRecord): ServerClient {
  const key = environment['PARLEY_API_KEY'] ?? '';
  if (key === '') {
    throw new ServerError(0, `PARLEY_API_KEY: found nothing, expected the key of the server at ${url}.`);
  }
  if (!URL.canParse(url)) {
    throw new ServerError(0, `--server: found ${JSON.stringify(url)}, expected e.g. http://127.0.0.1:8080.`);
  }
  return serverClient({ url: url.replace(/\/$/, ''), key });
}

const named = ({ server }: ServerFlags, environment: EnvironmentRecord): string | null =>
  server ?? (environment['PARLEY_SERVER'] || null);

const usualUrl = (environment: EnvironmentRecord): string =>
  `http://127.0.0.1:${environment['PORT'] || DEFAULT_PORT}`;

function holderUrl(environment: EnvironmentRecord): string | null {
  const { databaseUrl, dataDir } = readDeskEnvironment(environment);
  return databaseUrl === null && dataDir !== null ? (storeHolder(dataDir)?.url ?? null) : null;
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch {
    return false;
  }
}
