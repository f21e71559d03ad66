// The agent's side of a call as the caller hears it around one clip: when it falls silent, and when it is heard again.
import { FRAME_MS, FRAME_SAMPLES, LINE_HZ } from '../../../src/audio/units.ts';
import { AUDIBLE_LEVEL } from '../../../src/simulator/loudness.ts';

/** 20 ms in which the agent is heard, in ms from the start of the stream. */
interface AudibleFrame {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What the agent did after the caller's first sound. */
export type Reaction =
  /** It went on: the playout was never cleared. */
  | { readonly kind: 'played-on' }
  /** The playout was cleared; `silentMs` after the onset the agent was heard for the last time. */
  | { readonly kind: 'cleared'; readonly silentMs: number; readonly pauseMs: number | null };

/** Frames of a minute; the oldest go first, and a clip and its outcome take a few seconds. */
const MAX_FRAMES = 3_000;
const MAX_CLEARS = 1_000;
const SAMPLES_PER_MS = LINE_HZ / 1_000;

const isAudible = (value: number): boolean => Math.abs(value) > AUDIBLE_LEVEL;

/** Times never go back. */
export class AgentLine {
  readonly #frames: AudibleFrame[] = [];
  readonly #clears: number[] = [];
  #heardFrames = 0;
  #busySinceMs: number | null = null;
  #quietSinceMs = 0;

  /** Once a frame: whether something that the server sent is still to be played. */
  tick(nowMs: number, playoutBusy: boolean): void {
    if (playoutBusy) this.#busySinceMs ??= nowMs;
    else if (this.#busySinceMs !== null) {
      this.#busySinceMs = null;
      this.#quietSinceMs = nowMs;
    }
  }

  /** The next 20 ms that were played. */
  hear(agent: Int16Array): void {
    const startMs = this.#heardFrames * FRAME_MS;
    this.#heardFrames += 1;
    const first = agent.subarray(0, FRAME_SAMPLES).findIndex(isAudible);
    if (first < 0) return;
    const last = agent.findLastIndex(isAudible);
    this.#frames.push({ firstMs: startMs + first / SAMPLES_PER_MS, lastMs: startMs + last / SAMPLES_PER_MS });
    if (this.#frames.length > MAX_FRAMES) this.#frames.shift();
  }

  cleared(atMs: number): void {
    this.#clears.push(atMs);
    if (this.#clears.length > MAX_CLEARS) this.#clears.shift();
  }

  /** How long audio has been playing without a break; 0 while nothing is to be played. */
  busyForMs(nowMs: number): number {
    return this.#busySinceMs === null ? 0 : nowMs - this.#busySinceMs;
  }

  quietForMs(nowMs: number): number {
    return this.#busySinceMs === null ? nowMs - this.#quietSinceMs : 0;
  }

  /** Heard within the last two frames: not in a pause between two sentences. */
  isHeard(nowMs: number): boolean {
    const last = this.#frames.at(-1);
    return last !== undefined && nowMs - last.lastMs <= 2 * FRAME_MS;
  }

  /** The first clear after `onsetMs`, and what was heard around it. */
  reactionTo(onsetMs: number): Reaction {
    const clearedMs = this.#clears.find((atMs) => atMs >= onsetMs);
    if (clearedMs === undefined) return { kind: 'played-on' };
    const before = this.#frames.findLast(({ firstMs }) => firstMs <= clearedMs);
    const lastMs = before === undefined ? onsetMs : Math.min(before.lastMs, clearedMs);
    const after = this.#frames.find(({ firstMs }) => firstMs > clearedMs);
    return {
      kind: 'cleared',
      silentMs: Math.max(0, lastMs - onsetMs),
      pauseMs: after === undefined ? null : after.firstMs - clearedMs,
    };
  }
}
