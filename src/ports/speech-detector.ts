// Voice activity detection as a call sees it: windows in, one probability per window out, in order.
import type { Ms } from '../audio/units.ts';

/** Silero at 8 kHz takes 256 new samples a run: 32 ms. */
export const VAD_WINDOW_SAMPLES = 256;
export const VAD_WINDOW_MS = 32 as Ms;

export interface VadVerdict {
  /** Counts the windows of this stream from 0, over resets too. */
  readonly index: number;
  /** Speech probability, 0 to 1. */
  readonly probability: number;
}

/** One call's detector state. Windows are judged strictly in the order they were pushed. */
export interface DetectorStream {
  /** Exactly 256 samples at 8 kHz. After `close` it does nothing. */
  push(window: Int16Array): void;
  /** Forgets the recurrent state and the context; windows pushed before it are still judged with the old state. */
  reset(): void;
  /** Gives the slot back. Idempotent; no verdict arrives afterwards. */
  close(): void;
}

export interface SpeechDetector {
  /** @throws CallError `queue-full` when every slot is taken, `lane-unavailable` when the lane is down. */
  open(onVerdict: (verdict: VadVerdict) => void): DetectorStream;
}
