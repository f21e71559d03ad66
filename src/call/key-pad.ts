// From a telephone key to an event: what it means depends on the question and on the keys before it.
import type { Expecting } from '../ports/responder.ts';

const END_KEY = '#';

/**
 * Null for a key that means nothing now: the question takes no keys, or `#` without any key before it. A wrong key
 * where keys are taken is an answer that will not be understood, and so is asked for again.
 */
export function keyEvent(
  digit: string,
  before: string,
  expecting: Expecting,
): { readonly type: 'key'; readonly digit: string; readonly whole: boolean } | null {
  if (digit === END_KEY) return before === '' ? null : { type: 'key', digit, whole: true };
  if (expecting.keys('') === 'none') return null;
  return { type: 'key', digit, whole: expecting.keys(before + digit) !== 'part' };
}
