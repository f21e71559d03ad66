// How many calls may begin now: calls per second and calls at a time, of the campaign and of the account. Pure.
import type { DialLoad } from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';

export interface DialLimits {
  /** 0.1 to 100. */
  readonly callsPerSecond: number;
  readonly maxConcurrentCalls: number;
}

export interface Allowance {
  readonly count: number;
  /** When more may begin; null where a call must end first. */
  readonly at: EpochMs | null;
}

/**
 * Never more calls in any one second than the rate says, and below one a second never more than one in its interval.
 * `room` is how many calls the server itself would take.
 */
export function allowedDials(
  load: DialLoad,
  limits: { readonly campaign: DialLimits; readonly account: DialLimits; readonly room: number },
  now: EpochMs,
): Allowance {
  const { campaign, account, room } = limits;
  const free = Math.min(
    room,
    campaign.maxConcurrentCalls - load.openInCampaign,
    account.maxConcurrentCalls - load.openInAll,
  );
  if (free <= 0) return { count: 0, at: null };
  const rates = [
    withinRate(load.recentInCampaign, campaign.callsPerSecond, now),
    withinRate(load.recentInAll, account.callsPerSecond, now),
  ];
  const count = Math.min(free, ...rates.map((rate) => rate.count));
  // The slower of the two says when it is worth asking again.
  return { count, at: Math.max(...rates.map((rate) => rate.at)) };
}

function withinRate(
  dials: readonly EpochMs[],
  callsPerSecond: number,
  now: EpochMs,
): { readonly count: number; readonly at: EpochMs } {
  const most = Math.max(1, Math.floor(callsPerSecond));
  const intervalMs = callsPerSecond >= 1 ? 1_000 : Math.ceil(1_000 / callsPerSecond);
  const recent = dials.filter((at) => now - at < intervalMs);
  const [oldest] = recent;
  const count = Math.max(0, most - recent.length);
  return { count, at: oldest === undefined || count > 0 ? now + intervalMs : oldest + intervalMs };
}
