// The campaign store: the same promises on the embedded database and on a Postgres server.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewContact } from '../../src/ports/campaign.ts';
import type { CampaignStore, Claim, ClaimRequest } from '../../src/ports/campaign-store.ts';
import { openMemoryStore, openStore, type Store } from '../../src/store/open.ts';
import { MONDAY, spec } from '../support/campaign-spec.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { RecordingLogger, RecordingMeter } from '../support/recorded-telemetry.ts';

const number = (i: number): string => `+1212555${String(1_000 + i)}`;
const person = (i: number, changes: Partial<NewContact> = {}): NewContact => ({
  number: number(i),
  zones: ['America/New_York'],
  variables: { name: `Anna ${i}` },
  consent: { who: 'Anna', when: '2026-01-02', how: 'form' },
  line: i + 2,
  ...changes,
});
const people = (count: number): readonly NewContact[] => Array.from({ length: count }, (_, i) => person(i));

let campaigns = 0;

async function running(store: CampaignStore, count: number): Promise<string> {
  campaigns += 1;
  const id = `k${campaigns}`;
  await store.create(
    id,
    spec({ name: `campaign ${campaigns}`, variables: { place: 'here', name: 'you' } }),
    MONDAY,
  );
  if (count > 0) await store.addContacts(id, people(count), MONDAY);
  await store.setState(id, { from: ['draft'], to: 'running', reason: '', at: MONDAY });
  return id;
}

function claiming(
  store: CampaignStore,
  campaignId: string,
  changes: Partial<ClaimRequest> = {},
): Promise<Claim> {
  return store.claim({
    campaignId,
    now: MONDAY,
    leaseUntil: MONDAY + 30_000,
    look: 100,
    allowed: () => ({ count: 100, at: MONDAY + 1_000 }),
    decide: () => ({ kind: 'dial' }),
    ...changes,
  });
}

const end = (
  store: CampaignStore,
  attemptId: string,
  outcome: 'busy' | 'not-placed' | 'completed',
  at = MONDAY + 5_000,
) =>
  store.update(attemptId, at, () => ({
    progress: { kind: 'ended', callSid: null, outcome },
    contact:
      outcome === 'completed'
        ? { kind: 'final', end: outcome, at }
        : { kind: 'scheduled', at: at + 1, reason: outcome },
    reason: outcome,
  }));

const databases = ['embedded', ...(hasPostgres() ? ['Postgres'] : [])];

