// The bench of recorded people: its command line, which recordings answer what and are heard rightly, who talks when, its bounds.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError } from '../../scripts/bench/capacity/arguments.ts';
import { seededRandom } from '../../scripts/bench/capacity/random.ts';
import { PEOPLE_JSON, peopleOptions } from '../../scripts/bench/people/arguments.ts';
import { LineUp, roundOfCalls } from '../../scripts/bench/people/conversations.ts';
import { figuresOf, keepsBounds, sorted } from '../../scripts/bench/people/figures.ts';
import { hearLines, type Ear } from '../../scripts/bench/people/hearing.ts';
import { runPeople } from '../../scripts/bench/people/people-run.ts';
import { PLANS, type Plan } from '../../scripts/bench/people/plans.ts';
import { linesIn, spokenClip, TOPICS, usableLines } from '../../scripts/bench/people/recorded-lines.ts';
import { slowTurnsOf, stageFigures, stagesOf } from '../../scripts/bench/people/slow-turns.ts';
import { questionsOf } from '../../scripts/bench/people/understanding.ts';
import { readManifest } from '../../scripts/bench/recordings.ts';
import { encodeWav } from '../../src/audio/wav.ts';
import { loadAgents } from '../../src/responders/agents.ts';
import type { CallReport } from '../../src/simulator/report.ts';
import { openAgents } from '../support/conversation.ts';
import { tone } from '../support/stream-rig.ts';

