// The rule by which an expected phrase wins over the free transcript.
import { describe, expect, it } from 'vitest';
import {
  bestPhrase,
  candidates,
  normalized,
  preparePhrases,
  spokenPhrase,
} from '../../src/inference/expected.ts';
import { textOf, tokensOf } from '../../src/inference/tokenizer.ts';

const phrases = preparePhrases(['yes', 'No', 'half past three']);

/** A phrase of one word and a full stop, of the given log-probability in all. */
const scored = (logProb: number): { steps: number[]; ends: number[] } => ({
  steps: [logProb, 0],
  ends: [-9, -9, 0],
});

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

  it('are not tried on a transcript of more words, nor on a long sound', () => {
    const names = (text: string, speechMs: number): string[] =>
      candidates({ text, logProb: 0, speechMs }, phrases).map((phrase) => phrase.given);
    expect(names('New.', 800)).toEqual(['yes', 'No', 'half past three']);
    expect(names('Not today.', 800)).toEqual(['half past three']);
    expect(names('I would like to', 800)).toEqual([]);
    expect(names('', 1_800)).toEqual(['yes', 'No', 'half past three']);
    expect(names('', 2_500)).toEqual(['half past three']);
    expect(names('', 9_000)).toEqual([]);
  });

  it('win when they are at most 4.3 nats less likely than what was heard, the likeliest first', () => {
    const free = { text: 'New.', logProb: -1, speechMs: 800 };
    const winner = (yes: number, no: number): string | undefined =>
      bestPhrase(free, phrases.slice(0, 2), [scored(yes), scored(no)])?.given;
    expect(winner(-9, -5.2)).toBe('No');
    expect(winner(-5.1, -5.2)).toBe('yes');
    expect(winner(-9, -5.4)).toBeUndefined();
  });

  it('count with or without the full stop', () => {
    const free = { text: '', logProb: 0, speechMs: 800 };
    const withoutStop = { steps: [-1, -8], ends: [-20, -0.5, 0] };
    expect(bestPhrase(free, phrases.slice(0, 1), [withoutStop])?.given).toBe('yes');
  });
});
