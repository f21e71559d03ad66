// Clauses for speech: where text is cut, where it never is, and that pieces of any size give the same clauses.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clausesOf, createClauseChunker, MAX_CLAUSE_CHARS } from '../../src/dialogue/clauses.ts';

function inPieces(text: string, sizes: readonly number[]): string[] {
  const chunker = createClauseChunker();
  const clauses: string[] = [];
  let at = 0;
  for (const size of sizes) {
    clauses.push(...chunker.push(text.slice(at, at + size)));
    at += size;
  }
  return [...clauses, ...chunker.push(text.slice(at)), ...chunker.end()];
}

describe('clausesOf', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['   ', []],
    ['...', []],
    ['Hello.', ['Hello.']],
    ['Sure. What day?', ['Sure. What day?']],
    [
      'Thank you. What phone number can we reach you at?',
      ['Thank you.', 'What phone number can we reach you at?'],
    ],
    [
      'You can ask for our hours, or book, or leave. What now?',
      ['You can ask for our hours,', 'or book, or leave.', 'What now?'],
    ],
    [
      'You are booked for Thursday, December third at four p.m., and we call. Goodbye now.',
      ['You are booked for Thursday, December third at four p.m.,', 'and we call.', 'Goodbye now.'],
    ],
    ['Come at 4 p.m. on Friday. Please.', ['Come at 4 p.m. on Friday.', 'Please.']],
    ['It is at 4 p.m. Is that right?', ['It is at 4 p.m.', 'Is that right?']],
    ['It is 4 p.m. Thursday for you. Fine?', ['It is 4 p.m. Thursday for you.', 'Fine?']],
    ['That costs 3.50 dollars. Or 1,000 in all.', ['That costs 3.50 dollars.', 'Or 1,000 in all.']],
    ['Ask Dr. Brown or Mrs. J. Smith. They know.', ['Ask Dr. Brown or Mrs. J. Smith.', 'They know.']],
    ['Take No. 5 please. Thank you.', ['Take No. 5 please.', 'Thank you.']],
    [
      'My number is five five five, zero one two three. Yes?',
      ['My number is five five five, zero one two three.', 'Yes?'],
    ],
    ['He said "Stop it." Then he went.', ['He said "Stop it."', 'Then he went.']],
    ['Well... maybe not so soon. Let us see!', ['Well... maybe not so soon.', 'Let us see!']],
    [
      'First of all, one, two. After that, a second sentence, with commas.',
      ['First of all,', 'one, two.', 'After that, a second sentence, with commas.'],
    ],
    ['What?! Are you\n  sure of it?', ['What?! Are you sure of it?']],
  ])('cuts %j', (text, clauses) => {
    expect(clausesOf(text)).toEqual(clauses);
  });

  it('splits a sentence without end at a space, and a word without end anywhere', () => {
    const long = 'word '.repeat(500).trim();
    expect(clausesOf(long).map((clause) => clause.length)).toEqual([999, 999, 499]);
    expect(clausesOf('x'.repeat(2500)).map((clause) => clause.length)).toEqual([1000, 1000, 500]);
  });
});

describe('the chunker', () => {
  const piece = fc.constantFrom(
    'Hello',
    'you',
    'p.m.',
    '4',
    '3.30',
    'Dr.',
    'Friday',
    'December',
    'five',
    'and',
    'J.',
    'No.',
    'yes',
    'three',
    'Is',
    '1,000',
    'e.g.',
  );
  const mark = fc.constantFrom(' ', ' ', ' ', ', ', '. ', '? ', '! ', '; ', '... ', '\n', '." ');
  const texts = fc.array(fc.tuple(piece, mark), { maxLength: 40 }).map((parts) => parts.flat().join(''));

  it('gives the same clauses for pieces of any size', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 60 }), (text, sizes) => {
        expect(inPieces(text, sizes)).toEqual(clausesOf(text));
      }),
    );
  });

  it('loses no word and never speaks more than the limit', () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ maxLength: 3000 })), (text) => {
        const clauses = clausesOf(text);
        const words = (value: string): string => value.replace(/[^\p{L}\p{N}]/gu, '');
        expect(words(clauses.join(''))).toBe(words(text));
        expect(clauses.every((clause) => clause.length <= MAX_CLAUSE_CHARS)).toBe(true);
      }),
    );
  });

  it('gives the first clause before the sentence is over, and starts anew after the end', () => {
    const chunker = createClauseChunker();
    expect(chunker.push('We are open every day, from ')).toEqual(['We are open every day,']);
    expect(chunker.push('eight, or nine, to ten. And ')).toEqual(['from eight, or nine, to ten.']);
    expect(chunker.end()).toEqual(['And']);
    expect(chunker.push('We close at night, of course')).toEqual(['We close at night,']);
  });
});
