// The one door through which news reach an attempt; what its end means for the campaign follows at once.
import type { Attempt, AttemptChange, CampaignStore } from '../ports/campaign-store.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import type { AttemptEvent } from './attempt-events.ts';
import { advance } from './attempt-progress.ts';
import { tripped } from './breaker.ts';
import type { DiallerClock } from './dialler-clock.ts';

export interface AttemptDeskDeps {
  readonly store: CampaignStore;
  readonly clock: DiallerClock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** An attempt has ended: its slot is free, and its contact may be due again. */
  readonly onEnded: (attempt: Attempt) => void;
}

export class AttemptDesk {
  readonly #deps: AttemptDeskDeps;

  constructor(deps: AttemptDeskDeps) {
    this.#deps = deps;
  }

  /** Resolves when it is on disk: with the attempt as it is now, or null for an unknown one. @throws StoreError */
  async tell(attemptId: string, event: AttemptEvent): Promise<Attempt | null> {
    const { store, clock, logger, meter, onEnded } = this.#deps;
    const at = clock.now();
    const asked: { change: AttemptChange | null } = { change: null };
    const attempt = await store.update(attemptId, at, (view) => {
      asked.change = advance(view, event, at);
      return asked.change;
    });
    if (attempt === null || asked.change?.contact === undefined) return attempt;
    const outcome = attempt.progress.kind === 'ended' ? attempt.progress.outcome : 'none';
    logger.info({ attemptId, campaignId: attempt.campaignId, outcome, news: event.type }, 'attempt ended');
    meter.count('attempts', 1, { outcome });
    await this.#checkBreaker(attempt.campaignId);
    onEnded(attempt);
    return attempt;
  }

  async #checkBreaker(campaignId: string): Promise<void> {
    const { store, clock, logger } = this.#deps;
    const campaign = await store.find(campaignId);
    if (campaign?.state !== 'running') return;
    const { breaker } = campaign.spec;
    const reason = tripped(breaker, await store.lastOutcomes(campaignId, breaker.attempts));
    if (reason === null) return;
    await store.setState(campaignId, { from: ['running'], to: 'paused', reason, at: clock.now() });
    logger.error({ campaignId, reason }, 'campaign paused');
  }
}
