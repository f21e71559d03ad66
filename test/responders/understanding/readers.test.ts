// Tables of what callers say, as a speech model writes it, and the values that are meant.
import { describe, expect, it } from 'vitest';
import { readDate } from '../../../src/responders/understanding/date.ts';
import { readFreeText } from '../../../src/responders/understanding/free-text.ts';
import { readName } from '../../../src/responders/understanding/name.ts';
import { readNumber } from '../../../src/responders/understanding/number.ts';
import { readPhoneNumber } from '../../../src/responders/understanding/phone-number.ts';
import type { Circumstances, Reading } from '../../../src/responders/understanding/reading.ts';
import { readTime } from '../../../src/responders/understanding/time.ts';
import { readYesNo } from '../../../src/responders/understanding/yes-no.ts';
import { FIXED_DATE } from '../../support/conversation.ts';

const AT: Circumstances = { now: FIXED_DATE, timezone: 'America/New_York', country: 'US' };

/** `!` and the beginning of the reason for a refusal. */
function plainOf(reading: Reading): string | null {
  if (reading === null) return null;
  return 'refused' in reading ? `!${reading.refused}` : reading.value.plain;
}

const YES = [
  'Yes.',
  'yeah',
  'Yep',
  'Sure.',
  "that's right",
  'That is correct.',
  'correct',
  'please do',
  'Okay.',
  'ok',
  'Uh-huh.',
  'mm-hm',
  'Mm-hmm.',
  'Yes, please.',
  'yeah go ahead',
  'Of course',
  'absolutely',
  'sounds good',
  'I do',
  'yes I would',
  'No problem.',
  'Yes, I have a minute.',
  'Yeah, no, that is right.',
  'Yup',
  'Alright',
  "No, that's right.",
  'Why not?',
  'That works for me.',
  'yet',
  'Exactly.',
  'Yes, it is.',
  'Perfect',
  "I don't mind",
];
const NO = [
  'No.',
  'nope',
  'Nah',
  'not really',
  'wrong',
  "No, that's wrong.",
  'no thanks',
  'no thank you',
  "that's not right",
  'Incorrect',
  "I don't think so",
  'No, it is not.',
  'not correct',
  'negative',
  'know',
  'Now.',
  'uh-uh',
  "No, I can't.",
  "That's all.",
  'nothing else',
  "I'm good, thanks",
  'Not right now.',
  'never',
  'No no no',
  "that isn't right",
  'Note.',
];
const NEITHER = [
  'um',
  'Hmm.',
  '',
  'Tuesday',
  'what did you say',
  'the blue one',
  'uh',
  'hello',
  'Is anybody there?',
];

describe('yes and no', () => {
  it.each(YES)('takes %j for yes', (text) => {
    expect(readYesNo(text)).toBe('yes');
  });
  it.each(NO)('takes %j for no', (text) => {
    expect(readYesNo(text)).toBe('no');
  });
  it.each(NEITHER)('takes %j for neither', (text) => {
    expect(readYesNo(text)).toBeNull();
  });
});

describe('numbers from one to five', () => {
  const range = '!Please say a number from one to five.';
  it.each<[string, string | null]>([
    ['5', '5'],
    ['Five.', '5'],
    ['for', '4'],
    ['Four.', '4'],
    ['to', '2'],
    ['Too.', '2'],
    ['won', '1'],
    ['one', '1'],
    ['Tree.', '3'],
    ['a couple', '2'],
    ['I would say four', '4'],
    ['five out of five', '5'],
    ['four out of five', '4'],
    ['I give it a three.', '3'],
    ["I'd say a for", '4'],
    ['the third', '3'],
    ['Maybe two.', '2'],
    ['not four, five', '5'],
    ['three, no sorry, two', '2'],
    ['this one gets a four', '4'],
    ['on a scale of one to five, three', '3'],
    ['Um, five.', '5'],
    ['twice', '2'],
    ['5 stars', '5'],
    ['six', range],
    ['10', range],
    ['zero', range],
    ['twenty five', range],
    ['minus two', range],
    ['four and a half', '!Please say a whole number.'],
    ['4.5', '!Please say a whole number.'],
    ['four point five', '!Please say a whole number.'],
    ['very friendly', null],
    ['um', null],
    ['', null],
    ['I am waiting for the bus', null],
  ])('reads %j', (text, expected) => {
    expect(plainOf(readNumber(text, { min: 1, max: 5 }))).toBe(expected);
  });

  it.each<[string, string | null]>([
    ['twenty five', '25'],
    ['twenty-five', '25'],
    ['one hundred and five', '105'],
    ['a hundred', '100'],
    ['nineteen', '19'],
    ['two thousand and seventeen', '2017'],
    ['1,500', '1500'],
    ['the twenty first', '21'],
    ['a dozen', '12'],
    ['half a dozen', '6'],
    ['none', '0'],
    ['three hundred forty two', '342'],
    ['minus five', '-5'],
    ['Ninety nine.', '99'],
    ['2nd', '2'],
  ])('reads the larger number %j', (text, expected) => {
    expect(plainOf(readNumber(text, { min: -100, max: 10_000 }))).toBe(expected);
  });
});