describe.each(databases)('the campaign store on %s', (kind) => {
  let server: TestPostgres | null = null;
  let store: Store;
  let second: Store | null = null;
  const logger = new RecordingLogger();
  const clock = new ManualClock();
  const open = (): Promise<Store> =>
    server === null
      ? openMemoryStore(clock, logger)
      : openStore({ databaseUrl: server.url, dataDir: 'none', clock, logger, meter: new RecordingMeter() });

  beforeAll(async () => {
    if (kind === 'Postgres') server = await startPostgres();
    store = await open();
  }, 60_000);
  afterEach(async () => {
    await second?.close();
    second = null;
  });
  afterAll(async () => {
    await store.close();
    await server?.stop();
  });

  it('makes campaigns, finds them by id and name, and takes a name once', async () => {
    const id = await running(store.campaigns, 0);
    const made = await store.campaigns.find(id);
    expect(made).toMatchObject({ id, state: 'running', startedAt: MONDAY, endedAt: null });
    expect(await store.campaigns.find(made?.spec.name ?? '')).toEqual(made);
    expect(await store.campaigns.find('nothing')).toBeNull();
    expect((await store.campaigns.list()).map((campaign) => campaign.id)).toContain(id);
    await expect(
      store.campaigns.create('other', spec({ name: made?.spec.name ?? '' }), MONDAY),
    ).rejects.toMatchObject({
      code: 'name-taken',
    });
  });

  it('keeps where an attempt was recorded, and names everything that was collected in a campaign', async () => {
    const id = await running(store.campaigns, 0);
    await store.campaigns.addContacts(
      id,
      [person(5_000, { variables: { name: 'Anna', city: 'Bonn' } })],
      MONDAY,
    );
    const claimed = await claiming(store.campaigns, id);
    const attempt = claimed.attempts[0]!;
    await store.campaigns.update(attempt.id, MONDAY, () => ({
      progress: { kind: 'ended', callSid: 'CA1', outcome: 'completed' },
      contact: { kind: 'final', end: 'completed', at: MONDAY },
      collected: { day: 'friday' },
      reason: 'completed',
    }));
    await store.campaigns.noteRecording(attempt.id, 'https://r.example/RE1');
    await store.campaigns.noteRecording('nobody', 'https://r.example/RE2');
    const [result] = await store.campaigns.results(id, 0, 10);
    expect(result?.attempts[0]).toMatchObject({
      recording: 'https://r.example/RE1',
      collected: { day: 'friday' },
    });
    expect(await store.campaigns.resultColumns(id)).toEqual({
      answers: ['day'],
      variables: ['city', 'name'],
    });
    expect(await store.campaigns.resultColumns('nothing')).toEqual({ answers: [], variables: [] });
  });

  it('keeps callbacks until they are made', async () => {
    const request = { callSid: 'CA1', number: '+12125550101', agent: 'desk', note: 'lamp' };
    const later = await store.callbacks.add({ ...request, at: MONDAY + 2 }, MONDAY);
    const sooner = await store.callbacks.add({ ...request, at: MONDAY + 1 }, MONDAY);
    const taken = await store.callbacks.add({ ...request, at: MONDAY }, MONDAY);
    expect(await store.callbacks.remove(taken)).toBe(true);
    expect(await store.callbacks.remove(taken)).toBe(false);
    expect((await store.callbacks.open(10)).map(({ id }) => id)).toEqual([sooner, later]);
    expect(await store.callbacks.done(sooner, MONDAY)).toBe(true);
    expect(await store.callbacks.done(sooner, MONDAY)).toBe(false);
    expect(await store.callbacks.open(10)).toEqual([
      { id: later, ...request, at: MONDAY + 2, createdAt: MONDAY, doneAt: null },
    ]);
  });

  it('lists many numbers at once, each of them once', async () => {
    const entries = ['+12125559001', '+12125559002'].map((number) => ({
      number,
      at: MONDAY,
      source: 'api',
      note: 'x',
    }));
    expect(await store.doNotCall.addAll(entries)).toBe(2);
    expect(await store.doNotCall.addAll([...entries, { ...entries[0]!, number: '+12125559003' }])).toBe(1);
    expect(await store.doNotCall.addAll([])).toBe(0);
    expect(await store.doNotCall.find('+12125559003')).toMatchObject({ source: 'api' });
  });

  it('changes a state from where it is expected only', async () => {
    const id = await running(store.campaigns, 1);
    const pause = { from: ['running'], to: 'paused', reason: 'lunch', at: MONDAY } as const;
    expect(await store.campaigns.setState(id, pause)).toMatchObject({ state: 'paused', reason: 'lunch' });
    expect(await store.campaigns.setState(id, pause)).toBeNull();
    expect((await claiming(store.campaigns, id)).attempts).toEqual([]);
    await store.campaigns.setState(id, { from: ['paused'], to: 'cancelled', reason: '', at: MONDAY + 1 });
    const [result] = await store.campaigns.results(id, 0, 10);
    expect(result?.state).toEqual({ kind: 'final', end: 'campaign-ended', at: MONDAY + 1 });
  });

  it('takes a number once per campaign', async () => {
    const id = await running(store.campaigns, 3);
    expect(await store.campaigns.addContacts(id, people(5), MONDAY)).toBe(2);
    expect(await store.campaigns.progress(id, MONDAY)).toMatchObject({ contacts: 5, scheduled: 5 });
  });

  it('writes the attempt with the values of campaign and contact, the contact’s first', async () => {
    const id = await running(store.campaigns, 2);
    const { attempts, decided } = await claiming(store.campaigns, id);
    expect(decided).toBe(2);
    expect(attempts).toMatchObject([
      {
        campaignId: id,
        number: number(0),
        ordinal: 1,
        dialledAt: MONDAY,
        progress: { kind: 'reserved' },
        variables: { place: 'here', name: 'Anna 0' },
      },
      { number: number(1) },
    ]);
    expect(attempts[0]?.id).toMatch(/^[\w-]{22}$/);
    for (const { id: attemptId } of attempts) await end(store.campaigns, attemptId, 'completed');
  });

  it('dials no more than is allowed and leaves the others untouched', async () => {
    const id = await running(store.campaigns, 5);
    const allowed = () => ({ count: 2, at: MONDAY + 1_000 });
    const first = await claiming(store.campaigns, id, { allowed });
    expect(first).toMatchObject({ decided: 2, nextAt: MONDAY + 1_000, exhausted: false });
    const none = await claiming(store.campaigns, id, { allowed: () => ({ count: 0, at: null }) });
    expect(none).toEqual({ attempts: [], decided: 0, nextAt: null, exhausted: false });
    for (const { id: attemptId } of first.attempts) await end(store.campaigns, attemptId, 'completed');
    const rest = await claiming(store.campaigns, id);
    expect(rest.attempts).toHaveLength(3);
    for (const { id: attemptId } of rest.attempts) await end(store.campaigns, attemptId, 'completed');
    expect(await claiming(store.campaigns, id)).toMatchObject({ decided: 0, nextAt: null, exhausted: true });
  });

  it('shows each decision what it must rest on', async () => {
    const id = await running(store.campaigns, 0);
    await store.campaigns.addContacts(id, [person(50), person(51, { consent: null, zones: [] })], MONDAY);
    await store.doNotCall.add({ number: number(51), at: MONDAY, source: 'command', note: '' });
    const facts: unknown[] = [];
    const decide: ClaimRequest['decide'] = (contact) => {
      facts.push(contact);
      return contact.onDoNotCall ? { kind: 'never', end: 'do-not-call' } : { kind: 'dial' };
    };
    const [attempt] = (await claiming(store.campaigns, id, { decide })).attempts;
    expect(facts).toMatchObject([
      {
        number: number(50),
        onDoNotCall: false,
        attempts: 0,
        recentDials: [],
        dialsInAll: 0,
        beingDialled: false,
      },
      { number: number(51), onDoNotCall: true, consent: null, zones: [] },
    ]);
    // The same number in another campaign, while the first one's call is open.
    const other = await running(store.campaigns, 0);
    await store.campaigns.addContacts(other, [person(50)], MONDAY);
    facts.length = 0;
    const later: ClaimRequest['decide'] = (contact) => {
      facts.push(contact);
      return { kind: 'later', at: MONDAY + 60_000, reason: 'number-in-a-call' };
    };
    expect(await claiming(store.campaigns, other, { decide: later })).toMatchObject({
      nextAt: MONDAY + 60_000,
    });
    expect(facts).toMatchObject([{ beingDialled: true, attempts: 0, dialsInAll: 1, recentDials: [MONDAY] }]);
    await end(store.campaigns, attempt?.id ?? '', 'busy');
  });

  it('counts an attempt that the network never took for nothing', async () => {
    const id = await running(store.campaigns, 0);
    await store.campaigns.addContacts(id, [person(60)], MONDAY);
    const [first] = (await claiming(store.campaigns, id)).attempts;
    await end(store.campaigns, first?.id ?? '', 'not-placed');
    let attempts = -1;
    const decide: ClaimRequest['decide'] = (contact) => {
      attempts = contact.attempts + contact.dialsInAll + contact.recentDials.length;
      return { kind: 'dial' };
    };
    const [again] = (await claiming(store.campaigns, id, { decide, now: MONDAY + 10_000 })).attempts;
    expect(attempts).toBe(0);
    expect(again).toMatchObject({ ordinal: 2 });
    await end(store.campaigns, again?.id ?? '', 'completed', MONDAY + 20_000);
  });

  it('lets an attempt end once, with the state of its contact', async () => {
    const id = await running(store.campaigns, 0);
    await store.campaigns.addContacts(id, [person(70)], MONDAY);
    const [attempt] = (await claiming(store.campaigns, id)).attempts;
    const attemptId = attempt?.id ?? '';
    await expect(
      store.campaigns.update(attemptId, MONDAY, () => ({
        progress: { kind: 'ended', callSid: null, outcome: 'busy' },
        reason: 'busy',
      })),
    ).rejects.toThrow('when, and only when');
    await end(store.campaigns, attemptId, 'busy');
    const late = await store.campaigns.update(attemptId, MONDAY + 9_000, ({ attempt: { progress } }) => ({
      progress,
      collected: { day: 'Friday' },
      result: 'moved',
      reason: 'late',
    }));
    expect(late).toMatchObject({ collected: { day: 'Friday' }, result: 'moved', endedAt: MONDAY + 5_000 });
    await expect(
      store.campaigns.update(attemptId, MONDAY, () => ({ progress: { kind: 'reserved' }, reason: 'no' })),
    ).rejects.toThrow('stays so');
    expect(await store.campaigns.update('unknown', MONDAY, () => null)).toBeNull();
    const [again] = (await claiming(store.campaigns, id, { now: MONDAY + 10_000 })).attempts;
    expect((await store.campaigns.attempt(again?.id ?? ''))?.history).toEqual(['busy']);
    expect(await store.campaigns.lastOutcomes(id, 5)).toEqual(['busy']);
    await end(store.campaigns, again?.id ?? '', 'completed', MONDAY + 20_000);
  });

  it('finds attempts whose lease has run out', async () => {
    const id = await running(store.campaigns, 0);
    await store.campaigns.addContacts(id, [person(80)], MONDAY);
    const [attempt] = (await claiming(store.campaigns, id)).attempts;
    expect(await store.campaigns.expired(MONDAY + 29_999, 10)).toEqual([]);
    expect(await store.campaigns.expired(MONDAY + 30_000, 10)).toMatchObject([{ id: attempt?.id }]);
    await end(store.campaigns, attempt?.id ?? '', 'completed');
    expect(await store.campaigns.expired(MONDAY + 30_000, 10)).toEqual([]);
  });

  it('keeps an audit of every decision that nobody can change', async () => {
    const id = await running(store.campaigns, 0);
    await store.campaigns.addContacts(id, [person(90), person(91)], MONDAY);
    const decide: ClaimRequest['decide'] = ({ number: to }) =>
      to === number(90) ? { kind: 'dial' } : { kind: 'never', end: 'no-consent' };
    const [attempt] = (await claiming(store.campaigns, id, { decide })).attempts;
    await end(store.campaigns, attempt?.id ?? '', 'busy');
    const rows = (await store.campaigns.audit(id, 0, 1_000)).filter((row) => row.campaignId === id);
    expect(rows.map(({ kind: what, reason }) => `${what} ${reason}`)).toEqual([
      'campaign created',
      'campaign running',
      'dial allowed',
      'not-dialled no-consent',
      'ended busy',
    ]);
    expect(rows[2]?.facts).toMatchObject({
      zones: ['America/New_York'],
      consent: { who: 'Anna' },
      ordinal: 1,
    });
    expect(rows[4]).toMatchObject({ attemptId: attempt?.id, facts: { outcome: 'busy' } });
  });

  it('tells progress, results and rejected rows', async () => {
    const id = await running(store.campaigns, 0);
    await store.campaigns.addContacts(id, [person(100), person(101), person(102)], MONDAY);
    await store.campaigns.addRejected(id, [{ line: 7, reason: 'no number', text: 'x,y' }]);
    const allowed = () => ({ count: 2, at: null });
    const [first] = (await claiming(store.campaigns, id, { allowed })).attempts;
    await end(store.campaigns, first?.id ?? '', 'completed');
    expect(await store.campaigns.progress(id, MONDAY + 10_000)).toEqual({
      contacts: 3,
      scheduled: 1,
      dialling: 1,
      ends: { completed: 1 },
      outcomes: { completed: 1 },
      attempts: 2,
      answered: 1,
      dialsLastMinute: 2,
      rejectedRows: 1,
      nextAt: MONDAY,
    });
    const results = await store.campaigns.results(id, 0, 10);
    expect(results.map(({ line, state }) => [line, state.kind])).toEqual([
      [102, 'final'],
      [103, 'dialling'],
      [104, 'scheduled'],
    ]);
    expect(results[0]?.attempts).toMatchObject([{ ordinal: 1, endedAt: MONDAY + 5_000 }]);
    expect(await store.campaigns.rejected(id, 0, 10)).toEqual([
      { line: 7, reason: 'no number', text: 'x,y' },
    ]);
    const [, open] = results;
    await end(store.campaigns, open?.attempts[0]?.id ?? '', 'completed');
  });

  it('lists numbers that are never called, page by page', async () => {
    const listed = [700, 701, 702].map((i) => ({
      number: number(i),
      at: MONDAY,
      source: 'import:x',
      note: 'n',
    }));
    for (const entry of listed) await store.doNotCall.add(entry);
    await store.doNotCall.add({ number: number(700), at: MONDAY + 5, source: 'again', note: '' });
    expect(await store.doNotCall.find(number(700))).toEqual(listed[0]);
    expect(await store.doNotCall.page(number(700), 2)).toEqual(listed.slice(1));
    expect(await store.doNotCall.remove(number(701), MONDAY, 'command')).toBe(true);
    expect(await store.doNotCall.remove(number(701), MONDAY, 'command')).toBe(false);
    expect(await store.doNotCall.find(number(701))).toBeNull();
  });

  it('never gives more than is allowed to several who claim at once', async () => {
    const id = await running(store.campaigns, 0);
    const batch = Array.from({ length: 60 }, (_, i) => person(200 + i));
    await store.campaigns.addContacts(id, batch, MONDAY);
    second = kind === 'Postgres' ? await open() : null;
    const stores = [store.campaigns, second?.campaigns ?? store.campaigns];
    const most = 7;
    const allowed: ClaimRequest['allowed'] = ({ openInCampaign }) => ({
      count: most - openInCampaign,
      at: null,
    });
    const seen = new Set<string>();
    let open_ = 0;
    await Promise.all(
      Array.from({ length: 8 }, async (_, worker) => {
        const own = stores[worker % 2] ?? store.campaigns;
        for (let round = 0; round < 500 && seen.size < 60; round += 1) {
          const { attempts } = await claiming(own, id, { allowed, look: 3 });
          open_ += attempts.length;
          expect(open_).toBeLessThanOrEqual(most);
          for (const attempt of attempts) {
            expect(seen.has(attempt.number)).toBe(false);
            seen.add(attempt.number);
            open_ -= 1;
            await end(own, attempt.id, 'completed');
          }
        }
      }),
    );
    expect(seen.size).toBe(60);
  });

  it('writes calls and turns as they happen', async () => {
    const turn = { heard: 'Hello?', replied: 'Hello.', stagesMs: null, bargedIn: false };
    store.archive.begin({
      callSid: 'CA1',
      agent: 'front-desk',
      direction: 'inbound',
      from: number(1),
      to: number(2),
      startedAt: '2026-11-23T18:00:00.000Z',
    });
    store.archive.turn('CA1', 1, turn);
    await store.flush();
    expect(await store.pastCalls.find('CA1')).toMatchObject({
      outcome: 'failed',
      endedAt: null,
      turns: [turn],
    });
    store.archive.end({
      callSid: 'CA1',
      agent: 'front-desk',
      direction: 'inbound',
      startedAt: '2026-11-23T18:00:00.000Z',
      endedAt: '2026-11-23T18:01:00.000Z',
      state: 'ended',
      outcome: 'completed',
      result: 'booked',
      collected: { day: 'Friday' },
      counters: { vadResets: 1 },
      turns: [turn],
    });
    await store.flush();
    expect(await store.pastCalls.find('CA1')).toMatchObject({ outcome: 'completed', result: 'booked' });
    expect(await store.pastCalls.find('CA2')).toBeNull();
  });

  beforeEach(() => {
    logger.lines.length = 0;
  });
});
