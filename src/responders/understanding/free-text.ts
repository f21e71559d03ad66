// Takes whatever was said as it was said.
import type { Reading } from './reading.ts';
import { isOnlySounds } from './words.ts';

/** A longer text is cut: it must still fit into a record and into one reply. */
const MAX_CHARS = 1000;

export function readFreeText(text: string): Reading {
  const plain = text.replace(/\s+/g, ' ').trim().slice(0, MAX_CHARS);
  if (plain === '' || isOnlySounds(plain)) return null;
  return { value: { kind: 'free-text', plain, spoken: plain } };
}
