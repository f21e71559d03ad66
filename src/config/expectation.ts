// Says for each kind of schema fault what to write instead, in words that fit after "expected".
import type { z } from 'zod';

type RawIssue = z.core.$ZodRawIssue;

const UNITS: Readonly<Record<string, string>> = {
  string: ' characters',
  array: ' entries',
  record: ' entries',
};

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

/**
 * An error map for `safeParse`. It is asked only where the schema brings no message of its own; `undefined` leaves
 * the library's words.
 */
export function expectationOf(issue: RawIssue): string | undefined {
  if (issue.code === 'invalid_type') return TYPES[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small' || issue.code === 'too_big') return boundOf(issue);
  if (issue.code === 'unrecognized_keys') return knownKeys(issue);
  if (issue.code === 'invalid_key') return messagesOf([issue.issues]);
  if (issue.code === 'invalid_union') return messagesOf(issue.errors);
  return undefined;
}

function boundOf(issue: RawIssue & { code: 'too_small' | 'too_big' }): string {
  const open = issue.inclusive === false;
  const words =
    issue.code === 'too_small' ? (open ? 'more than' : 'at least') : open ? 'less than' : 'at most';
  const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  return `${words} ${String(limit)}${UNITS[issue.origin] ?? ''}`;
}

/** The strict object that met the unknown key names its own keys. */
function knownKeys(issue: RawIssue): string {
  const shape = (issue.inst as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def?.shape;
  const keys = shape === undefined ? [] : Object.keys(shape);
  return keys.length === 0 ? 'one of the documented keys' : `one of ${keys.join(', ')}`;
}

function messagesOf(branches: readonly (readonly z.core.$ZodIssue[])[]): string | undefined {
  const messages = new Set(branches.flat().map((issue) => issue.message));
  return messages.size === 0 ? undefined : [...messages].join(', or ');
}
