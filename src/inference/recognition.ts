// Decides what was heard: the free transcript, one of the phrases expected, or nothing.
import {
  candidates,
  judge,
  preparePhrases,
  spokenPhrase,
  weighPhrases,
  type Phrase,
  type Verdict,
} from './expected.ts';
import type { SttText } from './messages.ts';
import type { Hypothesis } from './moonshine/moonshine.ts';
import type { PhrasePriors, ScoreTexts } from './phrase-priors.ts';
import { textOf } from './tokenizer.ts';
import { isCredible, isSure, meanProbability, totalLogProb, withoutLoop } from './transcript-guards.ts';

export const NOTHING_HEARD: SttText = { text: '', matched: null, confidence: 0, ending: 0 };

export interface HeardSpeech {
  readonly hypothesis: Hypothesis;
  readonly speechMs: number;
  /** The probability that the speaker has finished; see Transcript. */
  readonly ending: number;
  /** Phrases that fit what was asked, in any spelling. */
  readonly expected: readonly string[];
}

export interface PhraseScorer {
  /** Against the same encoded audio. */
  readonly score: ScoreTexts;
  readonly priors: PhrasePriors;
  /** Told of each decision between phrases and free transcript; thresholds are looked for by it. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

export async function recognize(heard: HeardSpeech, scorer: PhraseScorer): Promise<SttText> {
  const { hypothesis, speechMs, ending } = heard;
  const text = textOf(withoutLoop(hypothesis));
  const logProb = totalLogProb(hypothesis);
  const sure = isSure(hypothesis);
  const phrases = preparePhrases(heard.expected);
  const spoken = spokenPhrase(text, phrases);
  if (spoken !== null && sure) return phraseHeard(spoken, meanProbability(hypothesis), ending);
  const free = { text, logProb, speechMs, isSure: sure };
  const close = candidates(free, phrases);
  if (close.length > 0) {
    const scores = await scorer.score(close.map(({ tokens }) => tokens));
    const priors = await scorer.priors.of(close);
    const verdict = judge(free, weighPhrases(close, scores, priors));
    if (verdict !== null) scorer.onVerdict?.(verdict);
    if (verdict?.wins === true) return phraseHeard(verdict.best, verdict.share, ending);
  }
  if (!isCredible(hypothesis)) return NOTHING_HEARD;
  if (text === '') return NOTHING_HEARD;
  return { text, matched: null, confidence: meanProbability(hypothesis), ending };
}

function phraseHeard({ given }: Phrase, confidence: number, ending: number): SttText {
  return { text: given, matched: given, confidence, ending };
}
