// A call's place in the voice activity detector: opened, reset, and rebuilt when audio goes in and no verdicts come out.
import { ms, type Ms } from '../audio/units.ts';
import { CallError } from '../ports/errors.ts';
import type { DetectorStream, SpeechDetector } from '../ports/speech-detector.ts';

/** Audio without verdicts for this long means that the stream is lost (I8). */
export const VERDICT_LIMIT_MS = ms(1_000);

export interface SlotVerdict {
  /** Counts the windows of the call from 0, over rebuilds too. */
  readonly index: number;
  readonly probability: number;
}

export class DetectorSlot {
  readonly #detector: SpeechDetector;
  readonly #onVerdict: (verdict: SlotVerdict) => void;
  readonly #onFault: (code: string) => void;
  #stream: DetectorStream | null = null;
  #pushed = 0;
  #judged = 0;
  #lastSignAt: Ms | null = null;
  #lastProbability = 0;

  constructor(
    detector: SpeechDetector,
    onVerdict: (verdict: SlotVerdict) => void,
    onFault: (code: string) => void,
  ) {
    this.#detector = detector;
    this.#onVerdict = onVerdict;
    this.#onFault = onFault;
  }

  get judged(): number {
    return this.#judged;
  }

  get lastProbability(): number {
    return this.#lastProbability;
  }

  push(window: Int16Array): void {
    if (this.#stream === null) this.#open();
    this.#pushed += 1;
    this.#stream?.push(window);
  }

  reset(): void {
    this.#stream?.reset();
  }

  /** Called with the media clock; rebuilds a silent stream and returns true when it did. */
  checkAlive(now: Ms): boolean {
    this.#lastSignAt ??= now;
    if (now - this.#lastSignAt < VERDICT_LIMIT_MS) return false;
    this.#lastSignAt = now;
    this.close();
    return true;
  }

  #open(): void {
    const base = this.#pushed;
    try {
      const stream: DetectorStream = this.#detector.open((verdict) => {
        if (this.#stream !== stream) return;
        this.#judged += 1;
        this.#lastSignAt = null;
        this.#lastProbability = verdict.probability;
        this.#onVerdict({ index: base + verdict.index, probability: verdict.probability });
      });
      this.#stream = stream;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.#onFault(error.code);
    }
  }

  /** Idempotent. A later push opens a new stream. */
  close(): void {
    const stream = this.#stream;
    this.#stream = null;
    stream?.close();
  }
}