describe('times between eight and nineteen hours', () => {
  const closed = '!We have times from eight a.m. to seven p.m.';
  it.each<[string, string | null]>([
    ['half past three', '15:30'],
    ['Quarter to nine.', '08:45'],
    ['quarter past nine', '09:15'],
    ['3:30', '15:30'],
    ['3.30', '15:30'],
    ['three thirty', '15:30'],
    ["four o'clock", '16:00'],
    ['4 o clock', '16:00'],
    ["for o'clock", '16:00'],
    ['four in the afternoon', '16:00'],
    ['noon', '12:00'],
    ['At noon, please.', '12:00'],
    ['4 p.m.', '16:00'],
    ['4 PM', '16:00'],
    ['4pm', '16:00'],
    ['4:00 p.m.', '16:00'],
    ['for p.m.', '16:00'],
    ['at 9', '09:00'],
    ['nine', '09:00'],
    ['9 a.m.', '09:00'],
    ['nine in the morning', '09:00'],
    ['ten fifteen', '10:15'],
    ['three oh five', '15:05'],
    ['five past four', '16:05'],
    ['ten minutes to five', '16:50'],
    ['ten to four', '15:50'],
    ['twenty past eleven', '11:20'],
    ['half three', '15:30'],
    ['330 p.m.', '15:30'],
    ['1530', '15:30'],
    ['15:30', '15:30'],
    ['fifteen hundred', '15:00'],
    ['Let us say eleven forty five', '11:45'],
    ['around two', '14:00'],
    ['seven', '19:00'],
    ['eight', '08:00'],
    ['tomorrow afternoon at four', '16:00'],
    ['in the morning at ten', '10:00'],
    ['two thirty', '14:30'],
    ['to thirty', '14:30'],
    ['four, no sorry, five', '17:00'],
    ['a quarter of ten', '09:45'],
    ['twelve', '12:00'],
    ['twelve thirty', '12:30'],
    ['one', '13:00'],
    ['Thursday December 3rd at 4 p.m.', '16:00'],
    ['For.', '16:00'],
    ['at for', '16:00'],
    ['3 30', '15:30'],
    ['6:30 in the evening', '18:30'],
    ['midnight', closed],
    ['4 a.m.', closed],
    ['eight thirty p.m.', closed],
    ['at seven in the morning', closed],
    ['23:15', closed],
    ['in two weeks', null],
    ['December third', null],
    ['um', null],
    ['I do not know', null],
    ['the fourth', null],
    ['another day', null],
    ['for my daughter', null],
    ['seven days', null],
    ['no one is there', null],
  ])('reads %j', (text, expected) => {
    expect(plainOf(readTime(text, { earliest: 8, latest: 19 }))).toBe(expected);
  });

  it.each<[string, string | null]>([
    ["No, make it four o'clock.", '16:00'],
    ['no, four', '16:00'],
    ['make it four', '16:00'],
    ['the time should be five', '17:00'],
    ['can we do two', '14:00'],
    ['I have two children', null],
    ['one more thing', null],
    ['no one told me', null],
    ['for the third time', null],
    ['change it to half past nine', '09:30'],
    ['not at four, at five', '17:00'],
    ['Actually three thirty.', '15:30'],
  ])('reads %j in passing', (text, expected) => {
    expect(plainOf(readTime(text, { earliest: 8, latest: 19 }, 'passing'))).toBe(expected);
  });
});

