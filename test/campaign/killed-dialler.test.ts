// A dialler that is killed again and again, and two that share a campaign: nobody is called twice, nobody forgotten.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CampaignSpec } from '../../src/ports/campaign.ts';
import type { Attempt, CampaignStore, ContactResult } from '../../src/ports/campaign-store.ts';
import { chanceOf } from '../../src/simulator/network/chance.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { spec } from '../support/campaign-spec.ts';
import {
  freePort,
  startDialler,
  startLiveNetwork,
  type DiallerProcess,
  type LiveNetwork,
} from '../support/dialler-process.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { RecordingLogger, RecordingMeter } from '../support/recorded-telemetry.ts';
import { wholeAudit } from '../support/simulated-campaign.ts';
import { OWN_NUMBER } from '../support/test-network.ts';

const CONTACTS = 500;
const KILLS = 20;
const RATE = 30;
const AT_ONCE = 40;
const ALWAYS = [{ from: 0, to: 1_440 }];

const BUSY_DAY: CampaignSpec = spec({
  name: 'busy day',
  callerId: OWN_NUMBER,
  callsPerSecond: RATE,
  maxConcurrentCalls: AT_ONCE,
  window: {
    days: { mon: ALWAYS, tue: ALWAYS, wed: ALWAYS, thu: ALWAYS, fri: ALWAYS, sat: ALWAYS, sun: ALWAYS },
    holidays: [],
  },
  retry: { busy: { afterMs: 1_000, most: 2 } },
  ringTimeoutS: 1,
  maxAttempts: 3,
  // The calls are real, and nobody speaks in them.
  breaker: { attempts: 1_000, share: 1 },
  consent: { kind: 'exempt', rule: 'test' },
});

describe.each(['embedded', ...(hasPostgres() ? ['Postgres'] : [])])('a dialler on %s', (kind) => {
  let server: TestPostgres | null = null;
  let network: LiveNetwork;
  let dataDir = '';
  let port = 0;
  const diallers: DiallerProcess[] = [];

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'parley-killed-'));
    server = kind === 'Postgres' ? await startPostgres() : null;
    network = await startLiveNetwork(11);
    port = await freePort();
  }, 60_000);
  afterEach(async () => {
    for (const dialler of diallers.splice(0)) dialler.child.kill('SIGKILL');
    await network.close();
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const open = (): Promise<Store> =>
    openStore({
      databaseUrl: server?.url ?? null,
      dataDir,
      clock: new ManualClock(),
      logger: new RecordingLogger(),
      meter: new RecordingMeter(),
    });

  function dialler(ownPort = port): DiallerProcess {
    const started = startDialler({
      databaseUrl: server?.url ?? null,
      dataDir,
      port: ownPort,
      network: network.url,
      limits: { callsPerSecond: RATE, maxConcurrentCalls: AT_ONCE },
    });
    diallers.push(started);
    return started;
  }

  async function begin(count: number): Promise<void> {
    const store = await open();
    const now = Date.now();
    await store.campaigns.create('k1', BUSY_DAY, now);
    const people = Array.from({ length: count }, (_, i) => ({
      number: `+1212${5_550_000 + i}`,
      zones: ['America/New_York'],
      variables: {},
      consent: null,
      line: i + 2,
    }));
    await store.campaigns.addContacts('k1', people, now);
    await store.campaigns.setState('k1', { from: ['draft'], to: 'running', reason: '', at: now });
    await store.close();
  }

  it('calls everybody, and nobody twice for one attempt, though it is killed 20 times', async () => {
    await begin(CONTACTS);
    const chance = chanceOf(5, kind);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const running = dialler();
      await running.said('ready');
      // Killed at any moment: between the decision, the request, its answer and the callbacks.
      await delay(100 + 1_000 * chance());
      await running.end('SIGKILL');
    }
    const last = dialler();
    await last.said('campaign finished');
    await last.end('SIGTERM');
    expect(last.errors).toEqual([]);
    await expectOnce(CONTACTS);
  }, 400_000);

  // The embedded database's folder is one process's alone.
  if (kind === 'Postgres') {
    it('shares a campaign with another one', async () => {
      await begin(200);
      const [first, second] = [dialler(), dialler(await freePort())];
      await Promise.race([first.said('campaign finished'), second.said('campaign finished')]);
      await Promise.all([first.end('SIGTERM'), second.end('SIGTERM')]);
      expect([...first.errors, ...second.errors]).toEqual([]);
      await expectOnce(200);
      const dialledBy = new Set(network.system.calls.map(({ request }) => new URL(request.url).port));
      expect(dialledBy.size).toBe(2);
    }, 120_000);
  }

  /** Judged from the network's side: what it was asked for, beside what the store says of it. */
  async function expectOnce(contacts: number): Promise<void> {
    const store = await open();
    try {
      const { campaigns } = store;
      const results = await allResults(campaigns);
      const attempts = results.flatMap((result) => result.attempts);
      const callsOf = new Map<string, number>();
      for (const { request } of network.system.calls) {
        const id = new URL(request.url).searchParams.get('attempt') ?? '';
        callsOf.set(id, (callsOf.get(id) ?? 0) + 1);
      }
      expect(results).toHaveLength(contacts);
      expect(results.filter(({ state }) => state.kind !== 'final')).toEqual([]);
      expect([...callsOf.values()].filter((count) => count !== 1)).toEqual([]);
      // Every call belongs to an attempt, and every attempt that says so has its call.
      const known = new Set(attempts.map(({ id }) => id));
      expect([...callsOf.keys()].filter((id) => !known.has(id))).toEqual([]);
      expect(attempts.filter((attempt) => wasPlaced(attempt) !== callsOf.has(attempt.id))).toEqual([]);
      expect(await campaigns.nextExpiry()).toBeNull();
      expectLimits(await wholeAudit(campaigns, 'k1'));
      console.info(
        `${kind}: ${contacts} contacts, ${attempts.length} attempts, ${network.system.calls.length} calls`,
      );
    } finally {
      await store.close();
    }
  }
});

const wasPlaced = ({ progress }: Attempt): boolean =>
  progress.kind !== 'reserved' && progress.callSid !== null;

async function allResults(store: CampaignStore): Promise<readonly ContactResult[]> {
  const results: ContactResult[] = [];
  for (;;) {
    const page = await store.results('k1', results.at(-1)?.line ?? 0, 500);
    results.push(...page);
    if (page.length < 500) return results;
  }
}

function expectLimits(rows: Awaited<ReturnType<typeof wholeAudit>>): void {
  const dials = rows.filter(({ kind }) => kind === 'dial');
  const tooFast = dials.filter((dial, i) => {
    const earlier = dials[i - RATE];
    return earlier !== undefined && dial.at - earlier.at < 1_000;
  });
  expect(tooFast).toEqual([]);
  let open = 0;
  let most = 0;
  for (const { kind } of rows) {
    if (kind === 'dial') open += 1;
    if (kind === 'ended') open -= 1;
    most = Math.max(most, open);
  }
  expect(open).toBe(0);
  expect(most).toBeLessThanOrEqual(AT_ONCE);
}
