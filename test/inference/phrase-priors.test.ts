// What phrases are worth in silence: scored once, in one run, and forgotten only when there are too many.
import { describe, expect, it } from 'vitest';
import { preparePhrases, type Phrase } from '../../src/inference/expected.ts';
import { PhrasePriors } from '../../src/inference/phrase-priors.ts';

/** Scores a text by its first token, and keeps what it was asked. */
function priorsOverFake(): { priors: PhrasePriors; runs: number[][] } {
  const runs: number[][] = [];
  const priors = new PhrasePriors((texts) => {
    runs.push(texts.map(([first]) => first ?? 0));
    return Promise.resolve(texts.map(([first = 0]) => ({ steps: [-first, 0], ends: [-99_999, -99_999, 0] })));
  });
  return { priors, runs };
}

const phrase = (first: number): Phrase => ({ given: 'x', words: 'x', tokens: [first, 2] });

describe('phrase priors', () => {
  it('come in the order of the phrases, and only new ones are scored, together', async () => {
    const { priors, runs } = priorsOverFake();
    expect(await priors.of([phrase(7), phrase(5)])).toEqual([-7, -5]);
    expect(await priors.of([phrase(5), phrase(9), phrase(7), phrase(8)])).toEqual([-5, -9, -7, -8]);
    expect(await priors.of([phrase(8), phrase(5)])).toEqual([-8, -5]);
    expect(runs).toEqual([
      [7, 5],
      [9, 8],
    ]);
  });

  it('are one for phrases that are written alike, and none are scored for none', async () => {
    const { priors, runs } = priorsOverFake();
    const spellings = preparePhrases(['yes', 'Yes.', 'yes!']);
    expect(new Set(await priors.of(spellings)).size).toBe(1);
    expect(await priors.of([])).toEqual([]);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toHaveLength(1);
  });

  it('are kept for 1,000 phrases, those used last', async () => {
    const { priors, runs } = priorsOverFake();
    await priors.of(Array.from({ length: 1_000 }, (_, i) => phrase(i + 1)));
    await priors.of([phrase(1)]);
    await priors.of([phrase(2_000)]);
    expect(await priors.of([phrase(1), phrase(2)])).toEqual([-1, -2]);
    expect(runs.slice(1)).toEqual([[2_000], [2]]);
  });
});
