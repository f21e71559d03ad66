// Campaigns as people handle them: made from a file, filled with contacts, started, stopped, looked at.
import { randomBytes } from 'node:crypto';
import { DialError, type CallControl } from '../ports/call-control.ts';
import type { Campaign, CampaignSpec, CampaignState, NewContact } from '../ports/campaign.ts';
import type {
  AuditRow,
  CampaignProgress,
  CampaignStore,
  ContactResult,
  RejectedRow,
  ResultColumns,
} from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';
import { lawfulFaults } from './lawful.ts';

export type DeskErrorCode = 'unknown-campaign' | 'not-now' | 'incomplete';

/** Why a campaign is not as somebody wants it. */
export class DeskError extends Error {
  override readonly name = 'DeskError';
  readonly code: DeskErrorCode;
  /** What must be done first, one line each. */
  readonly missing: readonly string[];

  constructor(code: DeskErrorCode, message: string, missing: readonly string[] = []) {
    super([message, ...missing.map((line) => `- ${line}`)].join('\n'));
    this.code = code;
    this.missing = missing;
  }
}

export interface CampaignStatus {
  readonly campaign: Campaign;
  readonly progress: CampaignProgress;
  /** Share of ended attempts that somebody answered, 0 to 1; null before the first. */
  readonly answerRate: number | null;
  /** Share of answered calls in which nothing of ours was heard. */
  readonly abandonedRate: number | null;
  /** Minutes at the pace of the last minute; null while nothing is dialled. */
  readonly minutesLeft: number | null;
}

export interface CampaignDeskDeps {
  readonly store: CampaignStore;
  /** Null where this process makes no calls. */
  readonly control: CallControl | null;
  readonly hasAgent: (name: string) => boolean;
  /** What the agent says first in calls that we make, its places filled; null where it has no such words. */
  readonly greetingOf: (agent: string, variables: Readonly<Record<string, string>>) => string | null;
  readonly wake: (campaignId: string) => void;
  readonly now: () => EpochMs;
}

const ID_BYTES = 6;
const OVER: readonly CampaignState[] = ['cancelled', 'finished'];

export class CampaignDesk {
  readonly #deps: CampaignDeskDeps;

  constructor(deps: CampaignDeskDeps) {
    this.#deps = deps;
  }

