// The configuration: the defaults are whole and equal to the code's, and every fault says where and what to write.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { configRows, describeConfig } from '../../src/config/describe.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../src/config/load.ts';
import { VOICES } from '../../src/config/schema.ts';
import { DEFAULT_INFERENCE_SETTINGS } from '../../src/inference/settings.ts';
import { TURN_ORDER } from '../../src/config/turn-schema.ts';
import { DEFAULT_TURN_POLICY, type TurnPolicy } from '../../src/turn/policy.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-config-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(text: string): string {
  const file = join(folder, 'user.yaml');
  writeFileSync(file, text);
  return file;
}
/** The faults as a person reads them, with the folder left out. */
function faultsOf(text: string): string[] {
  try {
    loadConfig(write(text));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.replaceAll(`${folder}/`, '').split('\n');
  }
  return [];
}

describe('the defaults', () => {
  it('hold the turn policy of the code', () => {
    const policy: TurnPolicy = loadConfig(null).turn;
    expect(policy).toEqual(DEFAULT_TURN_POLICY);
  });

  it('hold the inference settings of the code, which knows the same voices', () => {
    const { voices, ...settings } = DEFAULT_INFERENCE_SETTINGS;
    // Tools without a configuration keep no cache.
    expect(loadConfig(null).inference).toMatchObject({ ...settings, cacheFolder: 'auto' });
    expect([...voices].sort()).toEqual(VOICES);
  });

  it('point to the agents beside the file', () => {
    expect(loadConfig(null).agents.folder).toBe(join(DEFAULT_CONFIG_FILE, '..', 'agents'));
  });

  it('are frozen all the way down', () => {
    const config = loadConfig(null);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.turn)).toBe(true);
    expect(Object.isFrozen(config.inference.voices)).toBe(true);
    expect(() => {
      (config.server as { port: number }).port = 1;
    }).toThrow(TypeError);
  });
});

