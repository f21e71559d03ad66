// Decides whether the audio is one of the phrases expected now, from how likely each is beside the free transcript.
import type { TextScore } from './moonshine/moonshine.ts';
import { FULL_STOP_TOKEN, tokensOf } from './tokenizer.ts';

/** Phrases beyond this many are not scored: each costs about a millisecond. */
const MAX_PHRASES = 32;
/**
 * The share of a phrase's log-probability in silence (its prior) that does not count. Without it the model's habits
 * decide: "Bye." is 4 nats likelier than "Nine." where nobody speaks. Likeliest of 30 single words: 144 of 163 right at 0,
 * 149 or 150 from 0.3 to 0.6, 147 at 1.
 */
const PRIOR_SHARE = 0.4;
/**
 * How much evidence (nats) a phrase must have beyond the free transcript's log-probability. Chosen on half of the speakers
 * (25 yes/no answers, 78 words: none that is right with any threshold is lost up to 0) with half a nat to spare; the
 * other half: 17 of 17 and 77 of 85. Of 104 clips of noise, music and tones none reaches it with any list: the nearest are
 * at -1.2 (yes/no), -2.6 (digits), -2.2 (30 words). `npm run bench:accuracy` prints what each threshold does.
 */
export const LEAST_MARGIN = -0.5;
/** A phrase may be drawn out this much; longer sounds are something else unless the text is unsure. */
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
  readonly isSure: boolean;
}

export interface WeighedPhrase {
  readonly phrase: Phrase;
  /** Its log-probability, less its share of what it has in silence; nats. */
  readonly evidence: number;
}

export interface Verdict {
  /** The likeliest phrase, whether or not it wins. */
  readonly best: Phrase;
  /** Its evidence beyond the free transcript's log-probability; it wins from `LEAST_MARGIN`. */
  readonly margin: number;
  readonly wins: boolean;
  /** Its share among the phrases and the free transcript, 0 to 1. */
  readonly share: number;
}

/** Phrases without a word are left out, and so are those beyond the limit. */
export function preparePhrases(expected: readonly string[]): Phrase[] {
  return expected
    .map((given) => ({ given, words: normalized(given) }))
    .filter(({ words }) => words !== '')
    .slice(0, MAX_PHRASES)
    .map(({ given, words }) => ({ given, words, tokens: [...tokensOf(asWritten(given)), FULL_STOP_TOKEN] }));
}

/** The phrase that the free transcript already is. */
export function spokenPhrase(text: string, phrases: readonly Phrase[]): Phrase | null {
  const words = normalized(text);
  return phrases.find((phrase) => phrase.words === words) ?? null;
}

/**
 * The phrases worth scoring. What says more words than a phrase is not that phrase, and neither is what lasts too long for
 * it, except where the model has words but is unsure of them.
 */
export function candidates(free: FreeText, phrases: readonly Phrase[]): Phrase[] {
  // "Good-by." is one word where "goodbye" is expected.
  const heard = wordCount(normalized(free.text.replaceAll(/(?<=\p{L})-(?=\p{L})/gu, '')));
  return phrases.filter((phrase) => {
    const words = wordCount(phrase.words);
    if (heard > words) return false;
    const fits = free.speechMs <= LONGEST_MS.base + words * LONGEST_MS.perWord;
    return fits || (heard > 0 && !free.isSure);
  });
}

/** Evidence for each phrase; `scores` and `priors` are in the order of the phrases. */
export function weighPhrases(
  phrases: readonly Phrase[],
  scores: readonly TextScore[],
  priors: readonly number[],
): WeighedPhrase[] {
  return phrases.flatMap((phrase, i) => {
    const score = scores[i];
    if (score === undefined) return [];
    return { phrase, evidence: phraseLogProb(score) - PRIOR_SHARE * (priors[i] ?? 0) };
  });
}

/**
 * The likeliest phrase and how it stands to the others and to the free transcript. A free transcript that is one of the
 * phrases is no rival: then one of them wins in any case. Null for no phrases.
 */
export function judge(free: FreeText, weighed: readonly WeighedPhrase[]): Verdict | null {
  const [first, ...others] = weighed;
  if (first === undefined) return null;
  const best = others.reduce((top, other) => (other.evidence > top.evidence ? other : top), first);
  const margin = best.evidence - free.logProb;
  const isPhrase =
    spokenPhrase(
      free.text,
      weighed.map(({ phrase }) => phrase),
    ) !== null;
  const rival = isPhrase ? 0 : Math.exp(LEAST_MARGIN - margin);
  const all = weighed.reduce((sum, { evidence }) => sum + Math.exp(evidence - best.evidence), rival);
  return { best: best.phrase, margin, wins: isPhrase || margin >= LEAST_MARGIN, share: 1 / all };
}

/** Of a phrase with its full stop or without it, whichever is likelier; each must also end there. */
export function phraseLogProb({ steps, ends }: TextScore): number {
  const withStop = steps.reduce((sum, step) => sum + step, 0);
  const withoutStop = withStop - (steps.at(-1) ?? 0);
  return Math.max(withStop + (ends.at(-1) ?? -Infinity), withoutStop + (ends.at(-2) ?? -Infinity));
}

/** Letters, digits and apostrophes in lower case, single spaces between words. */
export function normalized(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/[^\p{L}\p{N}']+/gu, ' ')
    .trim();
}

/** The model writes sentences, so a phrase begins with a capital and its punctuation at the end is ours. */
function asWritten(phrase: string): string {
  const bare = phrase.trim().replace(/[.!?,;:]+$/u, '');
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

function wordCount(words: string): number {
  return words === '' ? 0 : words.split(' ').length;
}