describe('days, on Monday the twenty third of November 2026', () => {
  const passed = '!That day has passed.';
  it.each<[string, string | null]>([
    ['next Tuesday', '2026-12-01'],
    ['Tuesday', '2026-11-24'],
    ['On Tuesday.', '2026-11-24'],
    ['this Friday', '2026-11-27'],
    ['choose day', '2026-11-24'],
    ['the third of December', '2026-12-03'],
    ['December third', '2026-12-03'],
    ['December 3rd', '2026-12-03'],
    ['december 3', '2026-12-03'],
    ['december the third', '2026-12-03'],
    ['December the 3rd', '2026-12-03'],
    ['3rd December', '2026-12-03'],
    ['the 3 of december', '2026-12-03'],
    ['Thursday, December third', '2026-12-03'],
    ['thursday december third', '2026-12-03'],
    ['Thursday the third of December', '2026-12-03'],
    ['Thursday the third', '2026-12-03'],
    ['Sunday the 6th', '2026-12-06'],
    ['the 3rd', '2026-12-03'],
    ['on the twenty seventh', '2026-11-27'],
    ['the fifth of next month', '2026-12-05'],
    ['tomorrow', '2026-11-24'],
    ['to morrow', '2026-11-24'],
    ['Tomorrow, please.', '2026-11-24'],
    ['the day after tomorrow', '2026-11-25'],
    ['day after tomorrow', '2026-11-25'],
    ['today', '2026-11-23'],
    ['this afternoon', '2026-11-23'],
    ['in two weeks', '2026-12-07'],
    ['in 2 weeks', '2026-12-07'],
    ['in to weeks', '2026-12-07'],
    ['in three days', '2026-11-26'],
    ['two weeks from today', '2026-12-07'],
    ['a week from Friday', '2026-12-04'],
    ['two weeks from Thursday', '2026-12-10'],
    ['a week from tomorrow', '2026-12-01'],
    ['12/3', '2026-12-03'],
    ['Friday next week', '2026-12-04'],
    ['Monday', '2026-11-30'],
    ['I would like to come on December 21', '2026-12-21'],
    ['the twenty first of december', '2026-12-21'],
    ['January fifth', '2027-01-05'],
    ['Thursday December 3rd at 4 p.m.', '2026-12-03'],
    ['Thursday, no sorry, Friday', '2026-11-27'],
    ['December 3rd 2026', '2026-12-03'],
    ['the second', '2026-12-02'],
    ['yesterday', passed],
    ['last Monday', passed],
    ['December 3rd 2025', passed],
    ['November 20', passed],
    ['three days ago', passed],
    ['november third', passed],
    ['October 2027', null],
    ['June 30th 2028', '!That is too far ahead.'],
    ['next week', '!I need the exact day.'],
    ['this weekend', '!I need the exact day.'],
    ['next month', '!I need the exact day.'],
    ['um', null],
    ["four o'clock", null],
    ['I sat in the sun', null],
    ['whenever', null],
    ['the day', null],
    ['may', null],
    ['555 0123', null],
  ])('reads %j', (text, expected) => {
    expect(plainOf(readDate(text, { withinDays: 366 }, AT))).toBe(expected);
  });

  it('reckons in the time zone of the agent', () => {
    const late = { ...AT, now: new Date('2026-11-24T03:30:00Z') };
    expect(plainOf(readDate('tomorrow', { withinDays: 366 }, late))).toBe('2026-11-24');
    expect(plainOf(readDate('tomorrow', { withinDays: 366 }, { ...late, timezone: 'Europe/Berlin' }))).toBe(
      '2026-11-25',
    );
    expect(plainOf(readDate('today', { withinDays: 366 }, { ...late, timezone: 'Asia/Tokyo' }))).toBe(
      '2026-11-24',
    );
  });
});

