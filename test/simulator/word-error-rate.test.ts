// Word error rate and the spelling that both texts are brought to.
import { describe, expect, it } from 'vitest';
import { normalizeWords, wordErrorRate, wordErrors } from '../../src/simulator/word-error-rate.ts';

describe('normalizeWords', () => {
  it.each([
    ['What are your OPENING hours?', 'what are your opening hours'],
    ["I'll come, it's fine.", 'ill come its fine'],
    ['twenty-three people', '23 people'],
    ['the 23rd of May', 'the 23 of may'],
    ['the twenty third of May', 'the 23 of may'],
    ['at 3:30 p.m.', 'at 3 30 pm'],
    ['at three thirty PM', 'at 3 30 pm'],
    ['4pm', '4 pm'],
    ['five five five', '5 5 5'],
    ['call 555-0199', 'call 5 5 5 0 1 9 9'],
    ['five, five, five, zero one nine nine', '5 5 5 0 1 9 9'],
    ['Goodbye.', 'good bye'],
    ['Good-by, until to-morrow', 'good bye until tomorrow'],
    ['Okay', 'ok'],
    ['1,200 calls', '1 2 0 0 calls'],
    ['  ', ''],
  ])('writes %j as %j', (text, words) => {
    expect(normalizeWords(text).join(' ')).toBe(words);
  });
});

describe('wordErrors', () => {
  it.each([
    ['one two three', 'one two three', 0, 3],
    ['the cat sat', 'the cat', 1, 3],
    ['the cat sat', 'a cat sat down', 2, 3],
    ['hello', '', 1, 1],
    ['', 'hello there', 2, 0],
  ])('counts %j heard as %j', (said, heard, errors, words) => {
    expect(wordErrors(said, heard)).toEqual({ errors, words });
  });

  it('is taken over all words, not averaged over turns', () => {
    expect(
      wordErrorRate([
        { errors: 1, words: 1 },
        { errors: 0, words: 9 },
      ]),
    ).toBe(0.1);
    expect(wordErrorRate([])).toBeNull();
  });
});
