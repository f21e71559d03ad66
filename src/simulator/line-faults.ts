// What can go wrong on the line between Twilio and the server: what is sent is lost, late or out of order, marks stray.
import { FRAME_MS } from '../audio/units.ts';

/** Each begins with a step of the scenario. Nothing in here is left to chance: the same call has the same faults. */
export type LineFault =
  /** Nothing the caller says reaches the server for this long, and its timestamps show the hole. */
  | { readonly kind: 'gap'; readonly forMs: number }
  /** Everything that is sent waits for this long and then comes in one burst, its timestamps without a hole. */
  | { readonly kind: 'stall'; readonly forMs: number }
  /** This many times a frame comes after its successor. */
  | { readonly kind: 'late'; readonly frames: number }
  /** The next marks do not come back; `all` until the next step begins. */
  | { readonly kind: 'lose-marks'; readonly count: number | 'all' }
  /** Until the next step begins every mark comes back twice. */
  | { readonly kind: 'duplicate-marks' }
  /** A mark comes that nobody asked for. */
  | { readonly kind: 'stray-mark' }
  /** Until the next step begins every mark comes back this much later. */
  | { readonly kind: 'late-marks'; readonly byMs: number };

/** What Twilio sends; it is numbered when it leaves, so `chunk` and `sequenceNumber` count in the order of arrival. */
export type LineMessage =
  | { readonly type: 'media'; readonly timestampMs: number; readonly payload: string }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'dtmf'; readonly digit: string };

/** How a mark comes back: these names, this much later. */
export interface MarkReturn {
  readonly names: readonly string[];
  readonly lateMs: number;
}

export interface LineFaultCounts {
  /** Frames that a gap swallowed. */
  readonly framesLost: number;
  readonly marksLost: number;
}

interface MarkFaults {
  readonly lose: number;
  readonly copies: 1 | 2;
  readonly lateMs: number;
}

/** The longest stall of a scenario is 10 s, which is 500 frames; the rest is room for marks and keys. */
const MAX_HELD_MESSAGES = 2_000;
const GOOD_MARKS: MarkFaults = { lose: 0, copies: 1, lateMs: 0 };
const framesIn = (ms: number): number => Math.ceil(ms / FRAME_MS);

/**
 * One call's line. Time is counted in frames. What a stall holds back is bounded by the longest stall a scenario can ask
 * for; at the bound it is sent.
 */
export class LineFaults {
  readonly #always: readonly LineFault[];
  #marks: MarkFaults = GOOD_MARKS;
  #gapFrames = 0;
  #stallFrames = 0;
  #swaps = 0;
  #strays = 0;
  #held: LineMessage[] = [];
  /** The frame that waits for its successor. */
  #overtaken: LineMessage | null = null;
  #framesLost = 0;
  #marksLost = 0;

  /** `always` begin with the call, and again with each step. */
  constructor(always: readonly LineFault[] = []) {
    this.#always = always;
    this.begin([]);
  }

  get counts(): LineFaultCounts {
    return { framesLost: this.#framesLost, marksLost: this.#marksLost };
  }

  /** A step begins: faults of the last one that only last until then are over. */
  begin(faults: readonly LineFault[]): void {
    const lose = Number.isFinite(this.#marks.lose) ? this.#marks.lose : 0;
    this.#marks = { ...GOOD_MARKS, lose };
    for (const fault of [...this.#always, ...faults]) this.#start(fault);
  }

  /** Asked once for each 20 ms of the caller. Returns what goes out now, in order. */
  media(frame: Extract<LineMessage, { type: 'media' }>): readonly LineMessage[] {
    const strays = this.#takeStrays();
    if (this.#gapFrames > 0) {
      this.#gapFrames -= 1;
      this.#framesLost += 1;
      return this.#pass([...strays, ...this.#takeOvertaken()]);
    }
    const out = this.#pass([...strays, ...this.#inOrderOfArrival(frame)]);
    if (this.#stallFrames === 0) return out;
    this.#stallFrames -= 1;
    return this.#stallFrames === 0 ? this.release() : out;
  }

  /** Whatever is not media keeps its place in the line. */
  other(message: Exclude<LineMessage, { type: 'media' }>): readonly LineMessage[] {
    return this.#pass([message]);
  }

  mark(name: string): MarkReturn {
    const { lose, copies, lateMs } = this.#marks;
    if (lose > 0) {
      this.#marks = { ...this.#marks, lose: lose - 1 };
      this.#marksLost += 1;
      return { names: [], lateMs: 0 };
    }
    return { names: Array.from({ length: copies }, () => name), lateMs };
  }

  /** The stall is over, or the call: everything that was held back. */
  release(): readonly LineMessage[] {
    this.#stallFrames = 0;
    const held = [...this.#held, ...this.#takeOvertaken()];
    this.#held = [];
    return held;
  }

  #start(fault: LineFault): void {
    switch (fault.kind) {
      case 'gap':
        this.#gapFrames = framesIn(fault.forMs);
        return;
      case 'stall':
        this.#stallFrames = framesIn(fault.forMs);
        return;
      case 'late':
        this.#swaps = fault.frames;
        return;
      case 'lose-marks':
        this.#marks = { ...this.#marks, lose: fault.count === 'all' ? Infinity : fault.count };
        return;
      case 'duplicate-marks':
        this.#marks = { ...this.#marks, copies: 2 };
        return;
      case 'stray-mark':
        this.#strays += 1;
        return;
      case 'late-marks':
        this.#marks = { ...this.#marks, lateMs: fault.byMs };
    }
  }

  #inOrderOfArrival(frame: LineMessage): readonly LineMessage[] {
    if (this.#overtaken !== null) return [frame, ...this.#takeOvertaken()];
    if (this.#swaps === 0) return [frame];
    this.#swaps -= 1;
    this.#overtaken = frame;
    return [];
  }

  #takeOvertaken(): readonly LineMessage[] {
    const frame = this.#overtaken;
    this.#overtaken = null;
    return frame === null ? [] : [frame];
  }

  #takeStrays(): readonly LineMessage[] {
    const names = Array.from({ length: this.#strays }, (_, index) => `stray:${index + 1}`);
    this.#strays = 0;
    return names.map((name) => ({ type: 'mark', name }));
  }

  #pass(messages: readonly LineMessage[]): readonly LineMessage[] {
    if (this.#stallFrames === 0) return messages;
    this.#held.push(...messages);
    return this.#held.length < MAX_HELD_MESSAGES ? [] : this.release();
  }
}
