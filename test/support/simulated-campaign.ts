// A campaign of many contacts in six time zones over two weeks in which daylight saving ends, judged by its audit.
import { runSilently, type SilentRunResult } from '../../src/commands/simulate-campaign/silent-run.ts';
import type { CampaignSpec, NewContact } from '../../src/ports/campaign.ts';
import type { CampaignProgress, CampaignStore } from '../../src/ports/campaign-store.ts';
import type { Logger } from '../../src/ports/telemetry.ts';
import { judgeAudit, type AuditedRow, type AuditVerdict } from '../../src/simulator/campaign-audit.ts';
import { chanceOf } from '../../src/simulator/network/chance.ts';
import { MANY_FAULTS } from '../../src/simulator/network/faults.ts';
import { USUAL_SHARES } from '../../src/simulator/network/population.ts';
import { VirtualClock } from '../../src/simulator/network/virtual-clock.ts';
import type { Store } from '../../src/store/open.ts';
import { DAY_MS, HOUR_MS, spec } from './campaign-spec.ts';

/** Area codes and where they are; the last one's callers may be in either of two zones. */
const PLACES: readonly (readonly [string, readonly string[]])[] = [
  ['+1212', ['America/New_York']],
  ['+1312', ['America/Chicago']],
  ['+1303', ['America/Denver']],
  ['+1602', ['America/Phoenix']],
  ['+1415', ['America/Los_Angeles']],
  ['+4930', ['Europe/Berlin']],
  ['+1850', ['America/New_York', 'America/Chicago']],
];

const GROWS_FOR_DAYS = 11;
/** The clocks of the United States are set back at 02:00 local time: 06:00Z in New York, 09:00Z in Los Angeles. */
export const LONG_NIGHT = {
  from: Date.parse('2026-11-01T05:00:00Z'),
  to: Date.parse('2026-11-01T11:00:00Z'),
};

/** Monday before the Sunday on which the United States set their clocks back. */
export const START = Date.parse('2026-10-26T04:00:00Z');

export const BIG_SPEC: CampaignSpec = spec({
  name: 'two weeks',
  callsPerSecond: 5,
  maxConcurrentCalls: 40,
  window: {
    days: {
      mon: [
        { from: 9 * 60, to: 12 * 60 },
        { from: 13 * 60, to: 20 * 60 },
      ],
      tue: [{ from: 9 * 60, to: 20 * 60 }],
      wed: [{ from: 9 * 60, to: 20 * 60 }],
      thu: [{ from: 9 * 60 + 30, to: 20 * 60 + 15 }],
      fri: [{ from: 9 * 60, to: 18 * 60 }],
      // Over midnight into the Sunday on which an hour comes twice.
      sat: [{ from: 23 * 60, to: 3 * 60 }],
    },
    holidays: ['2026-11-03'],
  },
  retry: {
    busy: { afterMs: HOUR_MS / 2, most: 3 },
    'no-answer': { afterMs: 3 * HOUR_MS, most: 3 },
    voicemail: { afterMs: 4 * HOUR_MS, most: 2 },
    failed: { afterMs: HOUR_MS, most: 2 },
    dropped: { afterMs: HOUR_MS, most: 2 },
    lost: { afterMs: HOUR_MS, most: 2 },
    abandoned: { afterMs: HOUR_MS, most: 2 },
    canceled: { afterMs: HOUR_MS, most: 2 },
  },
  maxAttempts: 4,
  maxAttemptsPerDay: 2,
  maxAttemptsPerNumber: 4,
  // The network is as bad as it gets: the campaign goes on all the same.
  breaker: { attempts: 200, share: 1 },
});

export function bigContacts(count: number): readonly NewContact[] {
  return Array.from({ length: count }, (_, i) => {
    const [prefix, zones] = PLACES[i % PLACES.length] ?? ['+1212', ['America/New_York']];
    return {
      number: `${prefix}${String(2_000_000 + i)}`,
      zones,
      variables: { name: `Person ${i}` },
      // One in fifty has not agreed to be called.
      consent: i % 50 === 49 ? null : { who: `Person ${i}`, when: '2026-09-01', how: 'web form' },
      line: i + 2,
    };
  });
}

