// What webhooks and calls say of a campaign's attempts, and what they need to know of them.
import type { NetworkStatus } from '../ports/call-control.ts';
import type { CampaignSpec } from '../ports/campaign.ts';
import type { AttemptView, CampaignStore } from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';
import type { Answerer, MachineAction, OutboundPlan } from '../ports/outbound.ts';
import type { Logger } from '../ports/telemetry.ts';
import { ms } from '../audio/units.ts';
import type { AttemptDesk } from './attempt-desk.ts';
import type { AttemptEvent } from './attempt-events.ts';
import { answererOf } from './attempt-progress.ts';
import type { DiallerClock } from './dialler-clock.ts';

export interface CampaignCallsDeps {
  readonly store: CampaignStore;
  readonly desk: AttemptDesk;
  readonly clock: DiallerClock;
  readonly logger: Logger;
}

/** What a call to a contact is about. */
export interface CampaignCall {
  readonly agent: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly plan: OutboundPlan;
}

export interface StatusNews {
  readonly callSid: string;
  readonly status: NetworkStatus;
  readonly sequence: number;
  readonly answeredBy: string | null;
}

/** News of one attempt that wait for the store. Overflow policy: the newest is dropped; a call has some ten. */
const MAX_NEWS = 100;
const MAX_URL_CHARS = 500;
const RETRY_MS = { least: 250, most: 30_000 };

export class CampaignCalls {
  readonly #deps: CampaignCallsDeps;
  /** News by attempt, in order; an attempt without any is not in it. */
  readonly #news = new Map<string, AttemptEvent[]>();
  readonly #work = new Set<Promise<void>>();

  constructor(deps: CampaignCallsDeps) {
    this.#deps = deps;
  }

  /** Null for an attempt that is unknown or over: whoever calls then gets no agent. */
  async planFor(attemptId: string, callSid: string): Promise<CampaignCall | null> {
    const view = await this.#deps.store.attempt(attemptId);
    if (view === null || view.attempt.progress.kind === 'ended') return null;
    const { attempt, spec } = view;
    return {
      agent: spec.agent,
      variables: { ...attempt.variables, business: spec.business, callback: spec.callbackNumber },
      plan: {
        opening:
          spec.holdGreetingMs === 0
            ? { kind: 'at-once' }
            : { kind: 'after-hello', withinMs: ms(spec.holdGreetingMs) },
        watch: this.#watch(attemptId, callSid),
      },
    };
  }

  /** A status callback. Resolves when it is on disk; false for an attempt that is none of ours. @throws StoreError */
  async status(attemptId: string, news: StatusNews): Promise<boolean> {
    await this.#told(attemptId);
    return (await this.#deps.desk.tell(attemptId, { type: 'status', ...news })) !== null;
  }

  /** Who answered, and what is to be done where it is a machine. @throws StoreError */
  async answeredBy(
    attemptId: string,
    answeredBy: string,
  ): Promise<{ readonly answerer: Answerer; readonly action: MachineAction | null }> {
    await this.#told(attemptId);
    await this.#deps.desk.tell(attemptId, { type: 'answered-by', answeredBy });
    const view = await this.#deps.store.attempt(attemptId);
    const { progress } = view?.attempt ?? {};
    if (view === null || progress?.kind !== 'placed') return { answerer: 'person', action: null };
    const answerer = answererOf(progress.answeredBy, progress.personSpoke);
    return { answerer, action: actionFor(answerer, view) };
  }

  /** Where the network keeps the recording of an attempt's call; one that names no address is left out. @throws StoreError */
  async recorded(attemptId: string, url: string): Promise<void> {
    if (!URL.canParse(url) || url.length > MAX_URL_CHARS) return;
    await this.#deps.store.noteRecording(attemptId, url);
  }

  /** Resolves when all news so far are on disk. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #watch(attemptId: string, callSid: string): OutboundPlan['watch'] {
    const tell = (event: AttemptEvent): void => {
      this.#tell(attemptId, event);
    };
    return {
      connected: () => {
        tell({ type: 'connected', callSid });
      },
      firstAudio: () => {
        tell({ type: 'first-audio' });
      },
      personSpoke: () => {
        tell({ type: 'person-spoke' });
      },
      ended: (ending) => {
        tell({ type: 'talk-ended', ending });
      },
    };
  }

  #tell(attemptId: string, event: AttemptEvent): void {
    const waiting = this.#news.get(attemptId);
    if (waiting !== undefined) {
      if (waiting.length < MAX_NEWS) waiting.push(event);
      else this.#deps.logger.error({ attemptId, dropped: event.type }, 'news of an attempt dropped');
      return;
    }
    const news = [event];
    this.#news.set(attemptId, news);
    const work = this.#tellAll(attemptId, news).finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  /** One after the other, each tried until the store takes it. */
  async #tellAll(attemptId: string, news: AttemptEvent[]): Promise<void> {
    let failures = 0;
    for (let event = news[0]; event !== undefined; event = news[0]) {
      try {
        await this.#deps.desk.tell(attemptId, event);
        news.shift();
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#deps.logger.error({ err: error, attemptId, news: event.type }, 'news of an attempt not stored');
        await this.#pause(Math.min(RETRY_MS.most, RETRY_MS.least * 2 ** failures));
      }
    }
    this.#news.delete(attemptId);
  }

  /** What the call itself has told comes before what the network tells of it. */
  async #told(attemptId: string): Promise<void> {
    while (this.#news.has(attemptId)) await Promise.race(this.#work);
  }

  #pause(delayMs: number): Promise<void> {
    const { clock } = this.#deps;
    const until: EpochMs = clock.now() + delayMs;
    return new Promise((resolve) => clock.at(until, resolve));
  }
}

function actionFor(answerer: Answerer, { attempt, spec }: AttemptView): MachineAction | null {
  if (answerer === 'person') return null;
  if (answerer === 'fax' || spec.voicemail.action === 'hang-up') return { kind: 'hang-up' };
  return { kind: 'leave-message', text: filled(spec.voicemail.message, spec, attempt.variables) };
}

/** `{{name}}` places take the contact's values; unknown ones are left out. */
function filled(text: string, spec: CampaignSpec, variables: Readonly<Record<string, string>>): string {
  const values: Readonly<Record<string, string>> = {
    ...variables,
    business: spec.business,
    callback: spec.callbackNumber,
  };
  return text.replaceAll(/\{\{\s*([\w-]+)\s*\}\}/g, (_place, name: string) => values[name] ?? '');
}
