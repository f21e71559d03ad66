// How long a silence has to be, by what was heard before it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { leadsOn, mustGoOn, wordsOf } from '../../src/turn/completeness.ts';
import {
  DEFAULT_END_OF_TURN_POLICY as POLICY,
  endOfTurnWaitMs,
  waitFrom,
  type EndOfTurnPolicy,
  type HeardSoFar,
} from '../../src/turn/end-of-turn.ts';

const heard = (more: Partial<HeardSoFar> = {}): HeardSoFar => ({
  text: 'I would like a table for two.',
  fit: 'unknown',
  spokenMs: ms(2_000),
  ending: null,
  likelihood: null,
  ...more,
});
const waitOf = (more: Partial<HeardSoFar>): number => endOfTurnWaitMs(heard(more), POLICY);
const { shortWaitMs, baseWaitMs, longWaitMs, finishedFrom, surelyFrom } = POLICY;

describe('the wait', () => {
  it.each<[string, Partial<HeardSoFar>, number]>([
    ['an answer that fits', { text: 'Yes.', fit: 'whole' }, shortWaitMs],
    ['a whole number', { text: '555 0123.', fit: 'whole' }, shortWaitMs],
    ['a whole number that could be the beginning of another', { text: '73301,', fit: 'whole' }, shortWaitMs],
    ['a few words that may be all, with a comma', { text: 'Today,', fit: 'possible', ending: 0 }, baseWaitMs],
    ['a few words that lead on', { text: 'Today and', fit: 'possible', ending: 1 }, longWaitMs],
    ['the beginning of an answer', { text: 'Five five five.', fit: 'part', ending: 1 }, longWaitMs],
    ['a voice that has surely finished', { ending: surelyFrom }, shortWaitMs],
    ['a voice that sounds finished', { ending: finishedFrom }, baseWaitMs],
    ['a voice that does not', { ending: finishedFrom - 0.01 }, longWaitMs],
    ['nothing known of the voice', {}, baseWaitMs],
    ['no words', { text: '', ending: 0 }, longWaitMs],
    ['a turn model, whatever the speech model says', { ending: 0, likelihood: 1 }, shortWaitMs],
    [
      'a conjunction at the end, even of an answer',
      { text: 'Tuesday, and', fit: 'whole', ending: 1 },
      longWaitMs,
    ],
  ])('is right after %s', (_, more, expected) => {
    expect(waitOf(more)).toBe(expected);
  });
});

describe('where the wait is counted from', () => {
  const lastSpeech = ms(5_000);

  it('is the last sound, with the usual lag of the detector', () => {
    expect(waitFrom(lastSpeech, ms(4_900))).toBe(lastSpeech);
    expect(waitFrom(lastSpeech, ms(4_800))).toBe(4_900);
    expect(waitFrom(lastSpeech, ms(4_950))).toBe(5_050);
  });

  it('is the detector’s last window where the level does not tell, and never far from it', () => {
    expect(waitFrom(lastSpeech, null)).toBe(lastSpeech);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (sound) => {
        const from = waitFrom(lastSpeech, ms(sound));
        expect(from).toBeGreaterThanOrEqual(lastSpeech - 150);
        expect(from).toBeLessThanOrEqual(lastSpeech + 60);
      }),
    );
  });
});

describe('words that must go on', () => {
  it.each([
    'And',
    'I would like to book a room, but.',
    'My name is the',
    "I'd like a cup of",
    "Yes, it's",
    'I think, um.',
    'Uh',
    'On Monday,',
    'I was wondering...',
    'My number is five five five.',
    '555 01',
    'zero seven',
  ])('%s', (text) => {
    expect(mustGoOn(text)).toBe(true);
  });

  it('are those of the last word, where an answer fits', () => {
    expect(['Tuesday, and', 'Um', 'the'].every(leadsOn)).toBe(true);
    expect(['Tuesday,', '', 'Five five five', 'And Tuesday'].some(leadsOn)).toBe(false);
  });

  it.each([
    '',
    'Yes.',
    'From an individual.',
    'What is that?',
    'Hold on.',
    'I think so.',
    'Yes, it is.',
    'Two thousand and seventeen.',
    'At half past five.',
    'In 2017.',
    '555 0123',
    'zero seven one nine five five five one two three',
    'What are you looking at?',
  ])('could be all: %s', (text) => {
    expect(mustGoOn(text)).toBe(false);
  });

  it('are found whatever their letters and marks', () => {
    expect(wordsOf('I’d like TWO, please!')).toEqual(["i'd", 'like', 'two', 'please']);
  });
});

const probability = fc.double({ min: 0, max: 1, noNaN: true });
const policies: fc.Arbitrary<EndOfTurnPolicy> = fc
  .tuple(
    fc.array(fc.integer({ min: 96, max: 3_000 }), { minLength: 3, maxLength: 3 }),
    fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 2 }),
  )
  .map(([waits, from]) => {
    const [short = 0, base = 0, long = 0] = waits.toSorted((a, b) => a - b);
    const [finished = 0, surely = 0] = from.toSorted((a, b) => a - b);
    return {
      shortWaitMs: ms(short),
      baseWaitMs: ms(base),
      longWaitMs: ms(long),
      finishedFrom: finished,
      surelyFrom: surely,
    };
  });
const anything: fc.Arbitrary<HeardSoFar> = fc.record({
  text: fc.oneof(
    fc.string(),
    fc.constantFrom('And', 'Yes.', 'Five five.', 'I would like a table for two.', 'Well,'),
  ),
  fit: fc.constantFrom('whole', 'part', 'unknown'),
  spokenMs: fc.integer({ min: 0, max: 30_000 }).map(ms),
  ending: fc.option(probability),
  likelihood: fc.option(probability),
});

describe('for every policy that keeps its inequalities, the wait', () => {
  it('lies between the shortest and the longest', () => {
    fc.assert(
      fc.property(anything, policies, (some, policy) => {
        const wait = endOfTurnWaitMs(some, policy);
        expect(wait).toBeGreaterThanOrEqual(policy.shortWaitMs);
        expect(wait).toBeLessThanOrEqual(policy.longWaitMs);
      }),
    );
  });

  it('is never longer after a voice that sounds more finished', () => {
    fc.assert(
      fc.property(anything, policies, probability, probability, (some, policy, one, other) => {
        const less = { ...some, likelihood: null, ending: Math.min(one, other) };
        const more = { ...some, likelihood: null, ending: Math.max(one, other) };
        expect(endOfTurnWaitMs(more, policy)).toBeLessThanOrEqual(endOfTurnWaitMs(less, policy));
      }),
    );
  });

  it('is never longer after a whole answer, nor shorter after a part, than after words that say nothing', () => {
    fc.assert(
      fc.property(anything, policies, (some, policy) => {
        const unknown = endOfTurnWaitMs({ ...some, fit: 'unknown' }, policy);
        expect(endOfTurnWaitMs({ ...some, fit: 'whole' }, policy)).toBeLessThanOrEqual(unknown);
        expect(endOfTurnWaitMs({ ...some, fit: 'part' }, policy)).toBeGreaterThanOrEqual(unknown);
      }),
    );
  });
});

describe('the default policy', () => {
  it('keeps the inequalities that its comments state', () => {
    expect(shortWaitMs).toBeGreaterThan(64);
    expect(baseWaitMs).toBeGreaterThanOrEqual(shortWaitMs);
    expect(longWaitMs).toBeGreaterThanOrEqual(baseWaitMs);
    expect(finishedFrom).toBeGreaterThan(0);
    expect(surelyFrom).toBeGreaterThanOrEqual(finishedFrom);
  });
});
