// The bench of recorded people: what its command line takes, which recordings answer what, who talks when, and its bounds.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError } from '../../scripts/bench/capacity/arguments.ts';
import { seededRandom } from '../../scripts/bench/capacity/random.ts';
import { PEOPLE_JSON, peopleOptions } from '../../scripts/bench/people/arguments.ts';
import { LineUp, roundOfCalls } from '../../scripts/bench/people/conversations.ts';
import { figuresOf, keepsBounds, runPeople } from '../../scripts/bench/people/people-run.ts';
import { linesIn, spokenClip, TOPICS } from '../../scripts/bench/people/recorded-lines.ts';
import { readManifest } from '../../scripts/bench/recordings.ts';
import { encodeWav } from '../../src/audio/wav.ts';
import { loadAgents } from '../../src/responders/agents.ts';
import { tone } from '../support/stream-rig.ts';

describe('the command line', () => {
  it('has defaults for everything', () => {
    expect(peopleOptions([])).toEqual({
      audio: join('..', 'shared', 'audio'),
      rounds: 4,
      seed: 1,
      json: PEOPLE_JSON,
    });
    expect(peopleOptions(['voices', '--rounds', '2', '--seed', '7', '--json', 'a.json'])).toEqual({
      audio: 'voices',
      rounds: 2,
      seed: 7,
      json: 'a.json',
    });
    expect(peopleOptions(['--help'])).toBeNull();
  });

  it.each([
    [['--rounds', '0'], 'from 1 to 100'],
    [['--rounds', 'two'], 'from 1 to 100'],
    [['--seed', '-1'], '--seed'],
    [['--seed', ''], '--seed'],
    [['--speed', '1'], '--speed'],
    [['one', 'two'], 'found 2 folders'],
  ])('refuses %j', (args, message) => {
    expect(() => peopleOptions(args)).toThrow(ArgumentError);
    expect(() => peopleOptions(args)).toThrow(message);
  });
});

