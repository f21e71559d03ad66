// Chooses how many calls the next step has: up a ramp until a step is bad, then halving the gap to the knee.

/** The ramp; beyond it every next step has 20 calls more. */
const RAMP: readonly number[] = [1, 2, 5, 10, 20, 30, 40, 60, 80];
const RAMP_STEP = 20;
/** The knee is known well enough when the gap is within 5 % or two calls. */
const PRECISION = { share: 0.05, calls: 2 };

export interface Measured {
  readonly calls: number;
  readonly good: boolean;
}

export interface Knee {
  /** The most calls of a good step below the first bad one; 0 when there is none. */
  readonly calls: number;
  /** False: no step was bad, so the knee is beyond what was measured. */
  readonly reached: boolean;
}

/** Ask `next`, measure, `record`, and so on until `next` is null. */
export class KneeSearch {
  readonly #list: readonly number[] | null;
  readonly #maxCalls: number;
  readonly #measured: Measured[] = [];
  #over = false;

  /** With `list` exactly these steps are measured, whatever comes of them; else ramp and halving up to `maxCalls`. */
  constructor(options: { readonly list: readonly number[] | null; readonly maxCalls: number }) {
    this.#list = options.list;
    this.#maxCalls = options.maxCalls;
  }

  next(): number | null {
    if (this.#over) return null;
    if (this.#list !== null) return this.#list[this.#measured.length] ?? null;
    const { calls: good } = this.knee();
    const bad = this.#firstBad();
    if (bad === null) return this.#onTheRamp(good);
    const tolerance = Math.max(PRECISION.calls, Math.floor(good * PRECISION.share));
    return bad - good <= tolerance ? null : Math.floor((good + bad) / 2);
  }

  record(measured: Measured): void {
    this.#measured.push(measured);
  }

  /** No further step can be measured, e.g. for want of memory. */
  stop(): void {
    this.#over = true;
  }

  knee(): Knee {
    const bad = this.#firstBad();
    const good = this.#measured
      .filter((step) => step.good && (bad === null || step.calls < bad))
      .map((step) => step.calls);
    return { calls: Math.max(0, ...good), reached: bad !== null };
  }

  #firstBad(): number | null {
    const bad = this.#measured.filter((step) => !step.good).map((step) => step.calls);
    return bad.length === 0 ? null : Math.min(...bad);
  }

  #onTheRamp(reached: number): number | null {
    if (reached >= this.#maxCalls) return null;
    const listed = RAMP.find((calls) => calls > reached);
    return Math.min(this.#maxCalls, listed ?? reached + RAMP_STEP);
  }
}
