// The log's shape, and that nothing about a person and no secret stands in it.
import { describe, expect, it } from 'vitest';
import { createLogger, type LogOptions } from '../../src/telemetry/logger.ts';
import { PERSONAL_KEYS, REDACTED, SECRET_KEYS } from '../../src/telemetry/redaction.ts';
import type { Logger } from '../../src/ports/telemetry.ts';

const NUMBER = '+15550100123';
const WORDS = 'my name is Ada Lovelace';
const SECRET = 'f00ba45ecre7f00ba45ecre7';

function setup(options: Partial<LogOptions> = {}): {
  logger: Logger;
  lines: () => Record<string, unknown>[];
  text: () => string;
} {
  const written: string[] = [];
  const logger = createLogger(
    { level: 'debug', transcripts: false, ...options },
    { write: (line: string) => void written.push(line) },
  );
  return {
    logger,
    text: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

function logEverythingPersonal(logger: Logger): void {
  const call = logger.child({ callSid: 'CA1', from: NUMBER, to: NUMBER });
  call.info({ heard: WORDS, replied: WORDS, stagesMs: { stt: 80 } }, 'turn');
  call.info(
    { record: { turns: [{ heard: WORDS, deep: { replied: WORDS } }], collected: { name: WORDS } } },
    'record',
  );
  call.child({ caller: { number: NUMBER } }).debug({ transcript: { text: WORDS } }, 'nested');
  call.error(
    { err: new Error(`cannot dial ${NUMBER} (555) 010-0123`, { cause: new Error(NUMBER) }) },
    'failed',
  );
  call.warn(
    { token: SECRET, headers: { authorization: SECRET, signature: SECRET }, env: { authToken: SECRET } },
    'x',
  );
  call.warn({ audio: new Uint8Array(160), apiKey: SECRET }, 'y');
}

describe('the log', () => {
  it('writes one JSON line with level, time, service, bindings, fields and a static message', () => {
    const { logger, lines } = setup();
    logger
      .child({ callSid: 'CA1' })
      .child({ streamSid: 'MZ1' })
      .info({ stagesMs: { stt: 80 } }, 'turn');
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        service: 'parley',
        callSid: 'CA1',
        streamSid: 'MZ1',
        stagesMs: { stt: 80 },
        msg: 'turn',
      },
    ]);
  });

  it('leaves lower levels out', () => {
    const { logger, lines } = setup({ level: 'warn' });
    logger.debug({}, 'a');
    logger.info({}, 'b');
    logger.warn({}, 'c');
    logger.error({}, 'd');
    expect(lines().map((line) => line['msg'])).toEqual(['c', 'd']);
  });

  it('holds no number, no words and no secret by default', () => {
    const { logger, text, lines } = setup();
    logEverythingPersonal(logger);
    expect(lines()).toHaveLength(6);
    for (const kept of [NUMBER, '5550100', '010-0123', WORDS, 'Lovelace', SECRET])
      expect(text()).not.toContain(kept);
    expect(lines()[0]).toMatchObject({
      from: REDACTED,
      heard: REDACTED,
      stagesMs: { stt: 80 },
      callSid: 'CA1',
    });
  });

  it('holds words and numbers when they are asked for, and secrets never', () => {
    const { logger, text } = setup({ transcripts: true });
    logEverythingPersonal(logger);
    expect(text()).toContain(NUMBER);
    expect(text()).toContain(WORDS);
    expect(text()).not.toContain(SECRET);
  });

  it.each([...PERSONAL_KEYS, ...SECRET_KEYS])('redacts %s at any depth', (key) => {
    const { logger, text } = setup();
    logger.info({ [key]: 'hidden', a: { [key]: 'hidden', b: [{ [key]: { c: 'hidden' } }] } }, 'm');
    expect(text()).not.toContain('hidden');
    expect(text().split(REDACTED)).toHaveLength(4);
  });

  it('describes errors without their own properties', () => {
    const { logger, lines } = setup();
    const error = Object.assign(new TypeError('bad', { cause: new RangeError('worse') }), {
      code: 'E_BAD',
      request: { body: WORDS },
    });
    logger.error({ err: error }, 'failed');
    expect(lines()[0]).toMatchObject({
      err: {
        name: 'TypeError',
        message: 'bad',
        code: 'E_BAD',
        cause: { name: 'RangeError', message: 'worse' },
      },
    });
    expect(JSON.stringify(lines()[0])).not.toContain('Lovelace');
    expect((lines()[0]!['err'] as { stack: string }).stack).toMatch(/^ {4}at /);
  });

  it('cuts what is too deep or not text', () => {
    const { logger, lines } = setup();
    interface Loop {
      self?: Loop;
    }
    const loop: Loop = {};
    loop.self = loop;
    logger.info({ loop, audio: new Uint8Array(3), at: new Date(0), none: null }, 'm');
    expect(lines()[0]).toMatchObject({
      loop: { self: { self: { self: { self: { self: '[deep]' } } } } },
      audio: '[3 bytes]',
      at: '1970-01-01T00:00:00.000Z',
      none: null,
    });
  });
});