describe('telephone numbers in the United States', () => {
  const short = '!I need at least seven digits.';
  it.each<[string, string | null]>([
    ['five five five, oh one two three', '5550123'],
    ['555-0123', '5550123'],
    ['555 0123', '5550123'],
    ['5550123', '5550123'],
    ['5 5 5 0 1 2 3', '5550123'],
    ["It's 555-0123.", '5550123'],
    ['triple five, zero one two three', '5550123'],
    ['double five five oh one double two', '5550122'],
    ['five five five oh one to three', '5550123'],
    ['555 oh one two three', '5550123'],
    ['five fifty five, oh one, twenty three', '5550123'],
    ['my number is five five five um oh one two three', '5550123'],
    ['area code two one two, five five five, oh one two three', '+12125550123'],
    ['(212) 555-0123', '+12125550123'],
    ['212-555-0123', '+12125550123'],
    ['plus one two one two five five five oh one two three', '+12125550123'],
    ['+1 212 555 0123', '+12125550123'],
    ['1-212-555-0123', '+12125550123'],
    ['eight hundred five five five oh one two three', '+18005550123'],
    ['double seven nine, one two three four', '7791234'],
    ['555 0123, no sorry, 555 0199', '5550199'],
    ['555.0123', '5550123'],
    ['plus four four two zero seven nine four six zero one two three', '+442079460123'],
    ['five five five zero won two for', '5550124'],
    ['five five five', short],
    ['555', short],
    ['5550', short],
    ['I have two of them', null],
    ['um', null],
    ['four', null],
    ['no', null],
    ['12345678901234567890', '!That number is too long.'],
  ])('reads %j', (text, expected) => {
    expect(plainOf(readPhoneNumber(text, { minDigits: 7, country: 'US' }))).toBe(expected);
  });

  it('wants the whole number without minDigits', () => {
    const rules = { minDigits: null, country: 'US' } as const;
    expect(plainOf(readPhoneNumber('555 0123', rules))).toBe('!I need the whole number, with the area code.');
    expect(plainOf(readPhoneNumber('212 555 0123', rules))).toBe('+12125550123');
  });

  it('takes national numbers of the country of the agent', () => {
    expect(plainOf(readPhoneNumber('020 7946 0123', { minDigits: null, country: 'GB' }))).toBe(
      '+442079460123',
    );
  });
});

describe('names', () => {
  it.each<[string, string | null]>([
    ['My name is Violet King.', 'Violet King'],
    ['my name is violet king', 'Violet King'],
    ['This is John.', 'John'],
    ["It's Sarah.", 'Sarah'],
    ['Smith', 'Smith'],
    ['smith', 'Smith'],
    ['V-I-O-L-E-T', 'Violet'],
    ['V I O L E T', 'Violet'],
    ['Violet, V-I-O-L-E-T.', 'Violet'],
    ['Yes, my name is Violet, V-I-O-L-E-T.', 'Violet'],
    ['My last name is King, K-I-N-G.', 'King'],
    ["I'm Maria Garcia", 'Maria Garcia'],
    ['Um, Priya Patel.', 'Priya Patel'],
    ['this is Tom calling from Boston', 'Tom'],
    ['It is for my daughter Emma', 'Emma'],
    ["O'Brien", "O'Brien"],
    ['Catherine, K-A-T-H-E-R-I-N-E', 'Katherine'],
    ['call me Ishmael', 'Ishmael'],
    ['McDonald', 'McDonald'],
    ['mary jane watson', 'Mary Jane Watson'],
    ['My name is Anna and I have a question', 'Anna'],
    ['jean-luc picard', 'Jean-Luc Picard'],
    ['SMITH', 'Smith'],
    ['um', null],
    ['what do you need', null],
    ['yes', null],
    ['', null],
    ['I do not want to say', null],
    ['5550123', null],
  ])('reads %j', (text, expected) => {
    expect(plainOf(readName(text))).toBe(expected);
  });
});

describe('free text', () => {
  it.each<[string, string | null]>([
    ['  Please   call me back. ', 'Please call me back.'],
    ['Goodbye then', 'Goodbye then'],
    ['um', null],
    ['Uh, hmm.', null],
    ['mm-hm', null],
    ['...', null],
  ])('takes %j', (text, expected) => {
    expect(plainOf(readFreeText(text))).toBe(expected);
  });
});
