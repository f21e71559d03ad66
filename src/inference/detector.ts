// The speech detector of all calls: gathers their ready windows into one run and hands the verdicts back in order.
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import { CallError } from '../ports/errors.ts';
import {
  VAD_WINDOW_SAMPLES,
  type DetectorStream,
  type SpeechDetector,
  type VadVerdict,
} from '../ports/speech-detector.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import type { JobLane, LaneDeps } from './lane.ts';
import { RecentWaits } from './recent-waits.ts';
import { WindowQueue } from './window-queue.ts';

/** A run of 64 windows takes 4 ms; the rest is a busy machine. */
const RUN_DEADLINE_MS = 2_000;

interface Slot {
  readonly number: number;
  readonly windows: WindowQueue;
  readonly onVerdict: (verdict: VadVerdict) => void;
}

interface Judged {
  readonly slot: Slot;
  readonly index: number;
}

export class LaneDetector implements SpeechDetector {
  readonly #lane: JobLane<'vad'>;
  readonly #gatherMs: number;
  readonly #clock: Clock;
  readonly #meter: Meter;
  readonly #logger: Logger;
  readonly #slots: (Slot | null)[];
  /** One run's job, reused: a message is copied when it is sent. */
  readonly #jobSlots: Uint16Array;
  readonly #jobSamples: Int16Array;
  #cancelGather: (() => void) | null = null;
  readonly #waits: RecentWaits;
  #waitingSince = 0;
  #waiting = 0;

  constructor(lane: JobLane<'vad'>, deps: Omit<LaneDeps, 'laneEntry'>) {
    const { vadSlots, vadGatherMs } = deps.settings;
    this.#lane = lane;
    this.#gatherMs = vadGatherMs;
    this.#clock = deps.clock;
    this.#meter = deps.meter;
    this.#logger = deps.logger;
    this.#waits = new RecentWaits(deps.clock);
    this.#slots = Array<Slot | null>(vadSlots).fill(null);
    this.#jobSlots = new Uint16Array(vadSlots);
    this.#jobSamples = new Int16Array(vadSlots * VAD_WINDOW_SAMPLES);
    lane.watch({
      ready: () => {
        this.#gather();
      },
      down: () => {
        this.#stopGathering();
      },
    });
  }

  /** Windows that wait for a run. */
  get depth(): number {
    return this.#waiting;
  }

  /** The longest wait of a window in the last seconds, the one that still goes on included. */
  get waitMs(): number {
    const dueMs = this.#slots.reduce(
      (first, slot) => Math.min(first, slot?.windows.nextDueMs ?? first),
      Infinity,
    );
    return Math.max(this.#clock.now() - dueMs, this.#waits.longest());
  }

  open(onVerdict: (verdict: VadVerdict) => void): DetectorStream {
    if (!this.#lane.isReady) throw new CallError('lane-unavailable', 'The vad lane is not ready.');
    const number = this.#slots.indexOf(null);
    if (number < 0) throw new CallError('queue-full', `All ${this.#slots.length} detector slots are taken.`);
    const slot: Slot = { number, windows: new WindowQueue(), onVerdict };
    this.#slots[number] = slot;
    return {
      push: (window) => {
        this.#push(slot, window);
      },
      reset: () => {
        slot.windows.resetNext();
      },
      close: () => {
        this.#close(slot);
      },
    };
  }

  #isOpen(slot: Slot): boolean {
    return this.#slots[slot.number] === slot;
  }

  #close(slot: Slot): void {
    if (!this.#isOpen(slot)) return;
    this.#slots[slot.number] = null;
    this.#waiting -= slot.windows.length;
    this.#lane.forget('release', slot.number);
  }

  #push(slot: Slot, window: Int16Array): void {
    if (window.length !== VAD_WINDOW_SAMPLES) {
      throw new CallError(
        'bad-audio',
        `A window has ${window.length} samples instead of ${VAD_WINDOW_SAMPLES}.`,
      );
    }
    if (!this.#isOpen(slot)) return;
    if (slot.windows.push(window, this.#clock.now())) this.#waiting += 1;
    else this.#meter.count('vad_windows_lost', 1, { reason: 'overflow' });
    if (this.#waiting === 1) this.#waitingSince = this.#clock.now();
    this.#gather();
  }

  /** Runs now if the first window has waited long enough, else then; a busy lane is asked again when it answers. */
  #gather(): void {
    if (this.#waiting === 0 || this.#cancelGather !== null || this.#lane.isBusy || !this.#lane.isReady)
      return;
    const left = this.#waitingSince + this.#gatherMs - this.#clock.now();
    if (left <= 0) {
      this.#run();
      return;
    }
    this.#cancelGather = this.#clock.after(ms(left), () => {
      this.#cancelGather = null;
      this.#run();
    });
  }

  #stopGathering(): void {
    this.#cancelGather?.();
    this.#cancelGather = null;
  }

  #run(): void {
    const judged: Judged[] = [];
    let dueMs = Infinity;
    for (const slot of this.#slots) {
      if (slot === null || slot.windows.length === 0) continue;
      const row = judged.length;
      if (slot.windows.nextNeedsReset) this.#lane.forget('reset', slot.number);
      const target = this.#jobSamples.subarray(row * VAD_WINDOW_SAMPLES, (row + 1) * VAD_WINDOW_SAMPLES);
      this.#jobSlots[row] = slot.number;
      dueMs = Math.min(dueMs, slot.windows.nextDueMs);
      judged.push({ slot, index: slot.windows.take(target) });
    }
    if (judged.length === 0) return;
    const waitMs = Math.max(0, this.#clock.now() - dueMs);
    this.#waits.record(waitMs);
    this.#meter.observe('lane_wait_ms', waitMs, { lane: 'vad' });
    this.#waiting -= judged.length;
    void this.#judge(judged);
  }

  async #judge(judged: readonly Judged[]): Promise<void> {
    const rows = judged.length;
    this.#meter.observe('lane_batch_size', rows, { lane: 'vad' });
    try {
      const job = {
        slots: this.#jobSlots.subarray(0, rows),
        samples: this.#jobSamples.subarray(0, rows * VAD_WINDOW_SAMPLES),
      };
      const { result } = await this.#lane.run(job, RUN_DEADLINE_MS);
      judged.forEach((one, row) => {
        this.#deliver(one, result.probabilities[row] ?? 0);
      });
    } catch (error) {
      // The lane is being replaced: these windows have no verdict, the calls go on with fresh state.
      this.#meter.count('vad_windows_lost', rows, { reason: 'lane' });
      if (!(error instanceof CallError)) this.#logger.error({ error }, 'voice activity run failed');
    }
    this.#gather();
  }

  #deliver({ slot, index }: Judged, probability: number): void {
    if (!this.#isOpen(slot)) return;
    try {
      slot.onVerdict({ index, probability });
    } catch (error) {
      // One call's mistake must not cost the others their verdicts.
      this.#logger.error({ error }, 'verdict handler failed');
    }
  }
}