export interface BigRun {
  readonly result: SilentRunResult;
  readonly verdict: AuditVerdict;
  readonly progress: CampaignProgress;
  readonly auditRows: number;
  readonly listedMeanwhile: number;
  /** Dials around the hour that comes twice. */
  readonly dialsInLongNight: number;
  /** Contacts without consent, and how many of them ended as such or as listed. */
  readonly withoutConsent: { readonly contacts: number; readonly neverDialled: number };
}

/** `days` of simulated time at most. */
export async function runBigCampaign(
  store: Store,
  { contacts, days, seed, logger }: { contacts: number; days: number; seed: number; logger: Logger },
): Promise<BigRun> {
  const clock = new VirtualClock(START);
  const people = bigContacts(contacts);
  const { campaigns, doNotCall } = store;
  await campaigns.create('big', BIG_SPEC, START);
  // The list grows while it is worked on: there is somebody to call on each of the days, and in the night that is longer.
  const size = Math.min(500, Math.ceil(people.length / 40));
  for (let from = 0; from < people.length; from += size) {
    const dueAt = Math.round(START + (from / people.length) * GROWS_FOR_DAYS * DAY_MS);
    await campaigns.addContacts('big', people.slice(from, from + size), dueAt);
  }
  const chance = chanceOf(seed, 'listed');
  const before = people.filter(() => chance() < 0.02).map(({ number }) => number);
  for (const number of before) await doNotCall.add({ number, at: START, source: 'command', note: '' });
  const listed = people
    .filter(() => chance() < 0.02)
    .map(({ number }) => ({ number, at: Math.round(START + chance() * 3 * DAY_MS) }));
  await campaigns.setState('big', { from: ['draft'], to: 'running', reason: '', at: START });
  const result = await runSilently({
    store: campaigns,
    doNotCall,
    campaignId: 'big',
    clock,
    seed,
    shares: USUAL_SHARES,
    faults: MANY_FAULTS,
    account: { callsPerSecond: 30, maxConcurrentCalls: 100 },
    until: START + days * DAY_MS,
    listed,
    logger,
    onProgress: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
  const rows = await wholeAudit(campaigns, 'big');
  const zones = new Map(people.map((person) => [person.number, person.zones]));
  const verdict = judgeAudit({
    rules: { ...BIG_SPEC, ...BIG_SPEC.window },
    rows,
    zonesOf: (number) => zones.get(number) ?? null,
    doNotCall: [],
    stillRunning: result.campaign.state === 'running',
  });
  const progress = await campaigns.progress('big', clock.now());
  const inLongNight = rows.filter(
    ({ kind, at }) => kind === 'dial' && at >= LONG_NIGHT.from && at < LONG_NIGHT.to,
  );
  return {
    result,
    verdict,
    progress,
    auditRows: rows.length,
    listedMeanwhile: listed.length,
    dialsInLongNight: inLongNight.length,
    withoutConsent: await withoutConsent(campaigns),
  };
}

async function withoutConsent(store: CampaignStore): Promise<BigRun['withoutConsent']> {
  let contacts = 0;
  let neverDialled = 0;
  for (let line = 0; ;) {
    const page = await store.results('big', line, 5_000);
    if (page.length === 0) return { contacts, neverDialled };
    const lacking = page.filter(({ consent }) => consent === null);
    contacts += lacking.length;
    neverDialled += lacking.filter(
      ({ state, attempts }) =>
        state.kind === 'final' && ['no-consent', 'do-not-call'].includes(state.end) && attempts.length === 0,
    ).length;
    line = page.at(-1)?.line ?? line;
  }
}

export async function wholeAudit(store: CampaignStore, campaignId: string): Promise<readonly AuditedRow[]> {
  const rows: AuditedRow[] = [];
  for (;;) {
    const page = await store.audit(campaignId, rows.at(-1)?.seq ?? 0, 5_000);
    rows.push(...page);
    if (page.length < 5_000) return rows;
  }
}
