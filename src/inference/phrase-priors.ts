// How likely the model finds each phrase where nobody speaks: what it would say anyhow is no evidence.
import { phraseLogProb, type Phrase } from './expected.ts';
import type { TextScore } from './moonshine/moonshine.ts';

/** Scores texts, as token lists, against one stretch of encoded audio. */
export type ScoreTexts = (texts: readonly (readonly number[])[]) => Promise<readonly TextScore[]>;

/** Agents have some dozens of phrases; beyond this many the least recently used one is forgotten and scored again. */
const MAX_KEPT = 1_000;

export class PhrasePriors {
  readonly #scoreInSilence: ScoreTexts;
  /** By the phrase as written for the model, the least recently used first. */
  readonly #kept = new Map<string, number>();

  constructor(scoreInSilence: ScoreTexts) {
    this.#scoreInSilence = scoreInSilence;
  }

  /** In the order of the phrases. New ones are scored in one run. */
  async of(phrases: readonly Phrase[]): Promise<readonly number[]> {
    const known = new Map<string, number>();
    const fresh = new Map<string, readonly number[]>();
    for (const { tokens } of phrases) {
      const key = tokens.join(' ');
      const prior = this.#kept.get(key);
      if (prior === undefined) fresh.set(key, tokens);
      else known.set(key, prior);
    }
    if (fresh.size > 0) {
      const scores = await this.#scoreInSilence([...fresh.values()]);
      [...fresh.keys()].forEach((key, i) => {
        const score = scores[i];
        if (score !== undefined) known.set(key, phraseLogProb(score));
      });
    }
    this.#keep(known);
    return phrases.map(({ tokens }) => known.get(tokens.join(' ')) ?? 0);
  }

  #keep(used: ReadonlyMap<string, number>): void {
    for (const [key, prior] of used) {
      this.#kept.delete(key);
      this.#kept.set(key, prior);
    }
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) return;
      this.#kept.delete(key);
    }
  }
}
