// The rule by which an expected phrase wins over the free transcript.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  candidates,
  judge,
  LEAST_MARGIN,
  normalized,
  preparePhrases,
  spokenPhrase,
  weighPhrases,
  type WeighedPhrase,
} from '../../src/inference/expected.ts';
import { textOf, tokensOf } from '../../src/inference/tokenizer.ts';

const phrases = preparePhrases(['yes', 'No', 'half past three']);

describe('expected phrases', () => {
  it('are written as the model writes', () => {
    expect(phrases.map((phrase) => textOf(phrase.tokens))).toEqual(['Yes.', 'No.', 'Half past three.']);
    for (const phrase of phrases) {
      expect([...phrase.tokens]).toEqual(tokensOf(textOf(phrase.tokens)));
    }
  });

  it('leave out what has no word, and what is too many', () => {
    expect(preparePhrases(['', ' . ', '?'])).toEqual([]);
    expect(preparePhrases(Array.from({ length: 50 }, (_, i) => `word ${i}`))).toHaveLength(32);
  });

  it('are found in the free transcript whatever its case and punctuation', () => {
    expect(spokenPhrase('YES!', phrases)?.given).toBe('yes');
    expect(spokenPhrase('Half past, three.', phrases)?.given).toBe('half past three');
    expect(spokenPhrase('Yes, please.', phrases)).toBeNull();
    expect(normalized(' It’s “Fine”. ')).toBe("it's fine");
  });

  it('are not tried on a transcript of more words, nor on a long sound unless its text is unsure', () => {
    const names = (text: string, speechMs: number, isSure = true): string[] =>
      candidates({ text, logProb: 0, speechMs, isSure }, phrases).map((phrase) => phrase.given);
    expect(names('New.', 800)).toEqual(['yes', 'No', 'half past three']);
    expect(names('Not today.', 800)).toEqual(['half past three']);
    expect(names('I would like to', 800)).toEqual([]);
    expect(names('Good-by.', 800)).toEqual(['yes', 'No', 'half past three']);
    expect(names('', 1_800)).toEqual(['yes', 'No', 'half past three']);
    expect(names('', 2_500)).toEqual(['half past three']);
    expect(names('', 9_000, false)).toEqual([]);
    expect(names('Tomorrow.', 2_500)).toEqual(['half past three']);
    expect(names('Tomorrow.', 9_000)).toEqual([]);
    expect(names('Tomorrow.', 9_000, false)).toEqual(['yes', 'No', 'half past three']);
  });
});

describe('the verdict', () => {
  const free = { text: 'New.', logProb: -1, speechMs: 800, isSure: true };
  const weighed = (...evidence: number[]): WeighedPhrase[] =>
    evidence.map((value, i) => ({ phrase: phrases[i]!, evidence: value }));

  /** Evidence that is just enough to win. */
  const enough = free.logProb + LEAST_MARGIN;

  it('goes to the phrase of most evidence if that is enough beside the free transcript', () => {
    expect(judge(free, weighed(-3, -0.5))).toMatchObject({ best: { given: 'No' }, wins: true, margin: 0.5 });
    expect(judge(free, weighed(enough, -9))).toMatchObject({ best: { given: 'yes' }, wins: true });
    expect(judge(free, weighed(-9, enough - 0.1))).toMatchObject({ best: { given: 'No' }, wins: false });
    expect(judge(free, [])).toBeNull();
  });

  it('goes to a phrase in any case where the free transcript is one', () => {
    const heardYes = { ...free, text: 'Yes.' };
    expect(judge(heardYes, weighed(-6, -3))).toMatchObject({ best: { given: 'No' }, wins: true });
  });

  it('is as sure as the share of the best among all phrases and the free transcript', () => {
    expect(judge(free, weighed(enough))?.share).toBeCloseTo(0.5);
    expect(judge(free, weighed(enough, enough))?.share).toBeCloseTo(1 / 3);
    expect(judge(free, weighed(9, -1))?.share).toBeGreaterThan(0.999);
    expect(judge({ ...free, text: 'no' }, weighed(-1, -1))?.share).toBeCloseTo(0.5);
  });

  it('is independent of the order of the phrases, and its share is between 0 and 1', () => {
    const values = fc.array(fc.double({ min: -40, max: 20, noNaN: true }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(values, fc.double({ min: -30, max: 0, noNaN: true }), (evidence, logProb) => {
        const verdict = judge({ ...free, logProb }, weighed(...evidence))!;
        const turned = judge({ ...free, logProb }, weighed(...evidence).toReversed())!;
        expect(verdict.margin).toBe(Math.max(...evidence) - logProb);
        expect(verdict.wins).toBe(verdict.margin >= LEAST_MARGIN);
        expect(turned.share).toBeCloseTo(verdict.share);
        expect(verdict.share).toBeGreaterThan(0);
        expect(verdict.share).toBeLessThanOrEqual(1);
        if (verdict.share > 0.5) expect(verdict.wins).toBe(true);
      }),
    );
  });
});

describe('evidence', () => {
  const weigh = (steps: number[], ends: number[], prior = 0): number =>
    weighPhrases(phrases.slice(0, 1), [{ steps, ends }], [prior])[0]!.evidence;

  it('counts a phrase with or without its full stop, whichever is likelier', () => {
    expect(weigh([-1, -8], [-20, -0.5, 0])).toBeCloseTo(-1.5);
    expect(weigh([-1, -0.25], [-20, -9, -0.25])).toBeCloseTo(-1.5);
  });

  it('is more for a phrase that the model would not say of itself', () => {
    expect(weigh([-2, 0], [-9, -9, 0], -20)).toBeGreaterThan(weigh([-1, 0], [-9, -9, 0], -10));
  });

  it('is there only for phrases that were scored', () => {
    expect(weighPhrases(phrases, [{ steps: [-1], ends: [-1, -1] }], [0, 0, 0])).toHaveLength(1);
  });
});
