// Campaign files: what is taken as it stands, and what is refused with line, key and what to write.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCampaign } from '../../src/config/campaign-file.ts';
import { ConfigError } from '../../src/config/config-error.ts';

const BASE = [
  'name: test',
  'agent: appointment-reminder',
  "callerId: '+15005550006'",
  'business: Willow Street Clinic',
  "callbackNumber: '+15005550006'",
];
const DAILY = 'window: { daily: 09:00-20:00 }';

function faultsOf(...lines: readonly string[]): readonly string[] {
  try {
    readCampaign('c.yaml', [...BASE, ...lines].join('\n'));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.split('\n');
  }
  return [];
}

describe('a campaign file', () => {
  it('needs little, and the rest is careful', () => {
    const spec = readCampaign('c.yaml', [...BASE, DAILY].join('\n'));
    expect(spec).toMatchObject({
      callsPerSecond: 1,
      maxConcurrentCalls: 8,
      maxAttempts: 3,
      maxAttemptsPerDay: 3,
      ringTimeoutS: 25,
      holdGreetingMs: 2_000,
      droppedBeforeS: 10,
      endsAt: null,
      voicemail: { action: 'hang-up' },
      consent: { kind: 'required' },
      breaker: { attempts: 20, share: 0.5 },
    });
    expect(spec.retry.busy).toEqual({ afterMs: 1_800_000, most: 3 });
    expect(spec.retry.lost).toEqual({ afterMs: 3_600_000, most: 2 });
    expect(spec.window.days.sun).toEqual([{ from: 540, to: 1_200 }]);
    expect(spec.defaultCountry).toBeNull();
    expect(readCampaign('c.yaml', [...BASE, DAILY, 'defaultCountry: US'].join('\n')).defaultCountry).toBe(
      'US',
    );
  });

  it.each(['appointment-reminder', 'demo'])('as delivered is taken: %s', (name) => {
    const file = `config/campaigns/${name}.yaml`;
    expect(readCampaign(file, readFileSync(file, 'utf8')).agent).toBe('appointment-reminder');
  });

  it('has weekdays, several spans, nights and closed days', () => {
    const window =
      'window: { daily: 09:00-17:00, tue: [09:00-12:00, 13:00-18:30], fri: 22:00-02:00, sun: closed }';
    const spec = readCampaign('c.yaml', [...BASE, window, 'unusualHours: night shift'].join('\n'));
    expect(spec.window.days).toEqual({
      mon: [{ from: 540, to: 1_020 }],
      tue: [
        { from: 540, to: 720 },
        { from: 780, to: 1_110 },
      ],
      wed: [{ from: 540, to: 1_020 }],
      thu: [{ from: 540, to: 1_020 }],
      fri: [{ from: 1_320, to: 120 }],
      sat: [{ from: 540, to: 1_020 }],
    });
  });

  it.each([
    [
      ['window: { daily: 07:00-20:00 }'],
      'c.yaml:6: window.daily: found 07:00-20:00, expected a time from 08:00 to 21:00',
    ],
    [
      ['window: { mon: 22:00-02:00 }'],
      'c.yaml:6: window.mon: found 22:00-02:00, expected a time from 08:00 to 21:00',
    ],
    [['window: { daily: closed }'], 'expected at least one day on which people may be called'],
    [['window: {}'], 'expected at least one day on which people may be called'],
    [
      ['window: { daily: 09:00-09:00 }'],
      'found "09:00-09:00", expected a span of some time such as 09:00-20:00',
    ],
    [['window: { daily: 09:00-25:00 }'], 'found "09:00-25:00", expected a span of some time'],
    [['window: { daily: nine to five }'], 'found "nine to five", expected a span of some time'],
    [['window: { funday: 09:00-17:00 }'], 'funday: found an unknown key'],
    [[DAILY, 'ring: 10s'], 'c.yaml:7: ring: found "10s", expected a time from 15s to 10m'],
    [
      [DAILY, 'retry: { busy: { after: soon, most: 2 } }'],
      'retry.busy.after: found "soon", expected a time such as',
    ],
    [[DAILY, 'retry: { completed: { after: 1h, most: 2 } }'], 'retry.completed: found an unknown key'],
    [[DAILY, 'callsPerSecond: 0'], 'callsPerSecond: found 0, expected at least 0.1'],
    [[DAILY, 'maxAttempts: 11'], 'maxAttempts: found 11, expected at most maxAttemptsPerNumber (10)'],
    [[DAILY, 'holidays: [christmas]'], 'holidays.0: found "christmas", expected a date in quotes'],
    [[DAILY, 'endsAt: tomorrow'], 'endsAt: found "tomorrow", expected a time such as'],
    [[DAILY, 'consent: none'], 'consent: found "none"'],
    [[DAILY, 'pace: 3'], 'pace: found an unknown key, expected one of name, agent'],
  ])('is refused: %j', (lines, message) => {
    expect(faultsOf(...lines).join('\n')).toContain(message);
  });

  it('is refused without a window, and with a number that has no country', () => {
    expect(faultsOf()).toHaveLength(1);
    const yaml = [
      ...BASE.filter((line) => !line.startsWith('callerId')),
      "callerId: '5005550006'",
      DAILY,
    ].join('\n');
    expect(() => readCampaign('c.yaml', yaml)).toThrow(
      'callerId: found "5005550006", expected a telephone number',
    );
  });
});
