// Runs every part of the understanding once, so that no caller waits for a library's first use.
import { readDate } from './date.ts';
import { readName } from './name.ts';
import { readNumber } from './number.ts';
import { readPhoneNumber } from './phone-number.ts';
import { matchPhrase } from './phrases.ts';
import type { Circumstances } from './reading.ts';
import { readTime } from './time.ts';
import { readYesNo } from './yes-no.ts';

/** Twice over, as the second run of a regular expression compiles it to machine code. */
const ROUNDS = 2;

/**
 * Takes about half a second of the calling thread, so call it before the server says that it is ready.
 * Returns the milliseconds it took.
 */
export function warmUnderstanding(): number {
  const startMs = performance.now();
  const at: Circumstances = { now: new Date(0), timezone: 'UTC', country: 'US' };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const text of ['Thursday, December third, at four p.m.', 'my name is Violet King', 'in two weeks']) {
      readDate(text, { withinDays: 366 }, at);
      readTime(text, { earliest: 8, latest: 19 });
      readName(text);
      readYesNo(text);
      readNumber(text, { min: 1, max: 5 });
      readPhoneNumber('five five five oh one two three', { minDigits: 7, country: 'US' });
      matchPhrase(text, [{ name: 'goodbye', wordings: ['goodbye'] }]);
    }
    // A sentence in which no name is obvious makes the language library load its lexicon.
    readName('it would be for the daughter of Emma Smith and me');
  }
  return Math.round(performance.now() - startMs);
}
