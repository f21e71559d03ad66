// The clauses of texts of which some are protected: no clause holds both kinds, and nothing is lost at the border.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clausesOf } from '../../src/dialogue/clauses.ts';
import { clausesOfSaid, type Said } from '../../src/dialogue/said.ts';

const open = (text: string): Said => ({ text, uninterruptible: false });
const notice = (text: string): Said => ({ text, uninterruptible: true });

describe('the clauses of a reply', () => {
  it('end where protection begins and ends', () => {
    const said = [
      open('Hello, this is the clinic.'),
      notice('Calls are'),
      notice('recorded, for the time being, as you know.'),
      open('Sure.'),
      open('What would you like?'),
    ];
    expect(clausesOfSaid(said)).toEqual([
      open('Hello, this is the clinic.'),
      notice('Calls are recorded, for the time being, as you know.'),
      open('Sure. What would you like?'),
    ]);
  });

  it('begin short with whatever is said first', () => {
    expect(
      clausesOfSaid([notice('This call is recorded, as you know.'), open('So it is now, is it not?')]),
    ).toEqual([notice('This call is recorded,'), notice('as you know.'), open('So it is now, is it not?')]);
    expect(clausesOfSaid([open('…'), notice('This call is recorded, as you know.')])).toEqual([
      notice('This call is recorded,'),
      notice('as you know.'),
    ]);
    expect(clausesOfSaid([])).toEqual([]);
  });

  const text = fc
    .array(
      fc.constantFrom('We', 'are', 'open', 'Monday,', 'December', 'third.', 'Yes.', 'no,', '4', 'p.m.'),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    .map((words) => words.join(' '));

  it('hold every word once, in its order and of its kind', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ text, uninterruptible: fc.boolean() }), { maxLength: 6 }), (said) => {
        const words = (texts: readonly Said[]): string[] =>
          texts.flatMap((each) =>
            each.text.split(' ').map((word) => `${word} ${String(each.uninterruptible)}`),
          );
        expect(words(clausesOfSaid(said))).toEqual(words(said));
      }),
      { numRuns: 500 },
    );
  });

  it('are those of the whole text where all is of one kind', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), fc.boolean(), (texts, uninterruptible) => {
        const clauses = clausesOfSaid(texts.map((each) => ({ text: each, uninterruptible })));
        expect(clauses.map((clause) => clause.text)).toEqual(clausesOf(texts.join(' ')));
      }),
    );
  });
});
