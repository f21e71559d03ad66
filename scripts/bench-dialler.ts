// `npm run bench:dialler`: how many contacts a second are decided, in the rules alone and with the store that acts on them.
import { join } from 'node:path';
import { decideContact } from '../src/campaign/decide.ts';
import type { CampaignSpec, NewContact } from '../src/ports/campaign.ts';
import { WEEKDAYS } from '../src/ports/campaign.ts';
import type { CampaignStore, ContactFacts } from '../src/ports/campaign-store.ts';
import { openMemoryStore } from '../src/store/open.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { createSystemClock } from '../src/telemetry/system-clock.ts';
import { print, writeJson } from './bench/capacity/program.ts';
import { benchMachine } from './bench/machine.ts';

const CONTACTS = 20_000;
const LOOK = 200;
/** Monday noon in New York: open there, closed in the west and in Berlin. */
const NOW = Date.parse('2026-11-23T14:30:00Z');
const ZONES = [
  'America/New_York',
  'America/Chicago',
  'America/Denver',
  'America/Phoenix',
  'America/Los_Angeles',
  'Europe/Berlin',
];
const DAY = [{ from: 9 * 60, to: 15 * 60 }];

const SPEC: CampaignSpec = {
  name: 'bench',
  agent: 'appointment-reminder',
  callerId: '+15005550006',
  business: 'Bench',
  callbackNumber: '+15005550006',
  defaultCountry: null,
  variables: {},
  callsPerSecond: 100,
  maxConcurrentCalls: 1_000,
  window: { days: Object.fromEntries(WEEKDAYS.map((day) => [day, DAY])), holidays: ['2026-12-25'] },
  retry: {},
  maxAttempts: 3,
  maxAttemptsPerDay: 3,
  maxAttemptsPerNumber: 10,
  droppedBeforeS: 10,
  ringTimeoutS: 25,
  record: false,
  maxCallS: 600,
  voicemail: { action: 'hang-up' },
  holdGreetingMs: 2_000,
  endsAt: null,
  breaker: { attempts: 20, share: 1 },
  consent: { kind: 'required' },
};

function contactAt(i: number): NewContact {
  return {
    number: `+1212${2_000_000 + i}`,
    zones: [ZONES[i % ZONES.length] ?? 'UTC'],
    variables: { name: `Person ${i}` },
    consent: { who: 'x', when: '2026-01-01', how: 'form' },
    line: i + 2,
  };
}

function rulesAlone(): number {
  const facts = Array.from({ length: CONTACTS }, (_, i): ContactFacts => ({
    ...contactAt(i),
    contactId: String(i),
    onDoNotCall: false,
    attempts: i % 3,
    recentDials: i % 3 === 0 ? [] : [NOW - 3_600_000],
    dialsInAll: i % 3,
    beingDialled: false,
  }));
  const startedMs = performance.now();
  for (const contact of facts) decideContact(contact, SPEC, NOW);
  return (1_000 * CONTACTS) / (performance.now() - startedMs);
}

/** Every contact is looked at once: dialled, or put off to the opening of its window. */
async function withStore(
  store: CampaignStore,
  allowed: number,
  name: string,
): Promise<{ perSecond: number; dialled: number }> {
  await store.create(name, { ...SPEC, name }, NOW);
  for (let from = 0; from < CONTACTS; from += 500) {
    const batch = Array.from({ length: 500 }, (_, i) => contactAt(from + i));
    await store.addContacts(name, batch, NOW);
  }
  await store.setState(name, { from: ['draft'], to: 'running', reason: '', at: NOW });
  let decided = 0;
  let dialled = 0;
  const startedMs = performance.now();
  for (;;) {
    const claim = await store.claim({
      campaignId: name,
      now: NOW,
      leaseUntil: NOW + 60_000,
      look: LOOK,
      allowed: () => ({ count: allowed, at: null }),
      decide: (contact) => decideContact(contact, SPEC, NOW),
    });
    decided += claim.decided;
    dialled += claim.attempts.length;
    if (claim.decided === 0) break;
  }
  return { perSecond: (1_000 * decided) / (performance.now() - startedMs), dialled };
}

const store = await openMemoryStore(
  createSystemClock(),
  createLogger({ level: 'silent', transcripts: false }),
);
try {
  const rules = rulesAlone();
  const stored = await withStore(store.campaigns, LOOK, 'bench');
  print(`rules alone: ${Math.round(rules)} contacts a second (n = ${CONTACTS})`);
  print(
    `with the embedded store in memory: ${Math.round(stored.perSecond)} contacts a second, of whom ${stored.dialled} were dialled`,
  );
  const file = join('out', 'bench', 'dialler.json');
  writeJson(file, {
    machine: benchMachine(),
    contacts: CONTACTS,
    rulesPerSecond: rules,
    storePerSecond: stored.perSecond,
    dialled: stored.dialled,
  });
  print(`Written to ${file}`);
} finally {
  await store.close();
}
