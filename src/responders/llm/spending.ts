// What language models have cost: of one call for its record, and of the day for the whole process.
import type { Clock } from '../../ports/clock.ts';
import type { EndpointFile } from './model-schema.ts';

export interface Tokens {
  readonly input: number;
  readonly output: number;
}

const MILLION = 1_000_000;

/** US dollars; null where the file names no price. */
export const costOf = ({ price }: Pick<EndpointFile, 'price'>, { input, output }: Tokens): number | null =>
  price === undefined ? null : (input * price.input + output * price.output) / MILLION;

/** Of this process since midnight in UTC. */
export class DaySpending {
  readonly #clock: Clock;
  #day = '';
  #usd = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get usd(): number {
    this.#turnPage();
    return this.#usd;
  }

  add(usd: number): void {
    this.#turnPage();
    this.#usd += usd;
  }

  #turnPage(): void {
    const day = this.#clock.date().toISOString().slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    this.#usd = 0;
  }
}

/** Of one call. */
export class CallSpending {
  #requests = 0;
  #discarded = 0;
  #input = 0;
  #output = 0;
  #usd: number | null = null;

  get tokens(): number {
    return this.#input + this.#output;
  }

  requested(): void {
    this.#requests += 1;
  }

  discarded(requests: number): void {
    this.#discarded += requests;
  }

  add({ input, output }: Tokens, usd: number | null): void {
    this.#input += input;
    this.#output += output;
    if (usd !== null) this.#usd = (this.#usd ?? 0) + usd;
  }

  /** For the call's record. */
  counters(): Readonly<Record<string, number>> {
    if (this.#requests === 0) return {};
    return {
      modelRequests: this.#requests,
      modelRequestsDiscarded: this.#discarded,
      modelInputTokens: this.#input,
      modelOutputTokens: this.#output,
      ...(this.#usd !== null && { modelMicroUsd: Math.round(this.#usd * MILLION) }),
    };
  }
}
