// How loud the audio was that is played to the caller, by the time at which it is played: for telling echo from speech.
import { powerToDbfs, QUIETEST_DBFS } from './level.ts';
import { mulawPower } from './mulaw.ts';
import { FRAME_SAMPLES, LINE_HZ, ms, samplesToMs, type Ms, type Mulaw8k } from './units.ts';

/** An echo comes back well within this time after it was played. */
export const LEVELS_KEPT_MS = ms(1_000);

/** 20 ms of audio, or less where the audio ended or was cleared. */
interface Block {
  readonly startMs: Ms;
  endMs: Ms;
  power: number;
  count: number;
  cut: boolean;
}

/**
 * Remembers a second of what was played and what is sent ahead of playout. Overflow policy: the oldest block is
 * forgotten. Levels are summed once, when the audio is sent.
 */
export class LineLevels {
  readonly #capacity: number;
  /** In playing order, never overlapping. */
  readonly #blocks: Block[] = [];

  /** `aheadMs`: how far ahead of its playout audio may be added. */
  constructor(aheadMs: Ms) {
    const blockMs = samplesToMs(FRAME_SAMPLES, LINE_HZ);
    this.#capacity = Math.ceil((LEVELS_KEPT_MS + aheadMs) / blockMs) + 1;
  }

  /** This audio will be played from `startMs` on, behind all that was added before. */
  add(startMs: Ms, audio: Mulaw8k): void {
    let taken = 0;
    while (taken < audio.length) {
      const block = this.#openBlock(ms(startMs + samplesToMs(taken, LINE_HZ)));
      const count = Math.min(FRAME_SAMPLES - block.count, audio.length - taken);
      block.power += mulawPower(audio, taken, taken + count);
      block.count += count;
      block.endMs = ms(block.startMs + samplesToMs(block.count, LINE_HZ));
      taken += count;
    }
  }

  /** The last block, if it goes on at this time and has room, so that levels are those of 20 ms however audio is cut. */
  #openBlock(startMs: Ms): Block {
    const last = this.#blocks.at(-1);
    if (last?.endMs === startMs && last.count < FRAME_SAMPLES && !last.cut) return last;
    const block = { startMs, endMs: startMs, power: 0, count: 0, cut: false };
    this.#blocks.push(block);
    if (this.#blocks.length > this.#capacity) this.#blocks.shift();
    return block;
  }

  /** The line was cleared at `at`: what would have been played after it is not. */
  cut(at: Ms): void {
    for (let last = this.#blocks.at(-1); last !== undefined && last.endMs > at; last = this.#blocks.at(-1)) {
      if (last.startMs < at) {
        last.endMs = at;
        last.cut = true;
        return;
      }
      this.#blocks.pop();
    }
  }

  /** The loudest block of which something is played between the two times; QUIETEST_DBFS where nothing is. */
  loudestDbfs(fromMs: Ms, toMs: Ms): number {
    let loudest = 0;
    for (let index = this.#blocks.length - 1; index >= 0; index -= 1) {
      const block = this.#blocks[index];
      if (block === undefined || block.endMs <= fromMs) break;
      if (block.startMs < toMs) loudest = Math.max(loudest, block.power / block.count);
    }
    return loudest === 0 ? QUIETEST_DBFS : powerToDbfs(loudest);
  }
}
