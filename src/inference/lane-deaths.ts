// Counts how often a lane has died of late, and says whether another process is worth starting.
import { DEATH_LIMIT, SECOND_START_WAIT_MS } from './lane-limits.ts';

export class LaneDeaths {
  readonly #timesMs: number[] = [];

  /** The wait before the next start; null when there should be none. */
  add(nowMs: number): number | null {
    this.#timesMs.push(nowMs);
    while ((this.#timesMs[0] ?? nowMs) <= nowMs - DEATH_LIMIT.withinMs) this.#timesMs.shift();
    if (this.#timesMs.length >= DEATH_LIMIT.deaths) return null;
    return this.#timesMs.length === 1 ? 0 : SECOND_START_WAIT_MS;
  }
}
