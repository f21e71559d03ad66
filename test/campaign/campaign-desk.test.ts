// The desk: what must be there before anybody is called, and what may be done when.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CampaignDesk, type CampaignDeskDeps } from '../../src/campaign/campaign-desk.ts';
import { lawfulFaults } from '../../src/campaign/lawful.ts';
import { loadAgents } from '../../src/responders/agents.ts';
import { outboundGreeting } from '../../src/responders/scripted.ts';
import { DialError, type CallControl } from '../../src/ports/call-control.ts';
import { openMemoryStore, type Store } from '../../src/store/open.ts';
import { MONDAY, spec } from '../support/campaign-spec.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingLogger } from '../support/recorded-telemetry.ts';

const BUSINESS = 'Willow Street Clinic';
const GREETING =
  'Hello Anna, this is an automated call from Willow Street Clinic. To stop these calls, press star or say stop calling.';

describe('a lawful greeting', () => {
  it('names the business, says that it is no person, and offers both ways out', () => {
    expect(lawfulFaults({ text: GREETING, business: BUSINESS, recorded: false })).toEqual([]);
    expect(lawfulFaults({ text: 'Hello Anna, how are you?', business: BUSINESS, recorded: false })).toEqual([
      'the greeting does not name "Willow Street Clinic"',
      'the greeting does not say that the voice is automated or artificial',
      'the greeting does not tell what to say to stop the calls',
      'the greeting does not tell that the star key stops the calls',
    ]);
  });

  it('tells that the call is recorded where it is', () => {
    const faults = (text: string) => lawfulFaults({ text, business: BUSINESS, recorded: true });
    expect(faults(GREETING)).toEqual(['the greeting does not say that the call is recorded']);
    expect(faults(`${GREETING} This call is being recorded.`)).toEqual([]);
    expect(faults(`${GREETING} We record this call.`)).toEqual([]);
    // The voice is one thing, the call another.
    expect(faults(`${GREETING} This is a recorded voice.`)).toHaveLength(1);
  });

  it('is what the delivered agent says', () => {
    const text = outboundGreeting(loadAgents('config/agents'), 'appointment-reminder', {
      business: BUSINESS,
    });
    expect(lawfulFaults({ text: text ?? '', business: BUSINESS, recorded: false })).toEqual([]);
    expect(outboundGreeting(loadAgents('config/agents'), 'survey', {})).toBeNull();
  });
});

describe('the campaign desk', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openMemoryStore(new ManualClock(), new RecordingLogger());
  }, 30_000);
  afterAll(async () => {
    await store.close();
  });

  const woken: string[] = [];
  function desk(changes: Partial<CampaignDeskDeps> = {}, check?: () => Promise<void>): CampaignDesk {
    const control = { check: check ?? (() => Promise.resolve()) } as unknown as CallControl;
    return new CampaignDesk({
      store: store.campaigns,
      control,
      hasAgent: () => true,
      greetingOf: () => GREETING,
      wake: (id) => {
        woken.push(id);
      },
      now: () => MONDAY,
      ...changes,
    });
  }
  const person = {
    number: '+12125550101',
    zones: ['America/New_York'],
    variables: {},
    consent: null,
    line: 2,
  };
  let names = 0;
  const fresh = (changes: Parameters<typeof spec>[0] = {}) =>
    spec({ name: `desk ${(names += 1)}`, ...changes });

  it('lists what is missing when a campaign is made, and does not start it', async () => {
    const strict = desk({ greetingOf: () => 'Hello.' });
    const message = { action: 'leave-message', message: 'Call us.' } as const;
    const { campaign, missing } = await strict.create(fresh({ voicemail: message }));
    expect(missing).toHaveLength(6);
    expect(missing.at(-1)).toBe('voicemail.message: it does not hold {{callback}}');
    await expect(strict.start(campaign.id)).rejects.toMatchObject({
      code: 'incomplete',
      missing: [...missing, 'contacts: there are none'],
    });
  });

  it.each([
    [
      'an agent that there is not',
      { hasAgent: () => false },
      'agent: there is no agent "appointment-reminder"',
    ],
    ['an agent without outbound words', { greetingOf: () => null }, 'it has no outbound greeting'],
    ['no account', { control: null }, 'TWILIO_ACCOUNT_SID: it is not set'],
  ])('does not start with %s', async (_what, changes, line) => {
    const strict = desk(changes);
    const { campaign } = await strict.create(fresh());
    await strict.addContacts(campaign.id, [person], []);
    await expect(strict.start(campaign.id)).rejects.toThrow(line);
    expect((await strict.find(campaign.id)).state).toBe('draft');
  });

  it.each([
    ['bad-credentials', 'Authenticate (20003)'],
    ['caller-id-not-owned', 'not yet verified (21210)'],
  ] as const)('does not start when the account says %s, and says why', async (code, message) => {
    const strict = desk({}, () => Promise.reject(new DialError(code, message)));
    const { campaign } = await strict.create(fresh());
    await strict.addContacts(campaign.id, [person], []);
    await expect(strict.start(campaign.id)).rejects.toThrow(`${code}: ${message}`);
  });

  it('starts, pauses, goes on, and ends', async () => {
    const busy = desk();
    const { campaign } = await busy.create(fresh());
    expect(await busy.addContacts(campaign.id, [person], [])).toBe(1);
    expect(
      await busy.addContacts(campaign.spec.name, [person], [{ line: 3, reason: 'no number', text: '' }]),
    ).toBe(0);
    expect((await busy.start(campaign.id)).state).toBe('running');
    expect(woken).toContain(campaign.id);
    await expect(busy.start(campaign.id)).rejects.toMatchObject({ code: 'not-now' });
    expect((await busy.pause(campaign.id, 'lunch')).reason).toBe('lunch');
    expect((await busy.start(campaign.id)).state).toBe('running');
    const status = await busy.status(campaign.id);
    expect(status).toMatchObject({
      progress: { contacts: 1, rejectedRows: 1 },
      answerRate: null,
      minutesLeft: null,
    });
    expect((await busy.cancel(campaign.id)).state).toBe('cancelled');
    await expect(busy.addContacts(campaign.id, [person], [])).rejects.toMatchObject({ code: 'not-now' });
    await expect(busy.start(campaign.id)).rejects.toMatchObject({ code: 'not-now' });
    await expect(busy.find('nothing')).rejects.toMatchObject({ code: 'unknown-campaign' });
  });
});
