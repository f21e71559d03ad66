// The environment variables of the server: what each must look like, read once and checked all together.
import { ConfigError, type ConfigFault } from './config-error.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Null means that the configuration file decides. */
export interface Environment {
  /** The origin that Twilio reaches us at, without a slash at the end. */
  readonly publicUrl: string;
  readonly twilioAuthToken: string;
  readonly host: string | null;
  readonly port: number | null;
  /** Without it every `/api` request is refused. */
  readonly apiKey: string | null;
  readonly configFile: string | null;
  readonly logLevel: LogLevel | null;
  /** Null: this server makes no calls. */
  readonly accountSid: string | null;
  /** The usual caller ID of single calls, E.164. */
  readonly twilioFrom: string | null;
  /** Twilio's REST API, or a simulator's; without a slash at the end. */
  readonly twilioApiBaseUrl: string;
  /** Of a Postgres server; null for the embedded database in `dataDir`. */
  readonly databaseUrl: string | null;
  /** Null: nothing is kept on disk. */
  readonly dataDir: string | null;
}

/** What commands need that look after campaigns while no server runs: they never dial. */
export type DeskEnvironment = Pick<
  Environment,
  | 'publicUrl'
  | 'twilioAuthToken'
  | 'accountSid'
  | 'twilioFrom'
  | 'twilioApiBaseUrl'
  | 'databaseUrl'
  | 'dataDir'
  | 'configFile'
>;

export type EnvironmentRecord = Readonly<Record<string, string | undefined>>;

type Take<T> = (text: string) => T | Fault;
interface Fault {
  readonly found: string;
  readonly expected: string;
}

const URL_EXPECTED = 'an origin with https://, e.g. https://voice.example.com';
const TWILIO_API = 'https://api.twilio.com';
const DEFAULT_DATA_DIR = 'data';
/** In the place of a folder: nothing is kept. */
const NO_DATA = 'none';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** An empty variable counts as absent. @throws ConfigError with every fault. */
export function readEnvironment(environment: EnvironmentRecord): Environment {
  return reading(environment, (reader) => {
    const { optional, required } = reader;
    return {
      publicUrl: required('PUBLIC_URL', takePublicUrl, URL_EXPECTED),
      twilioAuthToken: required('TWILIO_AUTH_TOKEN', takeSecret, "the Twilio account's auth token"),
      host: optional('HOST', (text) => text),
      port: optional('PORT', takePort),
      apiKey: optional('PARLEY_API_KEY', takeSecret),
      configFile: optional('PARLEY_CONFIG', (text) => text),
      logLevel: optional('LOG_LEVEL', takeLogLevel),
      ...readAccount(optional),
      ...readStorage(optional),
    };
  });
}

/** Without the account's token it counts as having no account. @throws ConfigError with every fault. */
export function readDeskEnvironment(environment: EnvironmentRecord): DeskEnvironment {
  return reading(environment, ({ optional }) => {
    const token = optional('TWILIO_AUTH_TOKEN', takeSecret);
    const account = readAccount(optional);
    return {
      publicUrl: optional('PUBLIC_URL', takePublicUrl) ?? '',
      twilioAuthToken: token ?? '',
      configFile: optional('PARLEY_CONFIG', (text) => text),
      ...account,
      accountSid: token === null ? null : account.accountSid,
      ...readStorage(optional),
    };
  });
}

interface Reader {
  readonly optional: Optional;
  readonly required: (key: string, take: Take<string>, expected: string) => string;
}

/** @throws ConfigError with every fault that `read` has met. */
function reading<T>(environment: EnvironmentRecord, read: (reader: Reader) => T): T {
  const faults: ConfigFault[] = [];
  function optional<V>(key: string, take: Take<V>): V | null {
    const text = environment[key]?.trim() ?? '';
    if (text === '') return null;
    const taken = take(text);
    if (!isFault(taken)) return taken;
    faults.push({ file: 'environment', key, ...taken });
    return null;
  }
  function required(key: string, take: Take<string>, expected: string): string {
    const known = faults.length;
    const taken = optional(key, take);
    if (taken !== null || faults.length > known) return taken ?? '';
    faults.push({ file: 'environment', key, found: 'nothing', expected });
    return '';
  }
  const done = read({ optional, required });
  if (faults.length > 0) throw new ConfigError(faults);
  return done;
}

export interface Storage {
  readonly databaseUrl: string | null;
  readonly dataDir: string | null;
}

type Optional = <T>(key: string, take: Take<T>) => T | null;

function readAccount(
  optional: Optional,
): Pick<Environment, 'accountSid' | 'twilioFrom' | 'twilioApiBaseUrl'> {
  return {
    accountSid: optional('TWILIO_ACCOUNT_SID', takeAccountSid),
    twilioFrom: optional('TWILIO_FROM', takeNumber),
    twilioApiBaseUrl: optional('TWILIO_API_BASE_URL', takePublicUrl) ?? TWILIO_API,
  };
}

function readStorage(optional: Optional): Storage {
  const dataDir = optional('DATA_DIR', (text) => text) ?? DEFAULT_DATA_DIR;
  return {
    databaseUrl: optional('DATABASE_URL', takeDatabaseUrl),
    dataDir: dataDir === NO_DATA ? null : dataDir,
  };
}

/** The text is kept as it was written: Twilio signs the letters it was given, upper case included. */
function takePublicUrl(text: string): string | Fault {
  const fault = (found: string): Fault => ({ found, expected: URL_EXPECTED });
  if (!URL.canParse(text)) return fault(JSON.stringify(text));
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return fault('a URL with a user name or password');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    return fault(JSON.stringify(text));
  }
  const origin = text.replace(/\/$/, '');
  if (!/^https?:\/\/[^/?#]+$/i.test(origin)) return fault(`${JSON.stringify(text)} with more than an origin`);
  // Twilio refuses status callbacks to such hosts.
  if (url.hostname.includes('_')) return fault(`${JSON.stringify(text)} with an underscore in the host name`);
  return origin;
}

/** Secrets are never repeated in a message. */
function takeSecret(text: string): string | Fault {
  return /\s/.test(text) ? { found: 'a value with blanks', expected: 'one word' } : text;
}

function takeAccountSid(text: string): string | Fault {
  if (/^AC[0-9a-f]{32}$/i.test(text)) return text;
  const found = text.startsWith('AC') ? `${text.length} characters` : 'a value that does not begin with AC';
  return { found, expected: 'the account SID: AC and 32 hexadecimal digits' };
}

function takeNumber(text: string): string | Fault {
  if (/^\+[1-9]\d{6,14}$/.test(text)) return text;
  return {
    found: JSON.stringify(text),
    expected: 'a telephone number with its country code, e.g. +15550100123',
  };
}

/** It may hold a password, and is never repeated. */
function takeDatabaseUrl(text: string): string | Fault {
  if (/^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text)) return text;
  return { found: 'another kind of address', expected: 'postgres://user:password@host:5432/database' };
}

function takePort(text: string): number | Fault {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  return port <= 65_535 ? port : { found: JSON.stringify(text), expected: 'a whole number from 0 to 65535' };
}

function takeLogLevel(text: string): LogLevel | Fault {
  const level = LOG_LEVELS.find((one) => one === text.toLowerCase());
  return level ?? { found: JSON.stringify(text), expected: `one of ${LOG_LEVELS.join(', ')}` };
}

const isFault = (taken: unknown): taken is Fault => typeof taken === 'object' && taken !== null;
