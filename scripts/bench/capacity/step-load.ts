// The calls of one step: opened one after the other, called again when refused, ended together.
import type { Callers, CallWatcher } from './caller-fleet.ts';
import type { CallEnd, CallTarget, TurnMessage } from './messages.ts';
import { seededRandom, seedFor } from './random.ts';

export interface StepLoadOptions {
  readonly callers: Callers;
  readonly target: CallTarget;
  readonly calls: number;
  /** The calls begin at random times within this. */
  readonly staggerMs: number;
  readonly seed: number;
}

/** A person who was told that all lines are busy tries again. */
export const CALL_AGAIN_MS = 2_000;

/** Owns its timers: after `finish` none is left. */
export class StepLoad {
  readonly turns: TurnMessage[] = [];
  readonly ends: CallEnd[] = [];
  refusals = 0;
  readonly #options: StepLoadOptions;
  readonly #open = new Set<number>();
  readonly #connected = new Set<number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #finishing = false;
  #opened = 0;
  #onIdle: () => void = () => undefined;

  constructor(options: StepLoadOptions) {
    this.#options = options;
  }

  /** Calls whose stream is connected now. */
  get connected(): number {
    return this.#connected.size;
  }

  start(): void {
    const { calls, staggerMs, seed } = this.#options;
    const random = seededRandom(seed);
    // One in each equal part of the time: neither all at once nor like clockwork.
    for (let index = 0; index < calls; index += 1) {
      this.#after(((index + random.next()) * staggerMs) / calls, () => {
        this.#call();
      });
    }
  }

  /** Each caller waits for the answer that is due, then hangs up; after the limit all hang up at once. */
  async finish(limitMs: number): Promise<void> {
    this.#stopOpening();
    for (const call of this.#open) this.#options.callers.finish(call);
    if (!(await this.#idleWithin(limitMs))) await this.hangUp(limitMs);
  }

  /** Ends every call now. */
  async hangUp(limitMs: number): Promise<void> {
    this.#stopOpening();
    for (const call of this.#open) this.#options.callers.hangUp(call);
    await this.#idleWithin(limitMs);
  }

  #stopOpening(): void {
    this.#finishing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #call(): void {
    const { callers, target, seed } = this.#options;
    this.#opened += 1;
    const watcher: CallWatcher = {
      connected: () => this.#connected.add(call),
      turn: (turn) => this.turns.push(turn),
      ended: (end) => {
        this.#ended(call, end);
      },
    };
    const call = callers.open(target, seedFor(seed, this.#opened), watcher);
    this.#open.add(call);
  }

  #ended(call: number, end: CallEnd): void {
    this.#open.delete(call);
    this.#connected.delete(call);
    if (end.how === 'refused') {
      this.refusals += 1;
      if (!this.#finishing) {
        this.#after(CALL_AGAIN_MS, () => {
          this.#call();
        });
      }
    } else {
      this.ends.push(end);
    }
    if (this.#open.size === 0) this.#onIdle();
  }

  async #idleWithin(limitMs: number): Promise<boolean> {
    if (this.#open.size === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve(false);
      }, limitMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #after(delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }
}
