// A call's place in the voice activity detector: opened, reset, and rebuilt when its verdicts stop or say nothing (I8).
import { QUIETEST_DBFS } from '../audio/level.ts';
import { ms, type Ms } from '../audio/units.ts';
import { CallError } from '../ports/errors.ts';
import { VAD_WINDOW_MS, type DetectorStream, type SpeechDetector } from '../ports/speech-detector.ts';

/** Windows that wait for verdicts for this long mean that the stream is lost. */
export const VERDICT_LIMIT_MS = ms(1_000);
/**
 * The same bits for this much loud, changing audio mean that the stream does not listen. Measured: in 103,450 windows of
 * speech, noise, music and tones the longest such stretch was 96 ms.
 */
const STUCK_LIMIT_MS = ms(1_000);
/** Audio that a stuck detector is judged by: line hiss may well give the same verdict again and again, speech does not. */
const LOUD_DBFS = -50;
/**
 * The most that one look adds to a wait. Packets come every 20 ms; after a stall of the whole process the verdicts are
 * there as well and have only not been read yet, so that time in which nobody looked proves nothing.
 */
const MAX_LOOK_MS = 100;

export interface SlotVerdict {
  /** Counts the windows of the call from 0, over rebuilds too. */
  readonly index: number;
  /** Speech probability, a number from 0 to 1. */
  readonly probability: number;
}

/** Why a stream was rebuilt: it gave no verdicts, or always the same one or none that is a probability. */
export type RebuildReason = 'no-verdicts' | 'stuck';

export interface DetectorSlotOptions {
  readonly detector: SpeechDetector;
  readonly onVerdict: (verdict: SlotVerdict) => void;
  /** A stream could not be opened. */
  readonly onFault: (code: string) => void;
  /** RMS dBFS of the window with this index of the call; null when it is not known any more. */
  readonly levelOf: (index: number) => number | null;
}

/** How the open stream does. */
interface Health {
  waitedMs: number;
  /** Loud audio that got the very same verdict as the different audio before it. */
  stuckMs: number;
  last: { readonly probability: number; readonly levelDbfs: number } | null;
  nonsense: boolean;
}

const fresh = (): Health => ({ waitedMs: 0, stuckMs: 0, last: null, nonsense: false });

export class DetectorSlot {
  readonly #options: DetectorSlotOptions;
  #stream: DetectorStream | null = null;
  #health = fresh();
  #pushed = 0;
  /** One past the last window that got a verdict. */
  #judgedTo = 0;
  #judged = 0;
  #lastProbability = 0;
  #lookedAt: Ms | null = null;
  #rebuiltAt = -Infinity;

  constructor(options: DetectorSlotOptions) {
    this.#options = options;
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

  /**
   * Called with the wall clock and with every packet. Rebuilds this call's stream when it has failed, at most once in
   * VERDICT_LIMIT_MS, and says why; null when there was nothing to do.
   */
  checkAlive(now: Ms): RebuildReason | null {
    const passedMs = Math.min(MAX_LOOK_MS, now - (this.#lookedAt ?? now));
    this.#lookedAt = now;
    const health = this.#health;
    health.waitedMs = this.#judgedTo < this.#pushed ? health.waitedMs + passedMs : 0;
    const reason = this.#fault(health);
    if (reason === null || now - this.#rebuiltAt < VERDICT_LIMIT_MS) return null;
    this.#rebuiltAt = now;
    this.close();
    return reason;
  }

  #fault({ waitedMs, stuckMs, nonsense }: Health): RebuildReason | null {
    if (nonsense || stuckMs >= STUCK_LIMIT_MS) return 'stuck';
    return waitedMs >= VERDICT_LIMIT_MS ? 'no-verdicts' : null;
  }

  #open(): void {
    const base = this.#pushed;
    try {
      const stream: DetectorStream = this.#options.detector.open((verdict) => {
        if (this.#stream === stream) this.#judge(base + verdict.index, verdict.probability);
      });
      this.#stream = stream;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.#options.onFault(error.code);
    }
  }

  /** What is no probability is not passed on: no verdict at all is safer than a false one. */
  #judge(index: number, probability: number): void {
    const health = this.#health;
    health.waitedMs = 0;
    this.#judgedTo = index + 1;
    if (!(probability >= 0 && probability <= 1)) {
      health.nonsense = true;
      return;
    }
    const levelDbfs = this.#options.levelOf(index) ?? QUIETEST_DBFS;
    if (probability !== health.last?.probability) health.stuckMs = 0;
    // Windows of a test tone may all be the same to the bit: the same verdict is right then.
    else if (levelDbfs > LOUD_DBFS && levelDbfs !== health.last.levelDbfs) health.stuckMs += VAD_WINDOW_MS;
    health.last = { probability, levelDbfs };
    this.#judged += 1;
    this.#lastProbability = probability;
    this.#options.onVerdict({ index, probability });
  }

  /** Idempotent. A later push opens a new stream; windows in flight get no verdict. */
  close(): void {
    const stream = this.#stream;
    this.#stream = null;
    this.#health = fresh();
    this.#judgedTo = this.#pushed;
    stream?.close();
  }
}
