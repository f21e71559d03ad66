// From what people write into a column to a number that can be called, and where its owner may be.
import parseForZones from 'libphonenumber-js';
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import { timezones } from 'libphonenumber-geo-carrier';

export type NumberFault =
  'no number' | 'no country code' | 'not a valid number' | 'a number that costs extra';

/** Kinds of numbers that charge the caller. */
const COSTLY: readonly string[] = ['PREMIUM_RATE', 'SHARED_COST'];
/** Numbers of the North American plan that are known by their beginning. Overflow policy: the oldest is forgotten. */
const MAX_KNOWN = 10_000;
/** Digits after which no number of the same beginning is in another zone. */
const PREFIX_CHARS = 8;

/** E.164, or why it is none that may be called. */
export function readNumber(
  written: string,
  country: string | null,
): { readonly e164: string } | { readonly fault: NumberFault } {
  const text = written.trim();
  if (text === '') return { fault: 'no number' };
  const international = text.startsWith('+') || text.startsWith('00');
  if (!international && country === null) return { fault: 'no country code' };
  const normal = text.startsWith('00') ? `+${text.slice(2)}` : text;
  const number = parsePhoneNumberFromString(normal, (country ?? undefined) as CountryCode | undefined);
  if (number === undefined || !number.isValid()) return { fault: 'not a valid number' };
  if (COSTLY.includes(number.getType() ?? '')) return { fault: 'a number that costs extra' };
  return { e164: number.number };
}

/** Every IANA zone that the number may be in, by Google's metadata; empty where it tells none. */
export class NumberZones {
  readonly #known = new Map<string, readonly string[]>();

  async of(e164: string): Promise<readonly string[]> {
    const prefix = e164.slice(0, PREFIX_CHARS);
    const known = this.#known.get(prefix);
    if (known !== undefined) return known;
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the same class, declared twice: for ESM and for CommonJS
    const zones = (await timezones(parseForZones(e164))) ?? [];
    this.#known.set(prefix, zones);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return zones;
  }
}
