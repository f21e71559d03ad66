// Decides what was heard: the free transcript, one of the phrases expected, or nothing.
import { bestPhrase, candidates, preparePhrases, spokenPhrase } from './expected.ts';
import type { SttText } from './messages.ts';
import type { Hypothesis, TextScore } from './moonshine/moonshine.ts';
import { textOf } from './tokenizer.ts';
import { isCredible, totalLogProb, withoutLoop } from './transcript-guards.ts';

export const NOTHING_HEARD: SttText = { text: '', matched: null, confidence: 0 };

export interface HeardSpeech {
  readonly hypothesis: Hypothesis;
  readonly speechMs: number;
  /** Phrases that fit what was asked, in any spelling. */
  readonly expected: readonly string[];
}

/** Scores texts, as token lists, against the same encoded audio. */
export type ScoreTexts = (texts: readonly (readonly number[])[]) => Promise<readonly TextScore[]>;

export async function recognize(heard: HeardSpeech, score: ScoreTexts): Promise<SttText> {
  const { hypothesis, speechMs } = heard;
  const text = textOf(withoutLoop(hypothesis));
  const logProb = totalLogProb(hypothesis);
  const confidence = Math.exp(logProb / Math.max(1, hypothesis.logProbs.length));
  const phrases = preparePhrases(heard.expected);
  const spoken = spokenPhrase(text, phrases);
  if (spoken !== null) return { text: spoken.given, matched: spoken.given, confidence };
  const free = { text, logProb, speechMs };
  const close = candidates(free, phrases);
  if (close.length > 0) {
    const best = bestPhrase(free, close, await score(close.map((phrase) => phrase.tokens)));
    if (best !== null) return { text: best.given, matched: best.given, confidence };
  }
  return isCredible(hypothesis) ? { text, matched: null, confidence } : NOTHING_HEARD;
}
