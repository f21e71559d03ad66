// Telephone keys as answers: when they are whole, what they mean, and that the limits of words hold for them too.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAIN_STEP, type Answer, type Step } from '../../../src/dialogue/flow.ts';
import { keysFit, understandKeys, type KeysFit } from '../../../src/responders/understanding/keys.ts';
import { FIXED_DATE } from '../../support/conversation.ts';

const US = { now: FIXED_DATE, timezone: 'America/New_York', country: 'US' } as const;
const to = { into: 'slot', go: 'end' } as const;

const ANSWERS = {
  'yes-no': { kind: 'yes-no', into: null, yes: 'end', no: 'end' },
  phrases: {
    kind: 'phrases',
    into: null,
    options: [
      { name: 'hours', wordings: ['opening hours', 'hours'], key: '1', go: 'end' },
      { name: 'menu', wordings: ['menu'], key: '*', go: 'end' },
      { name: 'person', wordings: ['a person'], key: '0', go: 'end' },
      { name: 'keyless', wordings: ['secret'], key: null, go: 'end' },
    ],
  },
  rating: { kind: 'number', ...to, min: 1, max: 5 },
  guests: { kind: 'number', ...to, min: 1, max: 12 },
  score: { kind: 'number', ...to, min: 0, max: 10 },
  large: { kind: 'number', ...to, min: 0, max: 1_000_000 },
  cold: { kind: 'number', ...to, min: -9, max: -1 },
  local: { kind: 'phone-number', ...to, minDigits: 7 },
  phone: { kind: 'phone-number', ...to, minDigits: null },
  long: { kind: 'phone-number', ...to, minDigits: 12 },
  date: { kind: 'date', ...to, withinDays: 300 },
  time: { kind: 'time', ...to, earliest: 8, latest: 18.5 },
  name: { kind: 'name', ...to },
  text: { kind: 'free-text', ...to },
  none: { kind: 'none', go: 'end' },
  end: { kind: 'end', outcome: 'over' },
} as const satisfies Record<string, Answer>;
type Place = keyof typeof ANSWERS;

function stepOf(answer: Answer): Step {
  const reprompts = { say: ['Sorry?'], times: 1 };
  return { name: 'step', say: 'Well?', answer, ...PLAIN_STEP, reprompts, giveUp: 'end' };
}

function fit(place: Place, keys: string): KeysFit {
  return keysFit(keys, stepOf(ANSWERS[place]), US);
}

function meant(place: Place, keys: string, at: Parameters<typeof understandKeys>[2] = US): string {
  const understood = understandKeys(keys, stepOf(ANSWERS[place]), at);
  if (understood.kind === 'value') return understood.value.plain;
  if (understood.kind === 'option') return `option ${understood.name}`;
  return understood.kind === 'refused' ? understood.reason : understood.kind;
}

