// The server's turns beside what the caller said: one to one, split, missed, invented, and the agent's own.
import { describe, expect, it } from 'vitest';
import { turnsOf } from '../../src/simulator/call-result.ts';
import type { Utterance } from '../../src/simulator/caller.ts';
import { matchTurns } from '../../src/simulator/match-turns.ts';
import type { ServerTurn } from '../../src/simulator/server-api.ts';

const utterance = (said: string | null, step = 0, kind: Utterance['kind'] = 'speech'): Utterance => ({
  kind,
  step,
  said,
  expect: [],
  interrupts: false,
  startedMs: step * 5_000,
  onsetMs: step * 5_000,
  spokenMs: step * 5_000 + 1_000,
});
const turn = (heard: string | null, replied = 'ok'): ServerTurn => ({
  heard,
  replied,
  stagesMs: null,
  bargedIn: false,
});
const heardBy = (utterances: readonly Utterance[], turns: readonly ServerTurn[]) => {
  const { ofUtterance, unsaid } = matchTurns(utterances, turns);
  return {
    heard: ofUtterance.map((parts) => parts.map((part) => part.heard)),
    unsaid: unsaid.map((one) => one.heard),
  };
};

describe('matchTurns', () => {
  it('goes one to one however badly it was heard, leaving out what the agent said on its own', () => {
    const said = ['good morning', 'next tuesday', 'goodbye'].map((text, index) => utterance(text, index));
    const turns = [turn(null), turn('good morning'), turn(null), turn('necks choose day'), turn('good buy')];
    expect(heardBy(said, turns)).toEqual({
      heard: [['good morning'], ['necks choose day'], ['good buy']],
      unsaid: [],
    });
  });

  it('finds the turn that is missing', () => {
    const said = ['one apple', 'two pears', 'three plums'].map((text, index) => utterance(text, index));
    expect(heardBy(said, [turn('one apple'), turn('three plums')]).heard).toEqual([
      ['one apple'],
      [],
      ['three plums'],
    ]);
  });

  it('joins an utterance that was split at a pause', () => {
    const said = [utterance('my number is five five five'), utterance('yes', 1)];
    expect(heardBy(said, [turn('my number is'), turn('five five five'), turn('yes')]).heard).toEqual([
      ['my number is', 'five five five'],
      ['yes'],
    ]);
  });

  it('leaves over what nobody said', () => {
    const said = [utterance('I would like to book an appointment'), utterance('on wednesday please', 1)];
    const turns = [turn('I would like to book an appointment'), turn('hm'), turn('on wednesday please')];
    expect(heardBy(said, turns)).toEqual({
      heard: [['I would like to book an appointment'], ['on wednesday please']],
      unsaid: ['hm'],
    });
  });

  it('gives a recording without a reference one turn, and keys a turn only when they were heard as such', () => {
    const said = [utterance(null), utterance('12#', 1, 'keys'), utterance('goodbye', 2)];
    expect(heardBy(said, [turn('something long and unclear'), turn('goodbye')]).heard).toEqual([
      ['something long and unclear'],
      [],
      ['goodbye'],
    ]);
    expect(heardBy(said, [turn('mumble'), turn('12'), turn('goodbye')]).heard[1]).toEqual(['12']);
  });

  it('matches a call of a thousand turns in order', () => {
    const said = Array.from({ length: 1_000 }, (_, index) => utterance(`phrase ${index % 10}`, index));
    const turns = said.map(({ said: text }) => turn(text));
    const { ofUtterance } = matchTurns(said, turns);
    expect(ofUtterance.map(([first]) => first)).toEqual(turns);
  });
});

