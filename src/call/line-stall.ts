// Notices that a line has fallen silent: no audio at all, not even that of a quiet room.
import { ms, type Ms } from '../audio/units.ts';

export interface Silence {
  readonly durationMs: Ms;
  /** The first of this stall. */
  readonly begins: boolean;
}

/** Goes by the wall clock, since the media clock stands still meanwhile. */
export class LineStall {
  readonly #limitMs: Ms;
  #heardAt: Ms | null = null;
  #filledMs = 0;

  constructor(limitMs: Ms) {
    this.#limitMs = limitMs;
  }

  heard(now: Ms): void {
    this.#heardAt = now;
    this.#filledMs = 0;
  }

  /** How much silence has to take the place of audio that did not come; null while the line is alive or not yet begun. */
  silenceDue(now: Ms): Silence | null {
    if (this.#heardAt === null) return null;
    const silentMs = now - this.#heardAt;
    if (silentMs < this.#limitMs) return null;
    const begins = this.#filledMs === 0;
    const durationMs = ms(silentMs - this.#filledMs);
    this.#filledMs = silentMs;
    return durationMs > 0 ? { durationMs, begins } : null;
  }
}
