// A detector that goes by loudness and can be made to fail in every way that a real one has.
import { CallError } from '../../src/ports/errors.ts';
import type { DetectorStream, SpeechDetector, VadVerdict } from '../../src/ports/speech-detector.ts';

export type Verdicts = 'right' | 'none' | 'stuck' | 'nonsense';

/** Above the residual echo of a line, below any caller. */
const LOUD = 100;

export class ScriptedDetector implements SpeechDetector {
  verdicts: Verdicts = 'right';
  slots: 'free' | 'full' = 'free';
  /** Streams, counted from 0, whose verdicts never come. */
  readonly lost = new Set<number>();
  openSlots = 0;
  resets = 0;
  readonly openedAt: number[] = [];
  /** What the model was given, window by window, over all streams. */
  readonly windows: number[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open(onVerdict: (verdict: VadVerdict) => void): DetectorStream {
    if (this.slots === 'full') throw new CallError('queue-full', 'scripted');
    this.openSlots += 1;
    const stream = this.openedAt.push(this.#now()) - 1;
    let index = -1;
    let open = true;
    return {
      push: (window) => {
        if (!open) return;
        index += 1;
        this.windows.push(window.reduce((sum, sample, place) => (sum * 31 + sample * (place + 1)) | 0, 7));
        const verdict = { index, probability: this.#probability(window, index) };
        queueMicrotask(() => {
          if (open && this.verdicts !== 'none' && !this.lost.has(stream)) onVerdict(verdict);
        });
      },
      reset: () => {
        this.resets += 1;
      },
      close: () => {
        if (open) this.openSlots -= 1;
        open = false;
      },
    };
  }

  #probability(window: Int16Array, index: number): number {
    if (this.verdicts === 'stuck') return 0.125;
    if (this.verdicts === 'nonsense') return NaN;
    // A live detector never gives the same bits for long.
    const moving = (index % 7) / 1000;
    return (Math.max(...window) > LOUD ? 0.95 : 0.02) + moving;
  }
}
