// The environment: what is taken, and what a person is told to write instead.
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { readEnvironment, type EnvironmentRecord } from '../../src/config/env.ts';

const REQUIRED = { PUBLIC_URL: 'https://voice.example.com', TWILIO_AUTH_TOKEN: 'abc123' };

function faultsOf(environment: EnvironmentRecord): string[] {
  try {
    readEnvironment(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.split('\n');
  }
  return [];
}
const URL_WANTED = 'expected an origin with https://, e.g. https://voice.example.com';

describe('the environment', () => {
  it('needs two variables and leaves the rest open', () => {
    expect(readEnvironment(REQUIRED)).toEqual({
      publicUrl: 'https://voice.example.com',
      twilioAuthToken: 'abc123',
      host: null,
      port: null,
      apiKey: null,
      configFile: null,
      logLevel: null,
      accountSid: null,
      twilioFrom: null,
      twilioApiBaseUrl: 'https://api.twilio.com',
      databaseUrl: null,
      dataDir: 'data',
    });
  });

  it('reads the others', () => {
    const read = readEnvironment({
      ...REQUIRED,
      HOST: '127.0.0.1',
      PORT: '3000',
      PARLEY_API_KEY: 'key',
      PARLEY_CONFIG: 'my.yaml',
      LOG_LEVEL: 'WARN',
    });
    expect(read).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      apiKey: 'key',
      configFile: 'my.yaml',
      logLevel: 'warn',
    });
  });

  it('counts empty variables as absent', () => {
    expect(readEnvironment({ ...REQUIRED, PORT: '', HOST: ' ', PARLEY_API_KEY: '', LOG_LEVEL: '' })).toEqual(
      readEnvironment(REQUIRED),
    );
  });

  it('tells all faults at once', () => {
    expect(faultsOf({ PUBLIC_URL: '', PORT: '99999', LOG_LEVEL: 'loud' })).toEqual([
      `environment: PUBLIC_URL: found nothing, ${URL_WANTED}`,
      "environment: TWILIO_AUTH_TOKEN: found nothing, expected the Twilio account's auth token",
      'environment: PORT: found "99999", expected a whole number from 0 to 65535',
      'environment: LOG_LEVEL: found "loud", expected one of debug, info, warn, error, silent',
    ]);
  });

  it.each([
    'https://Voice.Example.com',
    'https://a.example:8443',
    'http://localhost:3000',
    'http://127.0.0.1',
    'http://[::1]:80',
  ])('takes %s as it is written, with or without a slash at the end', (url) => {
    expect(readEnvironment({ ...REQUIRED, PUBLIC_URL: url }).publicUrl).toBe(url);
    expect(readEnvironment({ ...REQUIRED, PUBLIC_URL: `${url}/` }).publicUrl).toBe(url);
  });

  it.each([
    ['voice.example.com', 'found "voice.example.com"'],
    ['http://voice.example.com', 'found "http://voice.example.com"'],
    ['wss://voice.example.com', 'found "wss://voice.example.com"'],
    ['ftp://localhost', 'found "ftp://localhost"'],
    ['https://a.example/base', 'found "https://a.example/base" with more than an origin'],
    ['https://a.example?x=1', 'found "https://a.example?x=1" with more than an origin'],
    ['https://a.example/#x', 'found "https://a.example/#x" with more than an origin'],
    ['https://user:pw@a.example', 'found a URL with a user name or password'],
    ['https://my_host.example', 'found "https://my_host.example" with an underscore in the host name'],
    ['https://', 'found "https://"'],
  ])('refuses %s', (url, found) => {
    expect(faultsOf({ ...REQUIRED, PUBLIC_URL: url })).toEqual([
      `environment: PUBLIC_URL: ${found}, ${URL_WANTED}`,
    ]);
  });

  it.each(['-1', '1.5', '8o80', '65536', '0x50'])('refuses port %s', (port) => {
    expect(faultsOf({ ...REQUIRED, PORT: port })).toHaveLength(1);
  });

  it('never repeats a secret', () => {
    const faults = faultsOf({ ...REQUIRED, TWILIO_AUTH_TOKEN: 'sec ret', PARLEY_API_KEY: 'also sec' });
    expect(faults).toEqual([
      'environment: TWILIO_AUTH_TOKEN: found a value with blanks, expected one word',
      'environment: PARLEY_API_KEY: found a value with blanks, expected one word',
    ]);
  });
});