describe('the command line', () => {
  it('has defaults for everything', () => {
    expect(peopleOptions([])).toEqual({
      audio: join('..', 'shared', 'audio'),
      rounds: 5,
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

const TRIMMED = 'github:Jakobovski/free-spoken-digit-dataset';
const ROWS: readonly (readonly [string, string, string, string?])[] = [
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
  ['two_trimmed.wav', 'digit', 'two', TRIMMED],
  ['two_open_end.wav', 'digit', 'two'],
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
  'two_trimmed.wav': [...new Int16Array(8_000), ...tone(1_000)],
  'two_open_end.wav': [...new Int16Array(8_000), ...tone(1_000)],
};
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-people-'));
  const lines = ROWS.map(([path, kind, transcript, source = '']) =>
    [path, kind, transcript, source].join('\t'),
  );
  writeFileSync(join(folder, 'MANIFEST.tsv'), `path\tkind\ttranscript\tsource\n${lines.join('\n')}\n`);
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
const usable = () => usableLines(folder, lines());
const lineUp = (seed: number) => new LineUp(usable(), seededRandom(seed));

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
      ['two_trimmed.wav', 'rating'],
      ['two_open_end.wav', 'rating'],
      ['order.wav', 'comment'],
      ['order.wav', 'statement'],
      ['paused.wav', 'comment'],
      ['paused.wav', 'statement'],
      ['open_end.wav', 'comment'],
      ['open_end.wav', 'statement'],
    ]);
  });

  it('are cut to the speech, and taken only when their end is known and no pause is like one', () => {
    const clips = Object.fromEntries(lines().map((line) => [line.path, spokenClip(folder, line)]));
    expect(clips['order.wav']).toMatchObject({ firstSpeechSample: 800, lastSpeechSample: 8_799 });
    expect(clips['order.wav']?.samples).toHaveLength(800 + 8_000 + 1_199);
    expect(clips['paused.wav']).toBeNull();
    expect(clips['open_end.wav']).toBeNull();
    expect(clips['two_open_end.wav']).toBeNull();
    const cut = { firstSpeechSample: 800, lastSpeechSample: 8_799 };
    expect(clips['today.wav']).toMatchObject(cut);
    expect(clips['two_trimmed.wav']).toMatchObject(cut);
    const unusable = ['two_open_end.wav', 'paused.wav', 'open_end.wav'];
    expect(usable().map(({ path, topic }) => [path, topic])).toEqual(
      lines()
        .filter(({ path }) => !unusable.includes(path))
        .map(({ path, topic }) => [path, topic]),
    );
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

  it('says a line again when there is no other, and nothing on what nobody says', () => {
    const up = lineUp(1);
    for (let turn = 0; turn < 10; turn += 1) {
      expect(up.next('statement', 'You said')).toMatchObject({
        said: 'Make me a drip coffee.',
        expect: ['You said'],
      });
    }
    const some = new LineUp(
      usable().filter(({ topic }) => topic !== 'yes'),
      seededRandom(1),
    );
    expect(some.next('yes', '')).toBeNull();
  });

  it('calls agents that there are, the reminder twice in a round', () => {
    const calls = roundOfCalls(lineUp(1), 0);
    const agents = loadAgents('config/agents');
    expect(calls.map(({ agent }) => agents.has(agent))).toEqual(calls.map(() => true));
    expect(calls.map(({ steps }) => steps.length)).toEqual([6, 5, 1, 1, 3]);
    const names = [0, 1].flatMap((round) =>
      roundOfCalls(lineUp(1), round).map(({ scenario }) => scenario.name),
    );
    expect(names).toContain('front-desk-2');
    expect(names).toContain('appointment-reminder-4');
    expect(new Set(names).size).toBe(2 * calls.length);
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

const planFor = (agent: string): Plan => PLANS.find((plan) => plan.agent === agent)!;
const WORDS: Readonly<Record<string, string>> = {
  book: 'book a room',
  day: 'tomorrow',
  time: 'two thirty pm',
  'phone-number': '202 555 0143',
  yes: 'yes',
  no: 'no',
  rating: 'three',
  comment: 'nothing comes to mind',
};
const asked = (agent: string) => questionsOf(planFor(agent), openAgents(), (topic) => WORDS[topic] ?? '');

describe('what an agent understands', () => {
  it.each([
    [{ agent: 'front-desk', line: 1 }, 'Tomorrow.', 'tomorrow', true],
    [{ agent: 'front-desk', line: 1 }, 'Tomorrow.', 'on Friday', false],
    [{ agent: 'front-desk', line: 3 }, 'two zero two five five five zero one four three', '2025550143', true],
    [
      { agent: 'front-desk', line: 3 },
      'two zero two five five five zero one four three',
      '2025550144',
      false,
    ],
    [{ agent: 'front-desk', line: 3 }, 'two zero two five five five zero one four three', '2025', false],
    [{ agent: 'front-desk', line: 4 }, 'Yes', 'yeah', true],
    [{ agent: 'front-desk', line: 4 }, 'Yes', 'no', false],
    [{ agent: 'survey', line: 2 }, 'two', '2', true],
    [{ agent: 'survey', line: 2 }, 'two', 'three', false],
    [{ agent: 'survey', line: 2 }, 'two', 'who', false],
    [{ agent: 'survey', line: 4 }, 'Make me a drip coffee.', 'make me a drip coffee', true],
    [{ agent: 'survey', line: 4 }, 'Make me a drip coffee.', 'make me a trip coffee', false],
    [{ agent: 'appointment-reminder', line: 0 }, 'Yes.', 'yes', true],
    [{ agent: 'appointment-reminder', line: 0 }, 'Yes.', '', false],
    // Heard as it was said, but no answer to what was asked.
    [{ agent: 'appointment-reminder', line: 0 }, 'Make me a drip coffee.', 'make me a drip coffee', false],
  ])('at %o "%s" heard as "%s" is right: %s', async ({ agent, line }, said, heard, right) => {
    const question = (await asked(agent))[line]!;
    expect(question.topic).toBe(planFor(agent).lines[line]?.[0]);
    expect(await question.understands(said, heard)).toBe(right);
  });

  it('comes with the phrases that speech to text is told to expect', async () => {
    const [confirm] = await asked('appointment-reminder');
    expect(confirm?.phrases).toContain('Yes.');
    expect((await asked('survey'))[4]?.phrases).not.toContain('Yes.');
  });
});

describe('hearing before the calls', () => {
  const short = () => usable().filter(({ topic }) => ['yes', 'statement'].includes(topic));

  it('leaves out what is heard wrongly at any question, and names it', async () => {
    const questions = [...(await asked('survey')), ...(await asked('appointment-reminder'))];
    const [first] = short();
    const ear: Ear = (_line, expected) => Promise.resolve(expected.includes('Move.') ? 'cancel' : 'yes');
    const { signal } = new AbortController();
    const { right, unasked, wrongly } = await hearLines(short(), questions, { hear: ear, signal });
    expect(right).toEqual([]);
    expect(unasked.map(({ topic }) => topic)).toEqual(['statement']);
    expect(wrongly[0]).toEqual({ path: first?.path, topic: 'yes', said: first?.words, heard: 'cancel' });
    expect(wrongly).toHaveLength(3);
  });

  it('keeps what is heard rightly in every take, and hears it once a take for the same phrases', async () => {
    const questions = await asked('survey');
    const takes: string[] = [];
    const ear: Ear = ({ path, words }, _expected, take) => {
      takes.push(`${path} ${take}`);
      return Promise.resolve(path === 'three.wav' && take === 2 ? 'four' : words);
    };
    const ratings = usable().filter(({ topic }) => topic === 'rating');
    const { signal } = new AbortController();
    const { right, wrongly } = await hearLines(ratings, questions, { hear: ear, signal });
    expect(right.map(({ path }) => path)).toEqual(['two_trimmed.wav']);
    expect(wrongly).toEqual([{ path: 'three.wav', topic: 'rating', said: 'three', heard: 'four' }]);
    expect(takes).toEqual([
      'three.wav 1',
      'three.wav 2',
      'two_trimmed.wav 1',
      'two_trimmed.wav 2',
      'two_trimmed.wav 3',
    ]);
  });

  it('stops when interrupted', async () => {
    const hear: Ear = ({ words }) => Promise.resolve(words);
    const nothing = await hearLines(short(), await asked('survey'), { hear, signal: AbortSignal.abort() });
    expect(nothing).toEqual({ right: [], unasked: [], wrongly: [] });
  });
});

const turn = (responseMs: number | null, endpointWait: number, tts = 10): CallReport['turns'][number] => ({
  said: 'yes',
  heard: 'yes',
  replied: 'Thank you.',
  responseMs,
  bargedIn: false,
  answered: true,
  stagesMs: { endpointWait, stt: 0, responder: 0, tts, firstFrame: 0 },
  parts: 1,
  startedMs: 0,
  spokenMs: 500,
  replyStartMs: null,
  replyEndMs: null,
  kind: 'speech',
  silencedMs: null,
});
const callWith = (turns: CallReport['turns']) => ({ scenario: 'survey-1', turns }) as unknown as CallReport;

describe('where the time went', () => {
  it('adds what the wire shows to the stages of the server', () => {
    expect(stagesOf(turn(400, 300))).toMatchObject({ endpointWait: 300, tts: 10, line: 90 });
    expect(stagesOf(turn(null, 300))).toEqual({});
    expect(stagesOf({ responseMs: 400, stagesMs: null })).toEqual({});
    const figures = stageFigures([callWith([turn(400, 300), turn(500, 400), turn(600, 500)])]);
    expect(figures).toMatchObject({ endpointWait: { p50: 400, p95: 500 }, line: { p50: 90, p95: 90 } });
  });

  it('names the stage that is furthest beyond its median in a slow turn, the slowest turn first', () => {
    const usual = [turn(400, 300), turn(400, 300), turn(800, 300), turn(400, 300)];
    const slow = slowTurnsOf([callWith([...usual, turn(900, 800), turn(1_000, 310, 600)])], 800);
    expect(slow.map(({ responseMs, slowest }) => [responseMs, slowest])).toEqual([
      [1_000, { stage: 'tts', beyondMedianMs: 590 }],
      [900, { stage: 'endpointWait', beyondMedianMs: 500 }],
    ]);
  });
});

describe('a call that goes astray', () => {
  it('still counts the turn that was not understood, and not the answers to what was not asked then', () => {
    const turns = [{ ...turn(1, 1), replied: 'What day?' }, turn(2, 1), turn(3, 1)];
    expect(sorted(turns, [['what day'], ['What time'], ['Thank']])).toEqual({
      fitting: turns.slice(0, 2),
      astray: turns.slice(2),
    });
    expect(sorted(turns, [['what day'], ['Thank'], ['What time']])).toEqual({ fitting: turns, astray: [] });
  });
});

describe('the bounds', () => {
  const questions = {
    calls: 1,
    turns: 20,
    answered: 20,
    early: 0,
    responseMs: { p50: 450, p95: 800, p99: 900, max: 900, n: 20 },
    wer: 0,
  };
  const astray = { ...questions, calls: 0, turns: 0, answered: 0 };
  const statements = { ...questions, responseMs: { p50: 900, p95: 1_200, p99: 1_300, max: 1_300, n: 20 } };

  it.each([
    ['everything in time, whatever statements take', { questions, statements }, true],
    [
      'a slow median',
      { questions: { ...questions, responseMs: { ...questions.responseMs, p50: 451 } }, statements },
      false,
    ],
    [
      'a slow tail',
      { questions: { ...questions, responseMs: { ...questions.responseMs, p95: 801 } }, statements },
      false,
    ],
    ['a question without an answer', { questions: { ...questions, answered: 19 }, statements }, false],
    ['a statement without an answer', { questions, statements: { ...statements, answered: 19 } }, false],
    ['a turn astray without an answer', { questions, statements, astray: { ...astray, turns: 1 } }, false],
    ['nothing measured', { questions: { ...questions, turns: 0, answered: 0 }, statements }, false],
  ])('with %s', (_name, figures, kept) => {
    expect(keepsBounds({ astray, ...figures })).toBe(kept);
  });

  it('are not kept by a run without calls', () => {
    const options = { audio: folder, rounds: 1, seed: 1, json: 'a.json' };
    const load = { before: 0, after: 0 };
    const none = figuresOf(options, { calls: [], heardRightly: 0, heardWrongly: [], load });
    expect(none).toMatchObject({ agents: {}, calls: [], slow: [], questions: { turns: 0 } });
    expect(keepsBounds(none)).toBe(false);
  });
});
