// Word error rate, speed and time to text of one setting over the clips that hold sentences.
import type { SttLane } from '../../../src/inference/stt-lane.ts';
import { percentile } from '../percentiles.ts';
import { openLane, VARIANTS, type Variant } from './variants.ts';
import { addCounts, countWordErrors, errorsOf, NO_WORDS, type WordCounts } from './word-errors.ts';
import type { Clip } from './recordings.ts';
import type { Watch } from './watch.ts';

export interface SentenceFigures extends Variant, WordCounts {
  readonly clips: number;
  readonly wordErrorRate: number;
  /** Clips without any text. */
  readonly empty: number;
  /** Processing by audio. */
  readonly realTimeFactor: number;
  /** Of the job that the clip was in. */
  readonly textMs: { readonly p50: number; readonly p95: number };
  /** Clips with another text than in the first setting. */
  readonly textsChanged: number;
  /** Word error rate by the manifest's kinds. */
  readonly groups: Readonly<Record<string, { readonly clips: number; readonly wordErrorRate: number }>>;
}

interface Outcome {
  readonly clip: Clip;
  readonly text: string;
  /** How long the clip's job took. */
  readonly jobMs: number;
}

interface Pass {
  readonly outcomes: readonly Outcome[];
  readonly spentMs: number;
}

/** Stops between settings when interrupted, without the one that was not finished. */
export async function measureSentences(
  clips: readonly Clip[],
  watch: Watch,
  record: (figures: SentenceFigures) => void,
): Promise<void> {
  // Of like lengths together, as the lane batches them.
  const ordered = clips.toSorted((a, b) => a.seconds - b.seconds);
  let first: readonly Outcome[] | null = null;
  for (const variant of VARIANTS) {
    if (watch.interrupted) return;
    const lane = await openLane(variant);
    const pass = await transcribeAll(lane, { ordered, variant, watch });
    await lane.release();
    if (pass.outcomes.length < ordered.length) return;
    first ??= pass.outcomes;
    record(figuresOf(variant, pass, first));
  }
}

interface PassPlan {
  readonly ordered: readonly Clip[];
  readonly variant: Variant;
  readonly watch: Watch;
}

async function transcribeAll(lane: SttLane, { ordered, variant, watch }: PassPlan): Promise<Pass> {
  const outcomes: Outcome[] = [];
  let spentMs = 0;
  for (let at = 0; at < ordered.length && !watch.interrupted; at += variant.batch) {
    const together = ordered.slice(at, at + variant.batch);
    const from = performance.now();
    const { items } = await lane.run({ items: together.map(({ samples }) => ({ samples, expected: [] })) });
    const jobMs = performance.now() - from;
    spentMs += jobMs;
    outcomes.push(...together.map((clip, i) => ({ clip, text: items[i]?.text ?? '', jobMs })));
    watch.progress(outcomes.length, ordered.length);
  }
  return { outcomes, spentMs };
}

function figuresOf(
  variant: Variant,
  { outcomes, spentMs }: Pass,
  first: readonly Outcome[],
): SentenceFigures {
  const counts = countAll(outcomes);
  const audioMs = 1000 * outcomes.reduce((sum, { clip }) => sum + clip.seconds, 0);
  const jobMs = outcomes.map((outcome) => outcome.jobMs);
  const groups = [...new Set(outcomes.map(({ clip }) => clip.group))].sort();
  return {
    ...variant,
    ...counts,
    clips: outcomes.length,
    wordErrorRate: errorsOf(counts) / counts.words,
    empty: outcomes.filter(({ text }) => text === '').length,
    realTimeFactor: spentMs / audioMs,
    textMs: { p50: percentile(jobMs, 0.5), p95: percentile(jobMs, 0.95) },
    textsChanged: outcomes.filter(({ text }, i) => text !== first[i]?.text).length,
    groups: Object.fromEntries(
      groups.map((group) => {
        const of = outcomes.filter(({ clip }) => clip.group === group);
        const own = countAll(of);
        return [group, { clips: of.length, wordErrorRate: errorsOf(own) / own.words }];
      }),
    ),
  };
}

function countAll(outcomes: readonly Outcome[]): WordCounts {
  return outcomes.map(({ clip, text }) => countWordErrors(clip.transcript, text)).reduce(addCounts, NO_WORDS);
}