describe('turnsOf', () => {
  const said = [utterance('one', 0), utterance('two', 1)];

  it('measures from the end of speech to the first spurt that begins after it', () => {
    const spurts = [
      { startMs: 1_400, endMs: 2_000 },
      { startMs: 2_600, endMs: 3_000 },
      { startMs: 6_700, endMs: 7_000 },
    ];
    expect(turnsOf(said, spurts, [turn('one'), turn('two')])).toMatchObject([
      { heard: 'one', responseMs: 400, replyStartMs: 1_400, replyEndMs: 3_000, answered: true },
      { heard: 'two', responseMs: 700, replyStartMs: 6_700, answered: true },
    ]);
  });

  it('does not measure a reply that began before the caller had finished', () => {
    expect(turnsOf(said.slice(0, 1), [{ startMs: 500, endMs: 1_500 }], [])).toMatchObject([
      { heard: null, answered: true, responseMs: null },
    ]);
  });

  it('does not take the rest of what was being said for an answer, nor what came after the next utterance', () => {
    expect(
      turnsOf(
        said,
        [
          { startMs: -200, endMs: 1_200 },
          { startMs: 6_500, endMs: 6_600 },
        ],
        [],
      ).map(({ answered }) => answered),
    ).toEqual([false, true]);
  });
});

describe('matchTurns with what is no speech', () => {
  const greeting = turn(null, 'Hello.');

  it('gives a silence what the agent said of its own accord meanwhile, and no more', () => {
    const said = [utterance('one'), utterance(null, 1, 'silence'), utterance('two', 2)];
    const prompt = turn(null, 'Still there?');
    const { ofUtterance, unsaid } = matchTurns(said, [greeting, turn('one'), prompt, turn('two')]);
    expect(ofUtterance.map((parts) => parts.map(({ replied }) => replied))).toEqual([
      ['ok'],
      ['Still there?'],
      ['ok'],
    ]);
    expect(unsaid).toEqual([]);
    expect(matchTurns(said, [greeting, turn('one'), turn('two')]).ofUtterance[1]).toEqual([]);
  });

  it('shares prompts among the silences that they filled, in order', () => {
    const said = [utterance('one'), utterance(null, 1, 'silence'), utterance(null, 2, 'silence')];
    const prompts = ['first', 'second', 'third'].map((text) => turn(null, text));
    const { ofUtterance } = matchTurns(said, [greeting, turn('one'), ...prompts]);
    expect(ofUtterance.slice(1)).toEqual([prompts.slice(0, 1), prompts.slice(1)]);
  });

  it('takes keys from a turn that heard them, else from one that heard nothing', () => {
    const said = [utterance('one'), utterance('42#', 1, 'keys'), utterance('two', 2)];
    const heard = turn('42', 'Forty two.');
    const silent = turn(null, 'Forty two.');
    expect(matchTurns(said, [greeting, turn('one'), heard, turn('two')]).ofUtterance[1]).toEqual([heard]);
    expect(matchTurns(said, [greeting, turn('one'), silent, turn('two')]).ofUtterance[1]).toEqual([silent]);
  });

  it.each([
    ['the words said', 'mm hm', 'mm hm'],
    ['other words', 'mm hm', 'yeah'],
    ['words in a noise', null, 'the'],
  ])('blames a sound that was to be ignored for a stray turn of %s', (_name, said, text) => {
    const utterances = [utterance('book a room'), utterance(said, 1, 'ignored'), utterance('on monday', 2)];
    const stray = turn(text);
    const turns = [greeting, turn('book a room'), stray, turn('on monday')];
    expect(matchTurns(utterances, turns)).toMatchObject({
      ofUtterance: [[turns[1]], [stray], [turns[3]]],
      unsaid: [],
    });
    expect(matchTurns(utterances, [greeting, turn('book a room'), turn('on mundane')]).ofUtterance).toEqual([
      [turns[1]],
      [],
      [turn('on mundane')],
    ]);
  });

  it('knows which reply each may have interrupted', () => {
    const kinds = ['ignored', 'speech', 'ignored', 'silence', 'ignored', 'speech'] as const;
    const said = kinds.map((kind, step) => utterance(kind === 'speech' ? `word ${step}` : null, step, kind));
    const turns = [greeting, turn('word 1', 'A'), turn(null, 'Still there?'), turn('word 5', 'B')];
    const { before } = matchTurns(said, turns);
    expect(before.map((one) => one?.replied)).toEqual([
      'Hello.',
      'Hello.',
      'A',
      'A',
      'Still there?',
      'Still there?',
    ]);
    expect(matchTurns([utterance('one')], []).before).toEqual([null]);
  });
});
