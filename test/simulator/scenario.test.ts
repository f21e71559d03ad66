// Scenario files: what they may hold, what is refused and where, and the ones that come with the product.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWav } from '../../src/audio/wav.ts';
import { pcm } from '../../src/audio/units.ts';
import { ConfigError, type ConfigFault } from '../../src/config/config-error.ts';
import { prepareCaller } from '../../src/simulator/caller-audio.ts';
import { loadScenario, type Scenario } from '../../src/simulator/scenario.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-scenario-'));
  writeFileSync(join(folder, 'hello.wav'), encodeWav([new Int16Array(1600).fill(5000)], 16_000));
  writeFileSync(join(folder, 'broken.wav'), 'no wave');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function load(text: string): Scenario {
  const file = join(folder, 'case.yaml');
  writeFileSync(file, text);
  return loadScenario(file, NOW);
}

function faultsOf(text: string): readonly ConfigFault[] {
  try {
    load(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error('the scenario was accepted');
}

describe('loadScenario', () => {
  it('fills in the defaults', () => {
    expect(load('name: a\nsteps:\n  - say: hello\n')).toMatchObject({
      caller: { voice: 'rms', line: { noiseDbfs: -60, seed: 1 } },
      patience: { answerTimeoutMs: 8000, finishedAfterMs: 500, pauseMs: 400 },
      expect: {},
      steps: [{ say: 'hello' }],
      folder,
    });
  });

  it('takes every kind of step', () => {
    const { steps } = load(
      [
        'name: a',
        'steps:',
        '  - say: hello',
        '    expect: hi',
        '  - play: hello.wav',
        '    as: hello',
        '    interrupt: 300',
        '    expect: [a, /b+/i]',
        '  - dtmf: 12#',
        '  - wait: 500',
        '  - hang-up',
        '  - hang-up: true',
        '    interrupt: 0',
      ].join('\n'),
    );
    expect(steps).toEqual([
      { say: 'hello', expect: ['hi'] },
      { play: 'hello.wav', as: 'hello', interrupt: 300, expect: ['a', '/b+/i'] },
      { dtmf: '12#' },
      { wait: 500 },
      { 'hang-up': true },
      { 'hang-up': true, interrupt: 0 },
    ]);
  });

  it('takes noises, sounds to be ignored, silences, keys at a pace and faults of the line', () => {
    const { steps, fault } = load(
      [
        'name: a',
        'fault: [{ late-marks: 400 }]',
        'steps:',
        '  - noise: { ms: 300, dbfs: -30, colour: click }',
        '    ignored: true',
        '  - say: mm-hm',
        '    ignored: true',
        '    interrupt: 400',
        '  - wait: 9000',
        '    expect: still there',
        '  - dtmf: 42#',
        '    everyMs: 80',
        '    expect: forty',
        '  - wait: 3000',
        '    fault:',
        '      - gap: 2000',
        '      - stall: 500',
        '      - late: { frames: 3 }',
        '      - lose-marks: true',
        '      - lose-marks: 2',
        '      - duplicate-marks: true',
        '      - stray-mark',
        '      - stray-mark: true',
      ].join('\n'),
    );
    expect(fault).toEqual([{ kind: 'late-marks', byMs: 400 }]);
    expect(steps).toEqual([
      { noise: { ms: 300, dbfs: -30, colour: 'click', seed: 1 }, ignored: true },
      { say: 'mm-hm', ignored: true, interrupt: 400 },
      { wait: 9000, expect: ['still there'] },
      { dtmf: '42#', everyMs: 80, expect: ['forty'] },
      {
        wait: 3000,
        fault: [
          { kind: 'gap', forMs: 2000 },
          { kind: 'stall', forMs: 500 },
          { kind: 'late', frames: 3 },
          { kind: 'lose-marks', count: 'all' },
          { kind: 'lose-marks', count: 2 },
          { kind: 'duplicate-marks' },
          { kind: 'stray-mark' },
          { kind: 'stray-mark' },
        ],
      },
    ]);
  });

  it('goes round the steps of a repetition', () => {
    const text = 'name: a\nsteps:\n  - repeat: { count: 5, steps: [{ say: a }, { say: b }] }\n  - say: c\n';
    expect(load(text).steps.map((step) => step.say)).toEqual(['a', 'b', 'a', 'b', 'a', 'c']);
  });

  it('settles relative days in texts and expectations', () => {
    const scenario = load(
      [
        'name: a',
        'days: { visit: { weekday: wednesday, afterDays: 1 }, today: { weekday: monday, afterDays: 0 } }',
        'steps:',
        '  - say: On {{visit}} and {{today}}.',
        'expect: { lastReply: ["{{visit}}"], collected: { date: "{{visit}}" } }',
      ].join('\n'),
    );
    expect(scenario.steps[0]?.say).toBe('On November twenty fifth and November twenty third.');
    expect(scenario.expect).toEqual({
      lastReply: ['November twenty fifth'],
      collected: { date: 'November twenty fifth' },
    });
  });

  it.each<[string, string, number, string, string]>([
    ['an unknown key', 'name: a\nsteps:\n  - say: x\n    loud: 1\n', 4, 'steps.0.loud', 'an unknown key'],
    ['no steps', 'name: a\nsteps: []\n', 2, 'steps', '[]'],
    ['two actions', 'name: a\nsteps:\n  - say: x\n    wait: 5\n', 3, 'steps.0', '{"say":"x","wait":5}'],
    ['a bad name', 'name: A b\nsteps: [{ say: x }]\n', 1, 'name', '"A b"'],
    ['a missing WAV file', 'name: a\nsteps:\n  - play: gone.wav\n', 3, 'steps.0.play', 'no file gone.wav'],
    [
      'a WAV file missing in a repetition',
      'name: a\nsteps:\n  - repeat:\n      count: 2\n      steps:\n        - play: gone.wav\n',
      6,
      'steps.0.repeat.steps.0.play',
      'no file gone.wav',
    ],
    ['as beside say', 'name: a\nsteps:\n  - say: x\n    as: y\n', 4, 'steps.0.as', 'as alone'],
    [
      'an expectation of a hang-up',
      'name: a\nsteps:\n  - hang-up: true\n    expect: y\n',
      4,
      'steps.0.expect',
      'expect alone',
    ],
    [
      'a bad regular expression',
      'name: a\nsteps:\n  - say: x\n    expect: [/(/]\n',
      4,
      'steps.0.expect.0',
      '"/(/"',
    ],
    [
      'a noise that may become a turn',
      'name: a\nsteps:\n  - noise: { ms: 300, dbfs: -30, colour: tone }\n',
      3,
      'steps.0.noise',
      'noise alone',
    ],
    [
      'an unknown colour',
      'name: a\nsteps:\n  - noise: { ms: 300, dbfs: -30, colour: red }\n    ignored: true\n',
      3,
      'steps.0.noise.colour',
      '"red"',
    ],
    [
      'a silence to be ignored',
      'name: a\nsteps:\n  - wait: 5\n    ignored: true\n',
      4,
      'steps.0.ignored',
      'ignored alone',
    ],
    [
      'an answer to what must have none',
      'name: a\nsteps:\n  - say: x\n    ignored: true\n    expect: y\n',
      5,
      'steps.0.expect',
      'expect beside ignored',
    ],
    [
      'a pace without keys',
      'name: a\nsteps:\n  - say: x\n    everyMs: 50\n',
      4,
      'steps.0.everyMs',
      'everyMs alone',
    ],
    [
      'a fault of a repetition',
      'name: a\nsteps:\n  - repeat: { count: 1, steps: [{ say: x }] }\n    fault: [{ gap: 100 }]\n',
      4,
      'steps.0.fault',
      'fault alone',
    ],
    [
      'two faults in one',
      'name: a\nsteps:\n  - say: x\n    fault: [{ gap: 100, stall: 100 }]\n',
      4,
      'steps.0.fault.0',
      '{"gap":100,"stall":100}',
    ],
    [
      'a stall that is too long to be held back',
      'name: a\nsteps:\n  - say: x\n    fault: [{ stall: 60000 }]\n',
      4,
      'steps.0.fault.0.stall',
      '60000',
    ],
    ['wrong keys', 'name: a\nsteps:\n  - dtmf: 12x\n', 3, 'steps.0.dtmf', '"12x"'],
    ['an unknown day', 'name: a\nsteps:\n  - say: "on {{visit}}"\n', 3, 'steps.0.say', '{{visit}}'],
    ['a bad time zone', 'name: a\ntimezone: Moon\nsteps: [{ say: x }]\n', 2, 'timezone', '"Moon"'],
    [
      'too much noise',
      'name: a\ncaller:\n  line:\n    noiseDbfs: 0\nsteps: [{ say: x }]\n',
      4,
      'caller.line.noiseDbfs',
      '0',
    ],
  ])('refuses %s with its line', (_name, text, ...[line, key, found]) => {
    expect(faultsOf(text)).toEqual([expect.objectContaining({ line, key, found })]);
  });

  it('refuses a file that is not there', () => {
    expect(() => loadScenario(join(folder, 'none.yaml'), NOW)).toThrow(/none\.yaml: found /);
  });

  it.each(readdirSync('config/scenarios'))('takes config/scenarios/%s', (name) => {
    const scenario = loadScenario(join('config/scenarios', name), NOW);
    expect(`${scenario.name}.yaml`).toBe(name);
  });

  it.each([
    ['mixed-call', 500],
    ['mixed-call-short', 25],
  ])('has everything in %s, and %i turns', (name, turns) => {
    const { steps, expect: wanted } = loadScenario(`config/scenarios/${name}.yaml`, NOW);
    const ignored = steps.filter((step) => step.ignored);
    const answered = steps.filter((step) => !step.ignored && !step['hang-up']);
    expect(answered).toHaveLength(turns);
    const share = (some: readonly unknown[]): number => some.length / turns;
    // Enough of each to matter, and few silences, which take eight seconds each.
    expect(share(ignored.filter((step) => step.noise))).toBeGreaterThanOrEqual(0.08);
    expect(share(ignored.filter((step) => step.interrupt !== undefined))).toBeGreaterThanOrEqual(0.06);
    expect(share(answered.filter((step) => step.interrupt !== undefined))).toBeGreaterThanOrEqual(0.08);
    expect(share(answered.filter((step) => step.dtmf))).toBeGreaterThanOrEqual(0.08);
    expect(answered.filter((step) => step.wait)).toHaveLength(Math.ceil(turns / 50));
    expect(wanted.counters).toEqual({ watchdogs: 0 });
  });

  it('calls sixty times in the long call and eight times in the demo', () => {
    expect(loadScenario('config/scenarios/long-call.yaml', NOW).steps).toHaveLength(60);
    expect(loadScenario('config/scenarios/demo.yaml', NOW).steps).toHaveLength(8);
  });
});

describe('prepareCaller', () => {
  it('speaks each text once, reads recordings at 8 kHz, and knows where speech ends', async () => {
    const scenario = load(
      'name: a\ncaller: { voice: awb }\nsteps:\n  - repeat: { count: 4, steps: [{ say: a }, { say: b }] }\n  - play: hello.wav\n    as: hello\n',
    );
    const spoken: string[] = [];
    const steps = await prepareCaller(scenario, (text, voice) => {
      spoken.push(`${voice} ${text}`);
      const samples = new Int16Array(4000);
      return Promise.resolve(pcm(8000, samples.fill(3000, 800, 2400)));
    });
    expect(spoken).toEqual(['awb a', 'awb b']);
    expect(steps).toHaveLength(5);
    expect(steps[0]).toMatchObject({ said: 'a', clip: { firstSpeechSample: 800, lastSpeechSample: 2399 } });
    const [, , , , recording] = steps;
    expect(recording).toMatchObject({ kind: 'speak', said: 'hello' });
    expect(recording?.kind === 'speak' ? recording.clip.samples.length : 0).toBe(800);
  });

  it('makes each noise once, and tells what is waited for from what is not', async () => {
    const scenario = load(
      [
        'name: a',
        'steps:',
        '  - repeat:',
        '      count: 2',
        '      steps: [{ noise: { ms: 300, dbfs: -30, colour: white }, ignored: true, interrupt: 100 }]',
        '  - wait: 50',
        '  - wait: 9000',
        '    expect: there',
        '  - dtmf: "1"',
        '    fault: [stray-mark]',
      ].join('\n'),
    );
    const steps = await prepareCaller(scenario, () => Promise.reject(new Error('unused')));
    expect(steps.slice(2)).toEqual([
      { kind: 'wait', durationMs: 50 },
      { kind: 'silence', durationMs: 9000, expect: ['there'] },
      {
        kind: 'dtmf',
        digits: '1',
        everyMs: 200,
        interruptMs: null,
        expect: [],
        faults: [{ kind: 'stray-mark' }],
      },
    ]);
    const [first, second] = steps;
    expect(first).toMatchObject({ kind: 'ignored', said: null, interruptMs: 100 });
    expect(first?.kind === 'ignored' && second?.kind === 'ignored' && first.clip === second.clip).toBe(true);
    expect(first?.kind === 'ignored' ? first.clip.samples.length : 0).toBe(2400);
  });

  it('refuses a file that is no WAV', async () => {
    const scenario = load('name: a\nsteps:\n  - play: broken.wav\n');
    await expect(prepareCaller(scenario, () => Promise.reject(new Error('unused')))).rejects.toThrow(
      ConfigError,
    );
  });
});
