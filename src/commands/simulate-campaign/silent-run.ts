// A whole campaign in simulated time, without audio: the real dialler and the real store on a network that hurries.
import { AttemptDesk } from '../../campaign/attempt-desk.ts';
import { CampaignCalls } from '../../campaign/campaign-calls.ts';
import { Dialler } from '../../campaign/dialler.ts';
import type { DialLimits } from '../../campaign/pacing.ts';
import { Reconciler } from '../../campaign/reconciler.ts';
import type { Campaign } from '../../ports/campaign.ts';
import type { CampaignStore } from '../../ports/campaign-store.ts';
import type { DoNotCallList } from '../../ports/do-not-call.ts';
import { NO_METER, type Logger } from '../../ports/telemetry.ts';
import { chanceOf } from '../../simulator/network/chance.ts';
import { FaultLottery, type NetworkFaults } from '../../simulator/network/faults.ts';
import { PhoneSystem } from '../../simulator/network/phone-system.ts';
import { calleeAt, type PopulationShares } from '../../simulator/network/population.ts';
import type { VirtualClock } from '../../simulator/network/virtual-clock.ts';
import { networkControl } from './network-control.ts';
import { SilentTalks } from './silent-talks.ts';

export interface SilentRunOptions {
  readonly store: CampaignStore;
  readonly doNotCall: DoNotCallList;
  readonly campaignId: string;
  readonly clock: VirtualClock;
  readonly seed: number;
  readonly shares: PopulationShares;
  readonly faults: NetworkFaults;
  readonly account: DialLimits;
  /** Simulated time at which the run ends in any case. */
  readonly until: number;
  /** Numbers that are put on the do-not-call list while the campaign runs, and when. */
  readonly listed: readonly { readonly number: string; readonly at: number }[];
  readonly logger: Logger;
  /** Now and then, with the simulated time; may wait for the real time to come. */
  readonly onProgress: (now: number) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface SilentRunResult {
  readonly campaign: Campaign;
  readonly calls: number;
  /** Simulated milliseconds. */
  readonly simulatedMs: number;
}

const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
const ORIGIN = 'https://parley.example';
/** There are no other processes whose doings must be looked for. */
const LONGEST_SLEEP_MS = 3_600_000;

/** Runs the campaign, which is running already, until it has finished or stopped. */
export async function runSilently(options: SilentRunOptions): Promise<SilentRunResult> {
  const { store, doNotCall, campaignId, clock, seed, shares, logger, signal, until, onProgress } = options;
  const startedAt = clock.now();
  const faults = new FaultLottery(options.faults, seed);
  const chance = chanceOf(seed, 'network');
  const hex = (): string => Math.floor(chance() * 16).toString(16);
  const parts: { system?: PhoneSystem; dialler?: Dialler } = {};
  const desk = new AttemptDesk({
    store,
    clock,
    logger,
    meter: NO_METER,
    onEnded: (attempt) => {
      parts.dialler?.wake(attempt.campaignId);
    },
  });
  const calls = new CampaignCalls({ store, desk, clock, logger });
  const talks = new SilentTalks({ seed, clock, calls, doNotCall, system: () => known(parts.system) });
  const system = new PhoneSystem({
    clock,
    accountSid: ACCOUNT_SID,
    callsPerSecond: options.account.callsPerSecond,
    callee: (number, nth) => calleeAt(seed, shares, number, nth),
    faults,
    newSid: () => Array.from({ length: 32 }, hex).join(''),
    deliver: (callback) => {
      talks.deliver(callback);
    },
    onAnswered: (call, callee) => {
      talks.answered(call, callee);
    },
  });
  parts.system = system;
  const control = networkControl(system, faults);
  const dialler = new Dialler({
    store,
    control,
    desk,
    clock,
    addressesOf: (id) => ({
      answerUrl: `${ORIGIN}/twilio/voice?attempt=${id}`,
      statusUrl: `${ORIGIN}/twilio/status?attempt=${id}`,
      amdUrl: `${ORIGIN}/twilio/amd?attempt=${id}`,
      recordingUrl: `${ORIGIN}/twilio/recording?attempt=${id}`,
    }),
    account: options.account,
    room: () => Infinity,
    pollMs: { campaigns: LONGEST_SLEEP_MS, slots: LONGEST_SLEEP_MS },
    random: chance,
    logger,
    meter: NO_METER,
  });
  parts.dialler = dialler;
  const reconciler = new Reconciler({
    store,
    control,
    desk,
    clock,
    longestSleepMs: LONGEST_SLEEP_MS,
    logger,
  });
  const listing: Promise<void>[] = [];
  for (const { number, at } of options.listed) {
    clock.at(at, () => {
      listing.push(doNotCall.add({ number, at, source: 'command', note: '' }));
    });
  }
  const settle = async (): Promise<void> => {
    do {
      await Promise.all(listing.splice(0));
      await dialler.idle();
      await talks.idle();
      await reconciler.idle();
    } while (!talks.isIdle || listing.length > 0);
    await dialler.idle();
  };
  dialler.start();
  reconciler.start();
  let campaign = known(await store.find(campaignId));
  campaign = await settled();
  while (campaign.state === 'running' && !signal.aborted) {
    const next = clock.nextAt();
    if (next === null || next >= until) break;
    clock.step();
    campaign = await settled();
    await onProgress(clock.now());
  }
  await dialler.stop();
  await reconciler.stop();
  return { campaign, calls: system.calls.length, simulatedMs: clock.now() - startedAt };

  async function settled(): Promise<Campaign> {
    await settle();
    // Asking the store at every step would take most of the time; only a dialler that sleeps for good has changed it.
    if (dialler.isDialling(campaignId)) return known(campaign);
    return known(await store.find(campaignId));
  }
}

function known<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('not there yet');
  return value;
}