const ROWS: readonly (readonly [string, string, string])[] = [
  ['book.wav', 'utterance', 'Book a room.'],
  ['today.wav', 'utterance', 'Today.'],
  ['time.wav', 'utterance', 'Two thirty p.m.'],
  ['phone.wav', 'digit-sequence', 'five five five one two three four'],
  ['zip.wav', 'digit-sequence', 'nine zero two one zero'],
  ['yes_a.wav', 'utterance', 'Yes'],
  ['yes_b.wav', 'utterance', 'Yes.'],
  ['yes_c.wav', 'utterance', 'yes'],
  ['no.wav', 'utterance', 'Nope.'],
  ['three.wav', 'digit', 'three'],
  ['nine.wav', 'digit', 'nine'],
  ['order.wav', 'utterance', 'Make me a drip coffee.'],
  ['paused.wav', 'utterance', 'Make me, well, a drip coffee.'],
  ['open_end.wav', 'utterance', 'Make me a drip coffee with.'],
  ['call_00_agent.wav', 'utterance (call turn)', 'How may I help you today?'],
  ['noise.wav', 'noise', ''],
];
/** All others speak for one second, after one of silence and before another. */
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  'paused.wav': [...tone(500, 600), ...tone(500, 500)],
  'open_end.wav': [...new Int16Array(8_000), ...tone(1_000, 50)],
  'today.wav': [...new Int16Array(8_000), ...tone(1_000)],
};
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-people-'));
  const lines = ROWS.map(([path, kind, transcript]) => [path, kind, transcript].join('\t'));
  writeFileSync(join(folder, 'MANIFEST.tsv'), `path\tkind\ttranscript\n${lines.join('\n')}\n`);
  const speech = [...new Int16Array(8_000), ...tone(1_000, 1_000)];
  for (const [path] of ROWS) {
    const samples = SHAPES[path] ?? speech;
    writeFileSync(join(folder, path), encodeWav([Int16Array.from(samples)], 8_000));
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const lines = () => linesIn(readManifest(folder)!);
const lineUp = (seed: number) => new LineUp(folder, lines(), seededRandom(seed));

describe('recorded lines', () => {
  it('are told apart by what they answer', () => {
    expect(lines().map(({ path, topic }) => [path, topic])).toEqual([
      ['book.wav', 'book'],
      ['today.wav', 'day'],
      ['time.wav', 'time'],
      ['phone.wav', 'phone-number'],
      ['yes_a.wav', 'yes'],
      ['yes_b.wav', 'yes'],
      ['yes_c.wav', 'yes'],
      ['no.wav', 'no'],
      ['three.wav', 'rating'],
      ['order.wav', 'sentence'],
      ['paused.wav', 'sentence'],
      ['open_end.wav', 'sentence'],
    ]);
  });

  it('are cut to the speech, and taken only when their end is known and no pause is like one', () => {
    const clips = Object.fromEntries(lines().map((line) => [line.path, spokenClip(folder, line)]));
    expect(clips['order.wav']).toMatchObject({ firstSpeechSample: 800, lastSpeechSample: 8_799 });
    expect(clips['order.wav']?.samples).toHaveLength(800 + 8_000 + 1_199);
    expect(clips['paused.wav']).toBeNull();
    expect(clips['open_end.wav']).toBeNull();
    expect(clips['today.wav']).toMatchObject({ firstSpeechSample: 800, lastSpeechSample: 8_799 });
  });
});

describe('who talks', () => {
  it('is chosen by the seed, everybody once before anybody again', () => {
    const three = (seed: number) => {
      const up = lineUp(seed);
      return Array.from({ length: 3 }, () => up.next('yes', ''));
    };
    const said = (seed: number) => three(seed).map((step) => (step?.kind === 'speak' ? step.said : null));
    expect(new Set(said(1))).toEqual(new Set(['Yes', 'Yes.', 'yes']));
    expect(said(1)).toEqual(said(1));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => said(seed).join())).size).toBeGreaterThan(3);
  });

  it('passes over what cannot be used, and knows what is missing', () => {
    const up = lineUp(1);
    for (let turn = 0; turn < 10; turn += 1) {
      expect(up.next('sentence', 'You said')).toMatchObject({
        said: 'Make me a drip coffee.',
        expect: ['You said'],
      });
    }
    expect(up.missing).toEqual([]);
    const some = lines().filter(({ topic }) => topic !== 'yes');
    expect(new LineUp(folder, some, seededRandom(1)).missing).toEqual(['yes']);
    expect(new LineUp(folder, some, seededRandom(1)).next('yes', '')).toBeNull();
  });

  it('calls agents that there are, one call each in a round', () => {
    const calls = roundOfCalls(lineUp(1), 0);
    const agents = loadAgents('config/agents');
    expect(calls.map(({ agent }) => agents.has(agent))).toEqual(calls.map(() => true));
    expect(new Set(calls.map(({ agent }) => agent)).size).toBe(calls.length);
    expect(calls.map(({ steps }) => steps.length)).toEqual([6, 5, 1, 10]);
    expect(roundOfCalls(lineUp(1), 1)[0]?.scenario.name).toBe('front-desk-2');
  });

  it('refuses a folder without recordings for every question before a server is started', async () => {
    const options = { ...peopleOptions([])!, json: join(folder, 'people.json') };
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const { signal } = new AbortController();
    await expect(runPeople({ ...options, audio: empty }, signal)).rejects.toThrow('no MANIFEST.tsv');
    writeFileSync(join(empty, 'MANIFEST.tsv'), 'path\tkind\ttranscript\nyes.wav\tutterance\tYes\n');
    const missing = TOPICS.filter((topic) => topic !== 'yes').join(', ');
    await expect(runPeople({ ...options, audio: empty }, signal)).rejects.toThrow(missing);
  });
});

describe('the bounds', () => {
  const figures = {
    calls: 1,
    turns: 20,
    answered: 20,
    early: 0,
    responseMs: { p50: 450, p95: 800, p99: 900, max: 900, n: 20 },
    wer: 0,
    failures: 0,
  };

  it.each([
    ['everything in time', figures, true],
    ['a slow median', { ...figures, responseMs: { ...figures.responseMs, p50: 451 } }, false],
    ['a slow tail', { ...figures, responseMs: { ...figures.responseMs, p95: 801 } }, false],
    ['a turn without an answer', { ...figures, answered: 19 }, false],
    ['nothing measured', { ...figures, turns: 0, answered: 0 }, false],
  ])('with %s', (_name, all, kept) => {
    expect(keepsBounds(all)).toBe(kept);
  });

  it('are not kept by a run without calls', () => {
    const none = figuresOf({ audio: folder, rounds: 1, seed: 1, json: 'a.json' }, []);
    expect(none).toMatchObject({ agents: {}, calls: [], all: { turns: 0 } });
    expect(keepsBounds(none.all)).toBe(false);
  });
});
