// Yes and no, digits, single words and sounds: right, wrong and unmatched, with the margins that the threshold parts.
import type { SttLane } from '../../../src/inference/stt-lane.ts';
import { LINE_HZ } from '../../../src/audio/units.ts';
import { normalized } from '../../../src/inference/expected.ts';
import {
  countAnswers,
  hearAnswers,
  heardFreely,
  hearingOf,
  inHalf,
  type Answer,
  type AnswerCounts,
} from './answers.ts';
import { spreadOf, type Spread } from '../percentiles.ts';
import { DIGITS, meaningOf, YES_NO } from './phrase-lists.ts';
import type { Clip } from './recordings.ts';
import type { Watch } from './watch.ts';

/** Thresholds that are tried, in nats. */
const MARGINS = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];
const BATCH = 8;

export interface WordSet {
  readonly name: string;
  readonly phrases: readonly string[];
  /** Clips whose word is among the phrases. */
  readonly asked: AnswerCounts;
  readonly tuning: AnswerCounts;
  readonly check: AnswerCounts;
  readonly freelyRight: number;
  /** Single words and sounds that are none of the phrases; any match is a false one. */
  readonly otherWords: AnswerCounts;
  readonly sounds: AnswerCounts;
  /** Of the longer sounds, cut into pieces as long as an answer, although none would pass the voice detector. */
  readonly soundPieces: AnswerCounts;
  /** Clips that are heard otherwise in jobs of eight. */
  readonly changedInBatches: number;
  /** What the phrases have beyond the free transcript, where they were scored. */
  readonly margins: Readonly<Record<'right' | 'wrong' | 'otherWords' | 'sounds' | 'soundPieces', Spread>>;
  readonly thresholds: readonly ThresholdFigures[];
  /** By the confidence of a match: how often it is right. */
  readonly confidence: readonly { readonly from: number; readonly n: number; readonly right: number }[];
  /** Clips among the phrases that were not heard right, for a person to listen to. */
  readonly missed: readonly { readonly name: string; readonly said: string; readonly heard: string }[];
}

export interface ThresholdFigures {
  readonly leastMargin: number;
  readonly tuning: AnswerCounts;
  readonly check: AnswerCounts;
  readonly otherWords: AnswerCounts;
  readonly sounds: AnswerCounts;
  readonly soundPieces: AnswerCounts;
}

export type WordSetName = 'yes-no' | 'digits' | 'words';

export interface WordSetPlan {
  /** Words and sounds; sentences are left out. */
  readonly clips: readonly Clip[];
  /** Every word that is said alone in the whole set. */
  readonly words: readonly string[];
  readonly sets: readonly WordSetName[];
  readonly watch: Watch;
}

/** Stops between sets when interrupted. */
export async function measureShortAnswers(
  lane: SttLane,
  { clips, words, sets, watch }: WordSetPlan,
  record: (set: WordSet) => void,
): Promise<void> {
  const lists = { 'yes-no': YES_NO, digits: DIGITS, words };
  const short = clips.filter(({ kind }) => kind !== 'sentence');
  for (const name of sets) {
    const phrases = lists[name];
    const answers = await hearAnswers(lane, { clips: short, expected: phrases, watch });
    const pieces = await hearAnswers(lane, { clips: piecesOf(clips), expected: phrases, watch });
    const isAsked = ({ clip }: Answer): boolean =>
      clip.kind === 'word' && phrases.includes(normalized(clip.transcript));
    const asked = answers.filter(isAsked);
    const free = await hearAnswers(lane, { clips: asked.map(({ clip }) => clip), expected: [], watch });
    const changed = await changedInBatches(lane, asked, phrases);
    if (watch.interrupted) return;
    record(figuresOf({ name, phrases, answers, asked, free, pieces, changed }));
  }
}

const PIECE_SAMPLES = 1.2 * LINE_HZ;

function piecesOf(clips: readonly Clip[]): Clip[] {
  return clips
    .filter(({ kind, samples }) => kind === 'sound' && samples.length >= 1.5 * PIECE_SAMPLES)
    .flatMap((clip) =>
      Array.from({ length: Math.floor(clip.samples.length / PIECE_SAMPLES) }, (_, i) => ({
        ...clip,
        samples: clip.samples.slice(i * PIECE_SAMPLES, (i + 1) * PIECE_SAMPLES),
      })),
    );
}

