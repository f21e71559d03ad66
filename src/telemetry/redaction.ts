// Keeps people's words, telephone numbers and secrets out of log fields, at any depth.

/** The agreed keys for what people said and for their numbers: redacted unless the operator allows transcripts. */
export const PERSONAL_KEYS = [
  'from',
  'to',
  'caller',
  'called',
  'heard',
  'said',
  'reply',
  'replied',
  'text',
  'transcript',
  'expected',
  'matched',
  'collected',
  'variables',
  'digit',
  'digits',
] as const;

/** Never logged, whatever the operator allows. */
export const SECRET_KEYS = [
  'token',
  'authToken',
  'apiKey',
  'authorization',
  'signature',
  'password',
] as const;

export const REDACTED = '[redacted]';

/** Deeper values are left out: a log line is no place for a whole object graph. */
const MAX_DEPTH = 5;
/** Anything that looks like a telephone number, for texts that we do not write ourselves, such as error messages. */
const NUMBER_LIKE = /\+?\d[\d\s().-]{5,}\d/g;

export type Scrub = (fields: object) => Record<string, unknown>;

/** Copies only what it must look into; the given fields are never changed. */
export function createScrub(transcripts: boolean): Scrub {
  const hidden = new Set<string>(transcripts ? SECRET_KEYS : [...SECRET_KEYS, ...PERSONAL_KEYS]);
  const clean = transcripts ? (text: string): string => text : withoutNumbers;

  function value(given: unknown, depth: number): unknown {
    if (typeof given !== 'object' || given === null) return given;
    if (given instanceof Error) return error(given, depth);
    if (given instanceof Date) return given.toISOString();
    if (ArrayBuffer.isView(given)) return `[${given.byteLength} bytes]`;
    if (depth >= MAX_DEPTH) return '[deep]';
    if (Array.isArray(given)) return given.map((one) => value(one, depth + 1));
    return fields(given, depth + 1);
  }

  function fields(given: object, depth: number): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(given).map(([key, one]) => [key, hidden.has(key) ? REDACTED : value(one, depth)]),
    );
  }

  /** An error's own properties may hold anything, so only the known ones are taken. */
  function error(given: Error, depth: number): Record<string, unknown> {
    const code = (given as { code?: unknown }).code;
    return {
      name: given.name,
      message: clean(given.message),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
      ...(given.stack === undefined ? {} : { stack: framesOf(given.stack) }),
      ...(given.cause === undefined || depth >= MAX_DEPTH ? {} : { cause: value(given.cause, depth + 1) }),
    };
  }

  return (given) => fields(given, 0);
}

export function withoutNumbers(text: string): string {
  return text.replace(NUMBER_LIKE, REDACTED);
}

/** The lines of a stack that name code; its head repeats the message. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n');
}
