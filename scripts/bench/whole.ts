// A whole number on a bench's command line.
import { ArgumentError } from './capacity/arguments.ts';

/** @throws ArgumentError that names the flag. */
export function whole(flag: string, given: string, least: number, most: number): number {
  const value = given.trim() === '' ? NaN : Number(given);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ArgumentError(`--${flag} ${given}: expected a whole number from ${least} to ${most}.`);
}
