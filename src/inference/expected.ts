// Decides whether the audio is one of the phrases expected now, from how likely each is beside the free transcript.
import type { TextScore } from './moonshine/moonshine.ts';
import { FULL_STOP_TOKEN, tokensOf } from './tokenizer.ts';

/** Phrases beyond this many are not scored: each costs about 3 ms. */
const MAX_PHRASES = 32;
/**
 * How much less likely (in nats) than the free transcript an expected phrase may be and still win.
 * Measured on 42 telephone yes/no answers with "Yes, Yeah, Yep, No, Nope": the right phrase is within 4.0 in all, the
 * free transcript is right in 36. Among 67 clips of noise and music the nearest phrase is 4.8 away. Spoken digits: 71 of
 * 82 right, 1 wrong, 10 left as heard. Sentences never come close, because they have more words than the phrase.
 */
const MAX_DEFICIT = 4.3;
/** A phrase may be drawn out this much where the free transcript is empty; longer sounds are something else. */
const LONGEST_MS = { base: 1_500, perWord: 400 };

export interface Phrase {
  /** As the request has it. */
  readonly given: string;
  readonly words: string;
  /** As the model would write it, ending in a full stop. */
  readonly tokens: readonly number[];
}

export interface FreeText {
  readonly text: string;
  /** Sum over its tokens and EOS. */
  readonly logProb: number;
  readonly speechMs: number;
}

/** Phrases without a word are left out, and so are those beyond the limit. */
export function preparePhrases(expected: readonly string[]): Phrase[] {
  return expected
    .map((given) => ({ given, words: normalized(given) }))
    .filter(({ words }) => words !== '')
    .slice(0, MAX_PHRASES)
    .map(({ given, words }) => ({ given, words, tokens: [...tokensOf(asWritten(given)), FULL_STOP_TOKEN] }));
}

/** The phrase that the free transcript already is; nothing needs to be scored then. */
export function spokenPhrase(text: string, phrases: readonly Phrase[]): Phrase | null {
  const words = normalized(text);
  return phrases.find((phrase) => phrase.words === words) ?? null;
}

/** The phrases worth scoring: what says more words than a phrase is not that phrase, and stays as it was heard. */
export function candidates(free: FreeText, phrases: readonly Phrase[]): Phrase[] {
  const heard = wordCount(normalized(free.text));
  return phrases.filter((phrase) => {
    const words = wordCount(phrase.words);
    if (heard > 0) return heard <= words;
    return free.speechMs <= LONGEST_MS.base + words * LONGEST_MS.perWord;
  });
}

/** The likeliest candidate if it is close enough to the free transcript. `scores` are in the order of the candidates. */
export function bestPhrase(
  free: FreeText,
  phrases: readonly Phrase[],
  scores: readonly TextScore[],
): Phrase | null {
  let best: Phrase | null = null;
  let bestLogProb = free.logProb - MAX_DEFICIT;
  phrases.forEach((phrase, i) => {
    const score = scores[i];
    if (score === undefined) return;
    const logProb = phraseLogProb(score);
    if (logProb < bestLogProb) return;
    best = phrase;
    bestLogProb = logProb;
  });
  return best;
}

/** Letters, digits and apostrophes in lower case, single spaces between words. */
export function normalized(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/[^\p{L}\p{N}']+/gu, ' ')
    .trim();
}

/** With the full stop or without it, whichever is likelier; each hypothesis must also end there. */
function phraseLogProb({ steps, ends }: TextScore): number {
  const withStop = steps.reduce((sum, step) => sum + step, 0);
  const withoutStop = withStop - (steps.at(-1) ?? 0);
  return Math.max(withStop + (ends.at(-1) ?? -Infinity), withoutStop + (ends.at(-2) ?? -Infinity));
}

/** The model writes sentences, so a phrase begins with a capital and its punctuation at the end is ours. */
function asWritten(phrase: string): string {
  const bare = phrase.trim().replace(/[.!?,;:]+$/u, '');
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

function wordCount(words: string): number {
  return words === '' ? 0 : words.split(' ').length;
}
