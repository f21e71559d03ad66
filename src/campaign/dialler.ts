// Dials what campaigns have due: claims in the store, asks the network, and tells the attempt what came of it.
import { DialError, type CallControl, type DialRequest } from '../ports/call-control.ts';
import type { Campaign } from '../ports/campaign.ts';
import type { Attempt, CampaignStore } from '../ports/campaign-store.ts';
import type { EpochMs } from '../ports/clock.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import type { AttemptDesk } from './attempt-desk.ts';
import type { AttemptEvent } from './attempt-events.ts';
import { decideContact } from './decide.ts';
import type { DiallerClock } from './dialler-clock.ts';
import { allowedDials, type DialLimits } from './pacing.ts';

type AddressName = 'answerUrl' | 'statusUrl' | 'amdUrl' | 'recordingUrl';

export interface DiallerDeps {
  readonly store: CampaignStore;
  readonly control: CallControl;
  readonly desk: AttemptDesk;
  readonly clock: DiallerClock;
  /** Where the network asks and tells about an attempt. */
  readonly addressesOf: (attemptId: string) => Pick<DialRequest, AddressName>;
  readonly account: DialLimits;
  /** How many more calls this server would take now; 0 while its models are late. */
  readonly room: () => number;
  /** What other processes do to campaigns, and the slots that they free, are seen this late. */
  readonly pollMs: { readonly campaigns: number; readonly slots: number };
  /** From 0 to 1, for back-off. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** Contacts that one claim looks at. */
const LOOK = 200;
/** An attempt that is reserved and not placed is asked for in the network after this: REST requests give up in 15 s. */
const RESERVED_LEASE_MS = 20_000;
export const USUAL_POLL_MS = { campaigns: 30_000, slots: 1_000 };
const BACK_OFF_MS = { least: 1_000, most: 60_000 };

interface Loop {
  readonly campaignId: string;
  /** A claim is in progress; `again` when something has changed since it began. */
  state: 'sleeping' | 'claiming' | 'claiming-again';
  cancelTimer: (() => void) | null;
}

export class Dialler {
  readonly #deps: DiallerDeps;
  readonly #loops = new Map<string, Loop>();
  /** Claims and dials in progress. */
  readonly #work = new Set<Promise<void>>();
  #cancelDiscovery: (() => void) | null = null;
  #stopped = false;
  /** Failed requests in a row that the network may take later. */
  #failures = 0;
  #backOffUntil: EpochMs = 0;

  constructor(deps: DiallerDeps) {
    this.#deps = deps;
  }

  /** Goes on with whatever is running, from this run or an earlier one. */
  start(): void {
    this.#track(this.#discover());
  }

