// What one reader makes of a transcript: a value, a reason why the value will not do, or nothing.
import type { CountryCode } from 'libphonenumber-js/min';
import type { SlotValue } from '../../dialogue/flow.ts';

/** Null: nothing of this kind was said. */
export type Reading = { readonly value: SlotValue } | { readonly refused: string } | null;

/** What the readers need to know beside the words. */
export interface Circumstances {
  readonly now: Date;
  /** IANA time zone in which days are reckoned. */
  readonly timezone: string;
  readonly country: CountryCode;
}

/**
 * How freely a value is read. `asked`: the question was just this, so one word may be enough. `passing`: the value may
 * stand anywhere in a sentence about something else, so it must be recognizable by itself.
 */
export type Manner = 'asked' | 'passing';
