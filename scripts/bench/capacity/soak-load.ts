// The calls of a soak: a fixed number at a time, each of some minutes, and each followed by another.
import type { Callers } from './caller-fleet.ts';
import type { CallEnd, CallTarget, TurnMessage } from './messages.ts';
import { seededRandom, seedFor, type Random } from './random.ts';

export interface SoakLoadOptions {
  readonly callers: Callers;
  readonly target: CallTarget;
  readonly calls: number;
  readonly seed: number;
}

export interface SoakCounts {
  /** Calls that were begun, ended, and were refused at the webhook. */
  readonly begun: number;
  readonly ended: number;
  readonly refused: number;
  readonly failed: number;
  /** A turn without an answer, or a call that does not end: each such call counts once. */
  readonly stuck: number;
  readonly framesSent: number;
  readonly framesLost: number;
}

export const CALL_MS = { least: 120_000, most: 240_000 };
const NEXT_CALL_MS = { least: 1_000, most: 3_000 };
const STAGGER_MS = 10_000;
/** The answer that is due takes 10 s at most, and ending a call a moment: beyond this it is stuck. */
export const END_LIMIT_MS = 20_000;
const MAX_PROBLEMS = 20;

interface SoakCall {
  readonly number: number;
  finishing: boolean;
  stuck: boolean;
  timer: NodeJS.Timeout;
}

/** Owns its timers: after `finish` none is left. */
export class SoakLoad {
  readonly problems = new Set<string>();
  readonly #options: SoakLoadOptions;
  readonly #random: Random;
  readonly #open = new Set<SoakCall>();
  readonly #waiting = new Set<NodeJS.Timeout>();
  readonly #onTurn: (turn: TurnMessage) => void;
  readonly #counts = {
    begun: 0,
    ended: 0,
    refused: 0,
    failed: 0,
    stuck: 0,
    framesSent: 0,
    framesLost: 0,
  };
  #connected = 0;
  #finishing = false;
  #onIdle: () => void = () => undefined;

  constructor(options: SoakLoadOptions, onTurn: (turn: TurnMessage) => void) {
    this.#options = options;
    this.#onTurn = onTurn;
    this.#random = seededRandom(options.seed);
  }

  get counts(): SoakCounts {
    return { ...this.#counts };
  }

  get connected(): number {
    return this.#connected;
  }

  /** The first calls have lengths of their own, so that not all of them end together. */
  start(): void {
    for (let call = 0; call < this.#options.calls; call += 1) {
      this.#callAfter(
        this.#random.between(0, STAGGER_MS),
        this.#random.between(CALL_MS.least / 4, CALL_MS.most),
      );
    }
  }

  /** Resolves when every call has ended; what has not by the limit is stuck, and is cut off. */
  async finish(): Promise<void> {
    this.#finishing = true;
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#waiting.clear();
    for (const call of this.#open) this.#finishCall(call);
    if (this.#open.size === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    const limit = setTimeout(() => {
      for (const call of this.#open) clearTimeout(call.timer);
      this.#onIdle();
    }, 2 * END_LIMIT_MS);
    await idle;
    clearTimeout(limit);
  }

  #callAfter(delayMs: number, durationMs: number): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#call(durationMs);
    }, delayMs);
    this.#waiting.add(timer);
  }

  #call(durationMs: number): void {
    const { callers, target, seed } = this.#options;
    this.#counts.begun += 1;
    let connected = false;
    const number = callers.open(target, seedFor(seed, this.#counts.begun), {
      connected: () => {
        connected = true;
        this.#connected += 1;
      },
      turn: (turn) => {
        if (turn.kind === 'unanswered') this.#stuck(call, `No answer within the limit to ${turn.clip}.`);
        this.#onTurn(turn);
      },
      ended: (end) => {
        if (connected) this.#connected -= 1;
        this.#ended(call, end);
      },
    });
    const timer = setTimeout(() => {
      this.#finishCall(call);
    }, durationMs);
    const call: SoakCall = { number, finishing: false, stuck: false, timer };
    this.#open.add(call);
  }

  #finishCall(call: SoakCall): void {
    if (call.finishing) return;
    call.finishing = true;
    clearTimeout(call.timer);
    this.#options.callers.finish(call.number);
    call.timer = setTimeout(() => {
      this.#stuck(call, 'A call did not end.');
      this.#options.callers.hangUp(call.number);
    }, END_LIMIT_MS);
  }

  #stuck(call: SoakCall, problem: string): void {
    this.#note(problem);
    if (call.stuck) return;
    call.stuck = true;
    this.#counts.stuck += 1;
  }

  #ended(call: SoakCall, end: CallEnd): void {
    clearTimeout(call.timer);
    this.#open.delete(call);
    this.#counts.framesSent += end.framesSent;
    this.#counts.framesLost += end.framesLost;
    if (end.how === 'refused') this.#counts.refused += 1;
    else this.#counts.ended += 1;
    if (end.how === 'failed') this.#counts.failed += 1;
    for (const problem of end.problems) this.#note(problem);
    if (!this.#finishing) {
      const pauseMs = this.#random.between(NEXT_CALL_MS.least, NEXT_CALL_MS.most);
      this.#callAfter(pauseMs, this.#random.between(CALL_MS.least, CALL_MS.most));
    } else if (this.#open.size === 0) {
      this.#onIdle();
    }
  }

  #note(problem: string): void {
    if (this.problems.size < MAX_PROBLEMS) this.problems.add(problem);
  }
}
