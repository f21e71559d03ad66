// The words that are spoken for numbers, days, times and telephone numbers, and names that were nearly right.
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from '../../src/dialogue/edit-distance.ts';
import {
  spokenDay,
  spokenNumber,
  spokenOrdinal,
  spokenPhoneNumber,
  spokenText,
  spokenTime,
} from '../../src/dialogue/spoken.ts';

describe('spoken forms', () => {
  it.each<[number, string, string]>([
    [0, 'zero', 'zeroth'],
    [1, 'one', 'first'],
    [2, 'two', 'second'],
    [12, 'twelve', 'twelfth'],
    [20, 'twenty', 'twentieth'],
    [21, 'twenty one', 'twenty first'],
    [31, 'thirty one', 'thirty first'],
    [105, 'one hundred five', 'one hundred fifth'],
    [2017, 'two thousand seventeen', 'two thousand seventeenth'],
  ])('says %d', (value, number, ordinal) => {
    expect(spokenNumber(value)).toBe(number);
    expect(spokenOrdinal(value)).toBe(ordinal);
  });

  it('leaves numbers in digits that have no plain words', () => {
    expect([spokenNumber(-5), spokenNumber(1.5), spokenNumber(1_000_000)]).toEqual([
      'minus five',
      '1.5',
      '1000000',
    ]);
  });

  it.each<[number, number, string]>([
    [0, 0, 'midnight'],
    [12, 0, 'noon'],
    [15, 30, 'half past three'],
    [16, 0, 'four p.m.'],
    [9, 15, 'nine fifteen a.m.'],
    [14, 5, 'two oh five p.m.'],
    [12, 30, 'half past twelve'],
    [0, 10, 'twelve ten a.m.'],
  ])('says %d:%d', (hour, minute, words) => {
    expect(spokenTime(hour, minute)).toBe(words);
  });

  it('says days with their weekday', () => {
    expect(spokenDay({ year: 2026, month: 12, day: 3 })).toBe('Thursday, December third');
    expect(spokenDay({ year: 2027, month: 1, day: 31 })).toBe('Sunday, January thirty first');
  });

  it.each<[string, string]>([
    ['5550123', 'five five five, zero one two three'],
    ['+12125550123', 'two one two, five five five, zero one two three'],
    ['+442079460123', 'plus four four two, zero seven nine, four six zero, one two three'],
    ['112', 'one one two'],
    ['55501', 'five five, five zero one'],
  ])('says the telephone number %s', (number, words) => {
    expect(spokenPhoneNumber(number)).toBe(words);
  });

  it.each<[string, string]>([
    ['2026-12-03', 'Thursday, December third'],
    ['16:00', 'four p.m.'],
    ['25:00', '25:00'],
    ['tomorrow', 'tomorrow'],
  ])('says the variable %s', (text, words) => {
    expect(spokenText(text)).toBe(words);
  });
});

describe('nearest names', () => {
  it('counts the letters that differ', () => {
    expect([editDistance('', 'abc'), editDistance('kitten', 'sitting'), editDistance('a', 'a')]).toEqual([
      3, 3, 0,
    ]);
    expect(editDistance('x'.repeat(100), 'y')).toBe(100);
  });

  it('suggests what was probably meant, or nothing', () => {
    expect(nearestName('confrim', ['bye', 'confirm'])).toBe('confirm');
    expect(nearestName('zebra', ['bye', 'confirm'])).toBeNull();
  });
});
