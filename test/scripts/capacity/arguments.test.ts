// The command lines of the load benches: defaults, every flag, and every mistake named.
import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  CAPACITY_HELP,
  capacityOptions,
  SOAK_HELP,
  soakOptions,
} from '../../../scripts/bench/capacity/arguments.ts';

describe('bench:capacity', () => {
  it('has defaults for everything', () => {
    expect(capacityOptions([])).toMatchObject({
      stepS: 60,
      maxCalls: 400,
      calls: null,
      compareUnshared: false,
      admission: false,
      speechCache: true,
      seed: 1,
      profile: null,
    });
  });

  it('takes every flag', () => {
    const words =
      '--step-s 8.5 --max-calls 40 --calls 1,5,10 --compare unshared --admission --no-speech-cache --seed 7 --audio A --json B --profile C';
    expect(capacityOptions(words.split(' '))).toEqual({
      stepS: 8.5,
      maxCalls: 40,
      calls: [1, 5, 10],
      compareUnshared: true,
      admission: true,
      speechCache: false,
      seed: 7,
      audio: 'A',
      json: 'B',
      profile: 'C',
    });
    expect(capacityOptions(['--help'])).toBeNull();
  });

  it.each([
    ['--bogus', /bogus/],
    ['extra', /extra/],
    ['--step-s', /step-s/],
    ['--step-s 3', /--step-s 3: expected a number from 4/],
    ['--step-s x', /--step-s x/],
    ['--max-calls 2.5', /whole number/],
    ['--max-calls 0', /from 1/],
    ['--calls 1,,2', /--calls 1,,2: expected whole numbers/],
    ['--calls 0', /expected whole numbers from 1/],
    ['--compare shared', /only "unshared"/],
    ['--seed -1', /seed/],
    ['--json=', /--json: nothing was given/],
  ])('refuses %s', (words, message) => {
    const read = (): unknown => capacityOptions(words.split(' '));
    expect(read).toThrow(ArgumentError);
    expect(read).toThrow(message);
  });

  it('tells of every flag in its help', () => {
    for (const flag of [
      'step-s',
      'max-calls',
      'calls',
      'compare',
      'admission',
      'seed',
      'audio',
      'json',
      'profile',
      'help',
    ])
      expect(CAPACITY_HELP).toContain(`--${flag} `);
  });
});

describe('bench:soak', () => {
  it('takes 60 % of the knee for half an hour, or what is asked for', () => {
    expect(soakOptions([])).toMatchObject({ load: { share: 0.6 }, minutes: 30, seed: 1 });
    expect(soakOptions(['--calls', '12', '--minutes', '0.5'])).toMatchObject({
      load: { calls: 12 },
      minutes: 0.5,
    });
    expect(soakOptions(['--share', '0.9'])).toMatchObject({ load: { share: 0.9 } });
    expect(soakOptions(['--help'])).toBeNull();
  });

  it.each([
    ['--calls 5 --share 0.5', /not both/],
    ['--share 0', /--share 0/],
    ['--minutes nine', /--minutes nine/],
    ['--step-s 5', /step-s/],
  ])('refuses %s', (words, message) => {
    const read = (): unknown => soakOptions(words.split(' '));
    expect(read).toThrow(ArgumentError);
    expect(read).toThrow(message);
  });

  it('tells of every flag in its help', () => {
    for (const flag of ['calls', 'share', 'minutes', 'seed', 'audio', 'json', 'profile', 'help'])
      expect(SOAK_HELP).toContain(`--${flag} `);
  });
});