describe('a file of the user', () => {
  it('changes only what it names', () => {
    const config = loadConfig(
      write(
        'server:\n  port: 9000\nturn:\n  # all as it is\nagents:\n  folder: mine\n  routes:\n    "+15550100123": survey\ninference:\n  voices: [slt, rms]\n',
      ),
    );
    const defaults = loadConfig(null);
    expect(config.server).toEqual({ ...defaults.server, port: 9000 });
    expect(config.turn).toEqual(defaults.turn);
    expect(config.agents).toEqual({
      folder: join(folder, 'mine'),
      default: 'front-desk',
      routes: { '+15550100123': 'survey' },
    });
    expect(config.inference.voices).toEqual(['slt', 'rms']);
  });

  it('names a cache folder relative to itself, or one of two words', () => {
    const cacheFolder = (value: string): string =>
      loadConfig(write(`inference:\n  cacheFolder: ${value}\n`)).inference.cacheFolder;
    expect(cacheFolder('graphs')).toBe(join(folder, 'graphs'));
    expect(cacheFolder('/var/cache/parley')).toBe('/var/cache/parley');
    expect([cacheFolder('auto'), cacheFolder('off')]).toEqual(['auto', 'off']);
  });

  it('may be empty', () => {
    expect(loadConfig(write(''))).toEqual(loadConfig(null));
    expect(loadConfig(write('# nothing yet\n'))).toEqual(loadConfig(null));
  });

  it.each([
    [
      'server:\n  prot: 80',
      'user.yaml:2: server.prot: found an unknown key, expected one of host, port, maxCalls, drainTimeoutMs',
    ],
    [
      'severs: {}',
      'user.yaml:1: severs: found an unknown key, expected one of server, admission, refusal, agents, turn, audio, speculation, stream, dialling, inference, log',
    ],
    ['server:\n  port: 70000', 'user.yaml:2: server.port: found 70000, expected at most 65535'],
    ['server:\n  port: -1', 'user.yaml:2: server.port: found -1, expected at least 0'],
    ['server:\n  port: 80.5', 'user.yaml:2: server.port: found 80.5, expected a whole number'],
    ['server:\n  port: "80"', 'user.yaml:2: server.port: found "80", expected a number'],
    ['server:\n  host: ""', 'user.yaml:2: server.host: found "", expected at least 1 characters'],
    ['server: 80', 'user.yaml:1: server: found 80, expected keys with values'],
    ['log:\n\n  transcripts: maybe', 'user.yaml:3: log.transcripts: found "maybe", expected true or false'],
    [
      'log: {level: loud}',
      'user.yaml:1: log.level: found "loud", expected one of debug, info, warn, error, silent',
    ],
    [
      'inference:\n  voices: [slt, bob]',
      'user.yaml:2: inference.voices.1: found "bob", expected one of awb, kal, kal16, rms, slt',
    ],
    ['inference:\n  voices: []', 'user.yaml:2: inference.voices: found [], expected at least 1 entries'],
    [
      'agents:\n  default: Front Desk',
      'user.yaml:2: agents.default: found "Front Desk", expected an agent name: small letters, digits and single hyphens',
    ],
    [
      'agents:\n  routes:\n    +15550100123: survey',
      'user.yaml:3: agents.routes.15550100123: found such a key, expected a telephone number in quotes, e.g. "+15550100123"',
    ],
    [
      'turn:\n  speechOn: 0.3',
      'user.yaml:1: turn.speechOff: found 0.35, expected less than turn.speechOn (0.3)',
    ],
    [
      'turn:\n  minSilenceMs: 500\n  shortWaitMs: 500',
      'user.yaml:2: turn.minSilenceMs: found 500, expected less than turn.shortWaitMs (500)',
    ],
    [
      'turn:\n  minInterruptMs: 64',
      'user.yaml:1: turn.minSpeechMs: found 64, expected less than turn.minInterruptMs (64)',
    ],
    [
      'turn:\n  askAgainMs: 60',
      'user.yaml:1: turn.minSpeechMs: found 64, expected less than turn.askAgainMs (60)',
    ],
    [
      'turn:\n  minSilenceMs: 120\n  verdictGraceMs: 120',
      'user.yaml:2: turn.minSilenceMs: found 120, expected less than turn.verdictGraceMs (120)',
    ],
    [
      'server:\n  maxCalls: 65',
      'user.yaml:2: server.maxCalls: found 65, expected at most inference.vadSlots (64)',
    ],
    ['inference:\n  sttProcesses: 0', 'user.yaml:2: inference.sttProcesses: found 0, expected at least 1'],
    [
      'inference:\n  device: tpu',
      'user.yaml:2: inference.device: found "tpu", expected one of auto, cpu, cuda',
    ],
    [
      'refusal:\n  say: Busy.\n  enqueue: support',
      'user.yaml:3: refusal.enqueue: found "support", expected nothing, since refusal.say is set',
    ],
    [
      'refusal:\n  redirect: other.example',
      'user.yaml:2: refusal.redirect: found "other.example", expected an address with https:// of a TwiML document, or nothing',
    ],
    ['admission:\n  reopenShare: 2', 'user.yaml:2: admission.reopenShare: found 2, expected at most 1'],
    ['- 1', 'user.yaml:1: found [1], expected keys with values'],
    ['just words', 'user.yaml:1: found "just words", expected keys with values'],
  ])('is refused for %j', (text, message) => {
    expect(faultsOf(text)).toEqual([message]);
  });

  it('is told every fault at once', () => {
    expect(faultsOf('server:\n  port: x\n  hots: y\nlog:\n  level: z')).toEqual([
      'user.yaml:2: server.port: found "x", expected a number',
      'user.yaml:3: server.hots: found an unknown key, expected one of host, port, maxCalls, drainTimeoutMs',
      'user.yaml:5: log.level: found "z", expected one of debug, info, warn, error, silent',
    ]);
  });

  it('is refused when it is not YAML, or not there', () => {
    expect(faultsOf('server:\n  port: 1\n  port: 2')).toEqual([
      expect.stringMatching(/^user\.yaml:3: found Map keys must be unique.*, expected valid YAML$/),
    ]);
    expect(() => loadConfig(join(folder, 'none.yaml'))).toThrow(
      `${join(folder, 'none.yaml')}: found no such file, expected a readable YAML file`,
    );
    expect(() => loadConfig(folder)).toThrow('found a folder, expected a readable YAML file');
  });
});

describe('the documentation', () => {
  it('has one row for each key of the default file, with its default, range and meaning', () => {
    const defaults = readFileSync(DEFAULT_CONFIG_FILE, 'utf8');
    const rows = configRows();
    expect(rows.length).toBeGreaterThan(30);
    for (const row of rows) {
      expect(row.meaning, row.key).not.toBe('');
      expect(row.range, row.key).not.toContain('undefined');
      expect(defaults).toContain(`${row.key.split('.').at(-1)!}:`);
    }
    expect(describeConfig()).toContain(
      '| `server.port` | `8080` | 0 to 65535 | Port to listen on, 0 for any free one; `PORT` takes its place. |',
    );
    expect(describeConfig()).not.toContain(folder);
  });
});

describe('turn settings that contradict each other', () => {
  it.each(TURN_ORDER.map((order) => [order.low, order.high, order] as const))(
    'refuse to start and name turn.%s and turn.%s',
    (low, high, { orEqual }) => {
      const isShare = DEFAULT_TURN_POLICY[low] < 1;
      const limit = isShare ? DEFAULT_TURN_POLICY[low] : Math.max(DEFAULT_TURN_POLICY[low], 100);
      const found = orEqual ? limit + (isShare ? 0.1 : 1) : limit;
      expect(faultsOf(`turn:\n  ${low}: ${found}\n  ${high}: ${limit}`)).toContain(
        `user.yaml:2: turn.${low}: found ${found}, expected ${orEqual ? 'at most' : 'less than'} turn.${high} (${limit})`,
      );
    },
  );

  it('refuse a line that is silent for longer than it may be dead', () => {
    expect(faultsOf('audio:\n  stallMs: 5000')).toEqual([
      'user.yaml:2: audio.stallMs: found 5000, expected less than stream.mediaTimeoutMs (5000)',
    ]);
  });
});
