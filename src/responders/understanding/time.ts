// Understands a time of day: "half past three", "3.30", "four in the afternoon", "for p.m.".
import { spokenTime } from '../../dialogue/spoken.ts';
import type { Manner, Reading } from './reading.ts';
import { resolvesHalf, timesIn, type TimeHit } from './time-words.ts';
import { takesBack, wordsOf } from './words.ts';

type SaidTime = Pick<TimeHit, 'hour' | 'minute' | 'half' | 'exact'>;

export interface OpenHours {
  /** Hours of the day, 0 to 24; `latest` itself is still possible. */
  readonly earliest: number;
  readonly latest: number;
}

/** A time without a.m. or p.m. is taken inside the open hours; one outside of them is refused with the hours. */
export function readTime(text: string, hours: OpenHours, manner: Manner = 'asked'): Reading {
  const words = wordsOf(text);
  const hits = timesIn(words).filter((hit) => manner === 'asked' || hit.strength > 1);
  const best = Math.max(0, ...hits.map((hit) => hit.strength));
  const strongest = hits.filter((hit) => hit.strength === best);
  const hit = takesBack(words) ? strongest.at(-1) : strongest[0];
  if (hit === undefined) return null;
  return resolve(resolvesHalf(words, hit), hours);
}

/** A time by the clock of 24 hours. */
export function readClock(hour: number, minute: number, hours: OpenHours): Reading {
  return resolve({ hour, minute, half: null, exact: true }, hours);
}

function resolve(hit: SaidTime, hours: OpenHours): Reading {
  const open = candidates(hit).filter((hour) => isOpen(hour, hit.minute, hours));
  const [hour] = open;
  if (hour === undefined) return { refused: refusal(hours) };
  const plain = `${String(hour).padStart(2, '0')}:${String(hit.minute).padStart(2, '0')}`;
  return { value: { kind: 'time', plain, spoken: spokenTime(hour, hit.minute) } };
}

function candidates(hit: SaidTime): number[] {
  if (hit.half === 'am') return [hit.hour === 12 ? 0 : hit.hour];
  if (hit.half === 'pm') return [hit.hour < 12 ? hit.hour + 12 : hit.hour];
  if (hit.hour === 0 || hit.hour > 12 || hit.exact) return [hit.hour];
  return hit.hour === 12 ? [12, 0] : [hit.hour, hit.hour + 12];
}

function isOpen(hour: number, minute: number, hours: OpenHours): boolean {
  const at = hour + minute / 60;
  return at >= hours.earliest && at <= hours.latest;
}

function refusal(hours: OpenHours): string {
  return `We have times from ${spokenHour(hours.earliest)} to ${spokenHour(hours.latest).replace(/\.$/, '')}.`;
}

function spokenHour(hours: number): string {
  return spokenTime(Math.floor(hours) % 24, Math.round((hours % 1) * 60));
}
