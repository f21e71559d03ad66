// Says which part of a recording is speech, and when the agent can be heard on the line.

/**
 * A sample of the agent that somebody hears: about -41 dBFS. Synthetic speech is digital silence around its words,
 * and mu-law puts silence within a few units of zero.
 */
export const AUDIBLE_LEVEL = 300;

const WINDOW_SAMPLES = 80;
/** Speech is at least this loud, and within this range of the loudest 10 ms: room noise of a recording lies below. */
const SPEECH_FLOOR_RMS = 0.004 * 32768;
const SPEECH_RANGE = 10 ** (-32 / 20);

export interface SpeechBounds {
  /** Index of the first sample that belongs to speech. */
  readonly first: number;
  /** Index of the last one; trailing silence comes after it. */
  readonly last: number;
}

/** Null when nothing in it is loud enough to be speech. Resolution: 10 ms. 8 kHz. */
export function speechBounds(samples: Int16Array): SpeechBounds | null {
  const levels = windowLevels(samples);
  const loudest = levels.reduce((most, level) => Math.max(most, level), 0);
  const threshold = Math.max(SPEECH_FLOOR_RMS, loudest * SPEECH_RANGE);
  const first = levels.findIndex((level) => level >= threshold);
  const last = levels.findLastIndex((level) => level >= threshold);
  if (first < 0) return null;
  return { first: first * WINDOW_SAMPLES, last: Math.min(samples.length, (last + 1) * WINDOW_SAMPLES) - 1 };
}

function windowLevels(samples: Int16Array): readonly number[] {
  const levels: number[] = [];
  for (let at = 0; at < samples.length; at += WINDOW_SAMPLES) {
    const window = samples.subarray(at, at + WINDOW_SAMPLES);
    const energy = window.reduce((sum, value) => sum + value * value, 0);
    levels.push(Math.sqrt(energy / window.length));
  }
  return levels;
}

/** A stretch in which the agent was heard, in ms from the start of the stream. */
export interface Spurt {
  readonly startMs: number;
  readonly endMs: number;
}

/** Silence this long, or a clear, ends a spurt; pauses between the words of one clause are shorter. */
const SPURT_GAP_MS = 300;
/** One call of an hour has a few thousand; the oldest go first. */
const MAX_SPURTS = 20_000;
/** A server clears at most twice a turn, and a call has a thousand turns at most; the oldest go first. */
const MAX_CLEARS = 10_000;

const isAudible = (value: number): boolean => value > AUDIBLE_LEVEL || value < -AUDIBLE_LEVEL;

/** Listens to what was played and remembers when the agent could be heard. */
export class AgentEar {
  readonly #spurts: { startMs: number; endMs: number }[] = [];
  readonly #clearsMs: number[] = [];
  #cutMs = 0;

  /** The samples played from `startSample` on; calls follow each other without gaps. */
  hear(samples: Int16Array, startSample: number): void {
    for (let from = 0; from < samples.length; from += WINDOW_SAMPLES) {
      this.#hearWindow(samples.subarray(from, from + WINDOW_SAMPLES), startSample + from);
    }
  }

  /** Within 10 ms no gap ends a spurt, so its first and last audible samples say all, unless the cut lies between. */
  #hearWindow(samples: Int16Array, startSample: number): void {
    const first = samples.findIndex(isAudible);
    if (first < 0) return;
    const last = samples.findLastIndex(isAudible);
    const atMs = (index: number): number => (startSample + index) / 8;
    this.#audible(atMs(first));
    if (atMs(first) < this.#cutMs && this.#cutMs <= atMs(last)) {
      const afterCut = Math.ceil(this.#cutMs * 8) - startSample;
      this.#audible(atMs(samples.subarray(0, afterCut).findLastIndex(isAudible)));
      this.#audible(atMs(afterCut + samples.subarray(afterCut).findIndex(isAudible)));
    }
    this.#audible(atMs(last));
  }

  /** Whatever is played from `atMs` on is something new. */
  cut(atMs: number): void {
    this.#cutMs = atMs;
  }

  /** The playout was cleared at `atMs`. */
  clear(atMs: number): void {
    this.cut(atMs);
    if (this.#clearsMs.length >= MAX_CLEARS) this.#clearsMs.shift();
    this.#clearsMs.push(atMs);
  }

  /** When the playout was cleared, in order. */
  get clearsMs(): readonly number[] {
    return this.#clearsMs;
  }

  get spurts(): readonly Spurt[] {
    return this.#spurts;
  }

  /** When the agent was last heard; null when never. */
  get lastAudibleMs(): number | null {
    return this.#spurts.at(-1)?.endMs ?? null;
  }

  #audible(atMs: number): void {
    const last = this.#spurts.at(-1);
    const wasCut = last !== undefined && last.endMs < this.#cutMs && atMs >= this.#cutMs;
    if (last !== undefined && !wasCut && atMs - last.endMs <= SPURT_GAP_MS) {
      last.endMs = atMs;
      return;
    }
    if (this.#spurts.length >= MAX_SPURTS) this.#spurts.shift();
    this.#spurts.push({ startMs: atMs, endMs: atMs });
  }
}
