// When somebody may be called: by the clock on the wall wherever they may be. Pure.
import { IANAZone } from 'luxon';
import { WEEKDAYS, type CallingWindow, type Weekday } from '../ports/campaign.ts';
import type { EpochMs } from '../ports/clock.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MINUTES_A_DAY = 1_440;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 3;
/** A window with a weekly opening opens well within this; beyond it holidays have closed every day. */
const LONGEST_WAIT_MS = 400 * DAY_MS;

/** Whether the wall clock is inside the window in every one of the zones. False without any zone. */
export function isOpen(window: CallingWindow, zones: readonly string[], at: EpochMs): boolean {
  return zones.length > 0 && zones.every((zone) => isOpenIn(window, zone, at));
}

/**
 * The first moment from `at` on at which the window is open in every zone, to the minute; null if there is none within 400
 * days. A window that begins in the hour that spring leaves out opens at the end of that hour; of the hour that autumn
 * repeats, both readings of the clock count.
 */
export function nextOpening(window: CallingWindow, zones: readonly string[], at: EpochMs): EpochMs | null {
  if (zones.length === 0) return null;
  let time = at;
  while (time - at <= LONGEST_WAIT_MS) {
    const moment = time;
    const closed = zones.filter((zone) => !isOpenIn(window, zone, moment));
    if (closed.length === 0) return time;
    time = Math.max(...closed.map((zone) => nextChange(window, zone, moment)));
  }
  return null;
}

/** Local time as if it were UTC. */
const localOf = (zone: string, at: EpochMs): EpochMs => at + IANAZone.create(zone).offset(at) * MINUTE_MS;

function isOpenIn({ days, holidays }: CallingWindow, zone: string, at: EpochMs): boolean {
  const local = localOf(zone, at);
  const midnight = Math.floor(local / DAY_MS) * DAY_MS;
  if (holidays.includes(dateOf(midnight))) return false;
  const minute = (local - midnight) / MINUTE_MS;
  const today = days[weekdayOf(midnight)] ?? [];
  if (today.some(({ from, to }) => minute >= from && minute < (to <= from ? MINUTES_A_DAY : to))) return true;
  const eve = midnight - DAY_MS;
  // A window of a holiday's evening never began.
  if (holidays.includes(dateOf(eve))) return false;
  return (days[weekdayOf(eve)] ?? []).some(({ from, to }) => to <= from && minute < to);
}

/** When the zone's wall clock next reaches the start of a span or midnight, or jumps. */
function nextChange({ days }: CallingWindow, zone: string, at: EpochMs): EpochMs {
  const offset = IANAZone.create(zone).offset(at);
  const local = localOf(zone, at);
  const midnight = Math.floor(local / DAY_MS) * DAY_MS;
  const starts = (days[weekdayOf(midnight)] ?? []).map(({ from }) => midnight + from * MINUTE_MS);
  const next = Math.min(...starts.filter((start) => start > local), midnight + DAY_MS);
  const change = next - offset * MINUTE_MS;
  return IANAZone.create(zone).offset(change) === offset ? change : jumpBetween(zone, at, change);
}

/** The minute at which the zone's offset from UTC changes: it is another one at `to` than at `from`. */
function jumpBetween(zone: string, from: EpochMs, to: EpochMs): EpochMs {
  const offset = (at: EpochMs): number => IANAZone.create(zone).offset(at);
  const before = offset(from);
  let low = Math.floor(from / MINUTE_MS);
  let high = Math.ceil(to / MINUTE_MS);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle * MINUTE_MS) === before) low = middle;
    else high = middle;
  }
  return high * MINUTE_MS;
}

const dateOf = (midnight: EpochMs): string => new Date(midnight).toISOString().slice(0, 10);

function weekdayOf(midnight: EpochMs): Weekday {
  const day = (Math.floor(midnight / DAY_MS) + FIRST_WEEKDAY) % WEEKDAYS.length;
  return WEEKDAYS[day] ?? 'mon';
}
