// When expected phrases are weighed at all, and what comes of it.
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/inference/expected.ts';
import { PhrasePriors } from '../../src/inference/phrase-priors.ts';
import { NOTHING_HEARD, recognize, type HeardSpeech } from '../../src/inference/recognition.ts';
import type { SttText } from '../../src/inference/messages.ts';
import { tokensOf } from '../../src/inference/tokenizer.ts';

const PHRASES = ['yes', 'no', 'half past three'];
/** Of a phrase in silence. */
const PRIOR = -15;

interface Outcome extends SttText {
  readonly scored: number;
  readonly verdicts: readonly Verdict[];
}

/** Phrases have the given log-probabilities in all, in their order; others -30. */
async function outcome(
  text: string,
  logProbPerToken: number,
  more: Partial<HeardSpeech> & { readonly phrases?: readonly number[] } = {},
): Promise<Outcome> {
  const tokens = text === '' ? [] : tokensOf(text);
  const logProbs = [...tokens, 2].map(() => logProbPerToken);
  const verdicts: Verdict[] = [];
  let scored = 0;
  const total = (logProb: number) => ({ steps: [logProb, 0], ends: [-99, -99, 0] });
  const heard = {
    hypothesis: { tokens, logProbs, ended: true },
    speechMs: 700,
    ending: 0.7,
    expected: PHRASES,
    ...more,
  };
  const result = await recognize(heard, {
    score: (texts) => {
      scored += texts.length;
      return Promise.resolve(texts.map((_, i) => total(more.phrases?.[i] ?? -30)));
    },
    priors: new PhrasePriors((texts) => Promise.resolve(texts.map(() => total(PRIOR)))),
    onVerdict: (verdict) => verdicts.push(verdict),
  });
  return { ...result, scored, verdicts };
}

describe('recognition', () => {
  it('passes on how finished the voice sounds, unless it has heard nothing', async () => {
    expect((await outcome('Yes.', -0.1)).ending).toBe(0.7);
    expect((await outcome('Tomorrow at noon.', -0.1)).ending).toBe(0.7);
    expect((await outcome('', -0.1)).ending).toBe(0);
  });

  it('takes a sure text that is a phrase without weighing anything', async () => {
    const { text, matched, confidence, scored } = await outcome('Yes.', -0.1);
    expect({ text, matched, scored }).toEqual({ text: 'yes', matched: 'yes', scored: 0 });
    expect(confidence).toBeCloseTo(Math.exp(-0.1));
  });

  it('weighs the phrases when the text is empty, unsure, or another short one', async () => {
    const phrases = [-20, -2, -20];
    for (const [text, logProb] of [
      ['', -0.4],
      ['New.', -1],
      ['New.', -0.3],
      ['Yes.', -1],
    ] as const) {
      const { matched, confidence, scored, verdicts } = await outcome(text, logProb, { phrases });
      expect({ text, matched, scored }).toEqual({ text, matched: 'no', scored: 3 });
      expect(confidence).toBe(verdicts[0]?.share);
      expect(confidence).toBeGreaterThan(0.9);
    }
  });

  it('keeps the free transcript where no phrase comes near', async () => {
    const { text, matched, confidence, verdicts } = await outcome('New.', -0.3, { phrases: [-20, -20, -20] });
    expect({ text, matched }).toEqual({ text: 'New.', matched: null });
    expect(confidence).toBeCloseTo(Math.exp(-0.3));
    expect(verdicts).toHaveLength(1);
  });

  it('hears nothing where there is no text and no phrase comes near', async () => {
    expect(await outcome('', -0.001, { phrases: [-12, -12, -20] })).toMatchObject(NOTHING_HEARD);
    expect(await outcome('Pzk.', -3, { phrases: [-30, -30, -30] })).toMatchObject(NOTHING_HEARD);
  });

  it('weighs nothing where the speech is long and sure, says more words, or nothing is expected', async () => {
    const phrases = [0, 0, 0];
    for (const quiet of [
      await outcome('I would like to book a room.', -0.1, { phrases }),
      await outcome('I would like to book a room.', -1, { phrases }),
      await outcome('Tomorrow.', -0.1, { phrases, speechMs: 6_000 }),
      await outcome('', -0.1, { phrases, speechMs: 6_000 }),
      await outcome('New.', -0.1, { phrases, expected: [] }),
    ]) {
      expect(quiet).toMatchObject({ matched: null, scored: 0 });
    }
  });

  it('weighs phrases of several words where as many were heard', async () => {
    const { matched, scored } = await outcome('Half past tree.', -0.3, { phrases: [-2] });
    expect({ matched, scored }).toEqual({ matched: 'half past three', scored: 1 });
  });
});
