// Text of language models made fit for a voice.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineJoiner, speakable } from '../../src/dialogue/speakable.ts';

describe('what a language model writes', () => {
  it.each([
    ['Plain words stay.', 'Plain words stay.'],
    ['We are **open** and *ready* for __you__.', 'We are open and ready for you.'],
    ['# Opening hours', 'Opening hours'],
    ['- one thing', 'one thing'],
    ['2. another thing', 'another thing'],
    ['See [our page](https://www.example.com/hours?x=1) please.', 'See our page please.'],
    ['Visit https://www.example.com/hours.', 'Visit example dot com.'],
    ['Write to info@example.co.uk today.', 'Write to info at example dot co dot uk today.'],
    ['Great! \u{1F600}\u{1F44D}\u{1F3FD}', 'Great!'],
    ['Use `code` here.', 'Use code here.'],
    ['It costs $12.50.', 'It costs twelve dollars and fifty cents.'],
    ['That is $1,200 or \u20ac5.', 'That is one thousand two hundred dollars or five euros.'],
    ['At 4:30 PM or 9am.', 'At half past four or nine a.m.'],
    ['On 2026-12-03.', 'On Thursday, December third.'],
    ['At 2026-12-03T15:00.', 'At Thursday, December third at three p.m.'],
    ['Call +1 212 555 0123.', 'Call two one two, five five five, zero one two three.'],
    ['Your code is 48213.', 'Your code is four eight, two one three.'],
    ['About 40% off.', 'About 40 percent off.'],
    ['Hours (weekdays) \u2014 nine to five', 'Hours weekdays, nine to five'],
    ['Salt & pepper', 'Salt and pepper'],
    ['<b>Bold</b> <br/> words', 'Bold words'],
    ['Wait\u2026 what?', 'Wait. what?'],
    ['\u{1F600}', ''],
    ['***', ''],
  ])('%j is said as %j', (written, said) => {
    expect(speakable(written)).toBe(said);
  });

  it('never holds what no voice can say, whatever was written', () => {
    const piece = fc.constantFrom(
      '**',
      '_',
      '`',
      '#',
      '- ',
      'word',
      ' ',
      '\n',
      '[a](b)',
      '\u{1F600}',
      '3',
      '.',
      '|',
      '>',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(speakable(pieces.join(''))).not.toMatch(/[*`[\]|\u{1F600}\n]|\s{2}/u);
      }),
    );
  });
});

describe('lines that come in pieces', () => {
  it('are sentences of their own', () => {
    const joiner = createLineJoiner();
    const text = ['Choose:\n', '- red\n- blu', 'e\n\nWhich', ' one?']
      .map((piece) => joiner.push(piece))
      .join('');
    expect(text).toBe('Choose:\n- red.\n- blue.\nWhich one?');
  });

  it('come to the same wherever they are cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '.', ' ', '\n', '-') });
    fc.assert(
      fc.property(text, fc.array(fc.nat(40)), (whole, cuts) => {
        const once = createLineJoiner().push(whole);
        const joiner = createLineJoiner();
        const edges = [
          0,
          ...cuts.filter((cut) => cut <= whole.length).toSorted((a, b) => a - b),
          whole.length,
        ];
        const parts = edges.slice(1).map((end, index) => joiner.push(whole.slice(edges[index], end)));
        expect(parts.join('')).toBe(once);
      }),
    );
  });
});