/** Sounds in which words are heard although none are expected. */
export async function countTexts(lane: SttLane, clips: readonly Clip[], watch: Watch): Promise<number> {
  const sounds = clips.filter(({ kind }) => kind === 'sound');
  const answers = await hearAnswers(lane, { clips: sounds, expected: [], watch });
  return answers.filter(({ text }) => text !== '').length;
}

async function changedInBatches(
  lane: SttLane,
  answers: readonly Answer[],
  expected: readonly string[],
): Promise<number> {
  let changed = 0;
  for (let at = 0; at < answers.length; at += BATCH) {
    const together = answers.slice(at, at + BATCH);
    const { items } = await lane.run({
      items: together.map(({ clip }) => ({ samples: clip.samples, expected })),
    });
    changed += together.filter(
      ({ text, matched }, i) => text !== items[i]?.text || matched !== items[i].matched,
    ).length;
  }
  return changed;
}

interface Heard {
  readonly name: string;
  readonly phrases: readonly string[];
  readonly answers: readonly Answer[];
  readonly asked: readonly Answer[];
  /** The same clips with nothing expected. */
  readonly free: readonly Answer[];
  readonly pieces: readonly Answer[];
  readonly changed: number;
}

function figuresOf({ name, phrases, answers, asked, free, pieces, changed }: Heard): WordSet {
  // Where yes and no are expected, another word for the same is right.
  const meaning = name === 'yes-no' ? meaningOf : normalized;
  const others = answers.filter((answer) => answer.clip.kind === 'word' && !asked.includes(answer));
  const sounds = answers.filter(({ clip }) => clip.kind === 'sound');
  const spread = (of: readonly Answer[]): Spread =>
    spreadOf(of.flatMap(({ verdict }) => (verdict === null ? [] : [verdict.margin])));
  const bestIsRight = (answer: Answer): boolean => hearingOf(answer, meaning, -Infinity) === 'right';
  return {
    name,
    phrases,
    asked: countAnswers(asked, meaning),
    tuning: countAnswers(inHalf(asked, 'tuning'), meaning),
    check: countAnswers(inHalf(asked, 'check'), meaning),
    freelyRight: free.filter((answer) => heardFreely(answer, meaning)).length,
    otherWords: countAnswers(others),
    sounds: countAnswers(sounds),
    soundPieces: countAnswers(pieces),
    changedInBatches: changed,
    margins: {
      right: spread(asked.filter(bestIsRight)),
      wrong: spread(asked.filter((answer) => !bestIsRight(answer))),
      otherWords: spread(others),
      sounds: spread(sounds),
      soundPieces: spread(pieces),
    },
    thresholds: MARGINS.map((leastMargin) => ({
      leastMargin,
      tuning: countAnswers(inHalf(asked, 'tuning'), meaning, leastMargin),
      check: countAnswers(inHalf(asked, 'check'), meaning, leastMargin),
      otherWords: countAnswers(others, normalized, leastMargin),
      sounds: countAnswers(sounds, normalized, leastMargin),
      soundPieces: countAnswers(pieces, normalized, leastMargin),
    })),
    confidence: confidenceOf(asked, meaning),
    missed: asked
      .filter((answer) => hearingOf(answer, meaning) !== 'right')
      .map(({ clip, text, matched }) => ({
        name: clip.name,
        said: clip.transcript,
        heard: matched ?? `"${text}"`,
      })),
  };
}

function confidenceOf(asked: readonly Answer[], meaning: (words: string) => string): WordSet['confidence'] {
  const edges = [0, 0.5, 0.7, 0.9, 0.97, Infinity];
  return edges.slice(0, -1).map((from, i) => {
    const of = asked.filter(
      ({ matched, confidence }) =>
        matched !== null && confidence >= from && confidence < (edges[i + 1] ?? Infinity),
    );
    return { from, n: of.length, right: countAnswers(of, meaning).right };
  });
}