  /** What keeps it from being started is told at once. @throws StoreError `name-taken` */
  async create(
    spec: CampaignSpec,
  ): Promise<{ readonly campaign: Campaign; readonly missing: readonly string[] }> {
    const id = randomBytes(ID_BYTES).toString('hex');
    const campaign = await this.#deps.store.create(id, spec, this.#deps.now());
    return { campaign, missing: this.#wordsMissing(spec) };
  }

  /** How many of them were new. A campaign that is over takes none. @throws DeskError */
  async addContacts(
    idOrName: string,
    contacts: readonly NewContact[],
    rejected: readonly RejectedRow[],
  ): Promise<number> {
    const { store, now, wake } = this.#deps;
    const { id, state } = await this.find(idOrName);
    if (OVER.includes(state))
      throw new DeskError('not-now', `The campaign is ${state} and takes no contacts.`);
    const added = contacts.length === 0 ? 0 : await store.addContacts(id, contacts, now());
    if (rejected.length > 0) await store.addRejected(id, rejected);
    if (state === 'running') wake(id);
    return added;
  }

  /** Everything that a lawful campaign needs is checked, and the account is asked, before anybody is called. @throws DeskError */
  async start(idOrName: string): Promise<Campaign> {
    const { store, now, wake } = this.#deps;
    const campaign = await this.find(idOrName);
    const missing = [...this.#wordsMissing(campaign.spec), ...(await this.#dataMissing(campaign))];
    if (missing.length === 0) missing.push(...(await this.#accountMissing(campaign.spec)));
    if (missing.length > 0) throw new DeskError('incomplete', 'The campaign does not start:', missing);
    const started = await store.setState(campaign.id, {
      from: ['draft', 'paused'],
      to: 'running',
      reason: '',
      at: now(),
    });
    if (started === null) throw new DeskError('not-now', `The campaign is ${campaign.state}.`);
    wake(campaign.id);
    return started;
  }

  /** Calls in progress go on. @throws DeskError */
  pause(idOrName: string, reason: string): Promise<Campaign> {
    return this.#move(idOrName, ['running'], 'paused', reason);
  }

  /** Calls in progress go on; nobody else is called. @throws DeskError */
  cancel(idOrName: string): Promise<Campaign> {
    return this.#move(idOrName, ['draft', 'running', 'paused'], 'cancelled', '');
  }

  list(): Promise<readonly Campaign[]> {
    return this.#deps.store.list();
  }

  /** @throws DeskError `unknown-campaign` */
  async find(idOrName: string): Promise<Campaign> {
    const campaign = await this.#deps.store.find(idOrName);
    if (campaign !== null) return campaign;
    throw new DeskError('unknown-campaign', `There is no campaign ${JSON.stringify(idOrName)}.`);
  }

  async status(idOrName: string): Promise<CampaignStatus> {
    const campaign = await this.find(idOrName);
    const progress = await this.#deps.store.progress(campaign.id, this.#deps.now());
    const { answered, outcomes, dialsLastMinute, scheduled } = progress;
    const ended = Object.entries(outcomes).reduce(
      (sum, [outcome, count]) => sum + (outcome === 'not-placed' ? 0 : count),
      0,
    );
    return {
      campaign,
      progress,
      answerRate: ended === 0 ? null : answered / ended,
      abandonedRate: answered === 0 ? null : (outcomes.abandoned ?? 0) / answered,
      minutesLeft: dialsLastMinute === 0 ? null : Math.ceil(scheduled / dialsLastMinute),
    };
  }

  /** In the file's order, after line `afterLine`. */
  async results(idOrName: string, afterLine: number, limit: number): Promise<readonly ContactResult[]> {
    return this.#deps.store.results((await this.find(idOrName)).id, afterLine, limit);
  }

  /** @throws DeskError `unknown-campaign` */
  async resultColumns(idOrName: string): Promise<ResultColumns> {
    return this.#deps.store.resultColumns((await this.find(idOrName)).id);
  }

  async rejected(idOrName: string, afterLine: number, limit: number): Promise<readonly RejectedRow[]> {
    return this.#deps.store.rejected((await this.find(idOrName)).id, afterLine, limit);
  }

  async audit(idOrName: string, afterSeq: number, limit: number): Promise<readonly AuditRow[]> {
    return this.#deps.store.audit((await this.find(idOrName)).id, afterSeq, limit);
  }

  async #move(
    idOrName: string,
    from: readonly CampaignState[],
    to: CampaignState,
    reason: string,
  ): Promise<Campaign> {
    const { store, now } = this.#deps;
    const { id, state } = await this.find(idOrName);
    const moved = await store.setState(id, { from, to, reason, at: now() });
    if (moved === null) throw new DeskError('not-now', `The campaign is ${state}.`);
    return moved;
  }

  #wordsMissing(spec: CampaignSpec): readonly string[] {
    const { hasAgent, greetingOf } = this.#deps;
    const { agent, business, callbackNumber, voicemail, record } = spec;
    if (!hasAgent(agent)) return [`agent: there is no agent ${JSON.stringify(agent)}`];
    const greeting = greetingOf(agent, { ...spec.variables, business, callback: callbackNumber });
    if (greeting === null) return [`agent ${agent}: it has no outbound greeting (outbound.greeting)`];
    const faults = lawfulFaults({ text: greeting, business, recorded: record }).map(
      (fault) => `agent ${agent}: ${fault}`,
    );
    if (voicemail.action === 'hang-up') return faults;
    const places = ['business', 'callback'].filter((place) => !voicemail.message.includes(`{{${place}}}`));
    return [...faults, ...places.map((place) => `voicemail.message: it does not hold {{${place}}}`)];
  }

  async #dataMissing({ id, spec }: Campaign): Promise<readonly string[]> {
    const { store, now } = this.#deps;
    const { contacts } = await store.progress(id, now());
    if (contacts === 0) return ['contacts: there are none'];
    return spec.endsAt !== null && spec.endsAt <= now() ? ['endsAt: that time has passed'] : [];
  }

  async #accountMissing({ callerId }: CampaignSpec): Promise<readonly string[]> {
    const { control } = this.#deps;
    if (control === null) return ['TWILIO_ACCOUNT_SID: it is not set, so that no call can be made'];
    try {
      await control.check(callerId);
      return [];
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      return [`${error.code}: ${error.message}`];
    }
  }
}