  /** Something about the campaign has changed: it was started, or a slot is free. */
  wake(campaignId: string): void {
    if (this.#stopped) return;
    const loop = this.#loops.get(campaignId) ?? { campaignId, state: 'sleeping', cancelTimer: null };
    this.#loops.set(campaignId, loop);
    if (loop.state !== 'sleeping') {
      loop.state = 'claiming-again';
      return;
    }
    loop.cancelTimer?.();
    loop.cancelTimer = null;
    loop.state = 'claiming';
    this.#track(this.#run(loop));
  }

  /** Dials nothing more; resolves when every request in progress has been answered and told. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelDiscovery?.();
    for (const loop of this.#loops.values()) loop.cancelTimer?.();
    await this.idle();
  }

  /** Resolves when nothing is in progress but timers. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  /** Whether this dialler looks after the campaign: not once it has stopped running. */
  isDialling(campaignId: string): boolean {
    return this.#loops.has(campaignId);
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'dialler failed');
      })
      .finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  async #discover(): Promise<void> {
    const { store, clock, logger, pollMs } = this.#deps;
    try {
      for (const { id, state } of await store.list()) {
        if (state === 'running' && !this.#loops.has(id)) this.wake(id);
      }
    } catch (error) {
      logger.error({ err: error }, 'campaigns could not be listed');
    }
    if (this.#stopped) return;
    this.#cancelDiscovery = clock.at(clock.now() + pollMs.campaigns, () => {
      this.#track(this.#discover());
    });
  }

  async #run(loop: Loop): Promise<void> {
    const { clock, logger } = this.#deps;
    let nextAt: EpochMs | null | 'over' = null;
    do {
      loop.state = 'claiming';
      try {
        nextAt = await this.#claim(loop.campaignId);
      } catch (error) {
        logger.error({ err: error, campaignId: loop.campaignId }, 'claim failed');
        nextAt = clock.now() + this.#backOffMs(3);
      }
    } while ((loop.state as Loop['state']) === 'claiming-again' && !this.#stopped);
    loop.state = 'sleeping';
    if (nextAt === 'over') this.#loops.delete(loop.campaignId);
    else if (!this.#stopped) this.#sleep(loop, nextAt);
  }

  #sleep(loop: Loop, nextAt: EpochMs | null): void {
    const { clock, pollMs } = this.#deps;
    const now = clock.now();
    loop.cancelTimer = clock.at(Math.max(nextAt ?? now + pollMs.slots, this.#backOffUntil), () => {
      loop.cancelTimer = null;
      this.wake(loop.campaignId);
    });
  }

  /** When to claim again; null when a call must end first, `over` when this campaign is not dialled any more. */
  async #claim(campaignId: string): Promise<EpochMs | null | 'over'> {
    const { store, clock, account, room, logger } = this.#deps;
    const campaign = await store.find(campaignId);
    if (campaign?.state !== 'running') return 'over';
    const now = clock.now();
    if (now < this.#backOffUntil) return this.#backOffUntil;
    const { spec } = campaign;
    const claim = await store.claim({
      campaignId,
      now,
      leaseUntil: now + RESERVED_LEASE_MS,
      look: LOOK,
      allowed: (load) => allowedDials(load, { campaign: spec, account, room: room() }, now),
      decide: (contact) => decideContact(contact, spec, now),
    });
    for (const attempt of claim.attempts) this.#track(this.#dial(campaign, attempt));
    if (!claim.exhausted || claim.attempts.length > 0) return claim.nextAt;
    await store.setState(campaignId, { from: ['running'], to: 'finished', reason: '', at: now });
    logger.info({ campaignId }, 'campaign finished');
    return 'over';
  }

  async #dial(campaign: Campaign, attempt: Attempt): Promise<void> {
    const { control, desk, addressesOf, logger, meter } = this.#deps;
    const { spec } = campaign;
    try {
      const addresses = addressesOf(attempt.id);
      const call = await control.dial({
        ...addresses,
        recordingUrl: spec.record ? addresses.recordingUrl : null,
        to: attempt.number,
        from: spec.callerId,
        ringTimeoutS: spec.ringTimeoutS,
        timeLimitS: spec.maxCallS,
      });
      this.#failures = 0;
      meter.count('dials', 1, { result: 'placed' });
      await desk.tell(attempt.id, { type: 'placed', call });
    } catch (error) {
      // Whatever else is thrown leaves the attempt reserved: the network is asked about it when its lease has run out.
      if (!(error instanceof DialError)) throw error;
      const { code, networkCode } = error;
      meter.count('dials', 1, { result: code });
      logger[error.outcome.logLevel](
        { campaignId: campaign.id, attemptId: attempt.id, code, networkCode },
        'not dialled',
      );
      await this.#refused(campaign, attempt, error);
    }
  }

  async #refused(campaign: Campaign, { id }: Attempt, error: DialError): Promise<void> {
    const { store, desk, clock } = this.#deps;
    const { code, message } = error;
    const notPlaced: AttemptEvent = { type: 'not-placed', code };
    switch (error.outcome.effect) {
      case 'contact-fails':
        await desk.tell(id, { type: 'refused', code });
        return;
      case 'campaign-pauses':
        await store.setState(campaign.id, {
          from: ['running'],
          to: 'paused',
          reason: `${code}: ${message}`,
          at: clock.now(),
        });
        await desk.tell(id, notPlaced);
        return;
      case 'retry-later':
        this.#failures += 1;
        this.#backOffUntil = clock.now() + this.#backOffMs(this.#failures);
        await desk.tell(id, notPlaced);
        return;
      case 'reconcile':
        // The lease brings it to the reconciler.
        return;
    }
  }

  /** Doubled with each failure in a row, at random between a half and all of it. */
  #backOffMs(failures: number): number {
    const { least, most } = BACK_OFF_MS;
    return Math.round(Math.min(most, least * 2 ** Math.min(failures, 10)) * (0.5 + this.#deps.random() / 2));
  }
}