describe('the keys of', () => {
  it.each<[Place, string, KeysFit]>([
    ['yes-no', '', 'part'],
    ['yes-no', '1', 'whole'],
    ['yes-no', '2', 'whole'],
    ['yes-no', '3', 'none'],
    ['yes-no', '*', 'none'],
    ['yes-no', '12', 'none'],
    ['phrases', '', 'part'],
    ['phrases', '1', 'whole'],
    ['phrases', '*', 'whole'],
    ['phrases', '0', 'whole'],
    ['phrases', '2', 'none'],
    ['phrases', '10', 'none'],
    ['rating', '', 'part'],
    ['rating', '1', 'whole'],
    ['rating', '0', 'part'],
    ['rating', '05', 'whole'],
    ['rating', '00', 'whole'],
    // Out of range: the caller has answered, and is told so.
    ['rating', '7', 'whole'],
    ['rating', '*', 'none'],
    ['guests', '1', 'part'],
    ['guests', '2', 'whole'],
    ['guests', '12', 'whole'],
    ['score', '0', 'whole'],
    ['score', '1', 'part'],
    ['score', '10', 'whole'],
    ['large', '100000', 'part'],
    ['large', '1000000', 'whole'],
    ['cold', '5', 'none'],
    ['local', '', 'part'],
    ['local', '555012', 'part'],
    // The area code may be what it was.
    ['local', '5550123', 'part'],
    ['local', '212555012', 'part'],
    ['local', '2125550123', 'whole'],
    ['local', '1212555012', 'part'],
    ['local', '12125550123', 'whole'],
    ['local', '21255501234', 'whole'],
    ['local', '555*', 'none'],
    ['phone', '5550123', 'part'],
    ['phone', '2125550123', 'whole'],
    ['long', '2125550123', 'part'],
    ['long', '212555012300', 'whole'],
    ['date', '', 'part'],
    ['date', '120', 'part'],
    ['date', '1203', 'whole'],
    ['date', '*', 'none'],
    ['time', '143', 'part'],
    ['time', '1430', 'whole'],
    ['name', '5', 'none'],
    ['name', '', 'none'],
    ['text', '5', 'none'],
    ['none', '5', 'none'],
    ['end', '5', 'none'],
  ])('%s: %j is %s', (place, keys, expected) => {
    expect(fit(place, keys)).toBe(expected);
  });

  it.each<[Place, string, string]>([
    ['yes-no', '1', 'yes'],
    ['yes-no', '2', 'no'],
    ['yes-no', '3', 'nothing'],
    ['yes-no', '', 'nothing'],
    ['phrases', '1', 'option hours'],
    ['phrases', '*', 'option menu'],
    ['phrases', '9', 'nothing'],
    ['phrases', '', 'nothing'],
    ['rating', '3', '3'],
    ['rating', '03', '3'],
    ['rating', '7', 'Please say a number from one to five.'],
    ['rating', '*', 'nothing'],
    ['rating', '', 'nothing'],
    ['score', '10', '10'],
    ['local', '5550199', '5550199'],
    ['local', '2125550199', '+12125550199'],
    ['local', '12125550199', '+12125550199'],
    ['local', '555', 'I need at least seven digits.'],
    ['phone', '5550199', 'I need the whole number, with the area code.'],
    ['phone', '1234567890123456', 'That number is too long.'],
    ['local', '55*', 'nothing'],
    ['date', '1203', '2026-12-03'],
    // Today, as it is in the time zone of the agent.
    ['date', '1123', '2026-11-23'],
    ['date', '0115', '2027-01-15'],
    ['date', '1122', 'That day has passed.'],
    ['date', '1001', 'That day has passed.'],
    ['date', '0920', 'That is too far ahead.'],
    ['date', '0229', 'That is too far ahead.'],
    ['date', '0631', 'nothing'],
    ['date', '1301', 'nothing'],
    ['date', '0000', 'nothing'],
    ['date', '12', 'nothing'],
    ['date', '12031', 'nothing'],
    ['time', '1430', '14:30'],
    ['time', '0800', '08:00'],
    ['time', '1830', '18:30'],
    ['time', '0330', 'We have times from eight a.m. to half past six.'],
    ['time', '2400', 'nothing'],
    ['time', '1460', 'nothing'],
    ['time', '14', 'nothing'],
    ['name', '5', 'nothing'],
    ['text', '5', 'nothing'],
    ['end', '1', 'nothing'],
  ])('%s: %j means %s', (place, keys, expected) => {
    expect(meant(place, keys)).toBe(expected);
  });

  it('a day are reckoned in the time zone of the agent', () => {
    const now = new Date('2026-12-03T03:00:00Z');
    expect(meant('date', '1202', { ...US, now })).toBe('2026-12-02');
    expect(meant('date', '1202', { ...US, now, timezone: 'Europe/Berlin' })).toBe('That day has passed.');
  });

  it('an option are remembered by its first wording', () => {
    expect(understandKeys('1', stepOf(ANSWERS.phrases), US)).toMatchObject({
      spoken: 'opening hours',
      also: [],
    });
  });

  const place = fc.constantFrom(...(Object.keys(ANSWERS) as Place[]));
  const keys = fc.string({
    unit: fc.constantFrom(...Array.from('0123456789*')),
    minLength: 1,
    maxLength: 18,
  });

  it('any answer may be pressed one after the other, and come to an end', () => {
    fc.assert(
      fc.property(place, keys, (where, pressed) => {
        const fits = Array.from(pressed, (_, index) => fit(where, pressed.slice(0, index + 1)));
        const first = fits.findIndex((each) => each !== 'part');
        // What may come to an answer began as such, and an answer is whole before 16 keys.
        if (fits.at(-1) !== 'none') expect(fits).not.toContain('none');
        if (fits.length > 15) expect(first).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a number or a telephone number are a value or are refused whenever they are whole', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('rating', 'guests', 'score', 'large', 'local', 'phone'),
        keys,
        (where, pressed) => {
          const { kind } = understandKeys(pressed, stepOf(ANSWERS[where]), US);
          if (fit(where, pressed) === 'whole') expect(['value', 'refused']).toContain(kind);
          if (fit(where, pressed) === 'none') expect(kind).toBe('nothing');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('one step never mean what the step does not ask for', () => {
    fc.assert(
      fc.property(place, fc.string({ maxLength: 8 }), (where, pressed) => {
        if (fit(where, pressed) === 'none') expect(meant(where, pressed)).toBe('nothing');
      }),
      { numRuns: 1_000 },
    );
  });
});
