// What eight expected phrases add to the time of a transcript, clip by clip.
import type { SttLane } from '../../../src/inference/stt-lane.ts';
import { percentile } from './percentiles.ts';
import { EIGHT_PHRASES } from './phrase-lists.ts';
import type { Clip } from './recordings.ts';
import type { Watch } from './watch.ts';

export interface PhraseCost {
  /** Pairs of runs. */
  readonly n: number;
  readonly extraMs: { readonly p50: number; readonly p95: number };
  /** Of the pairs where phrases were scored: else the free transcript was one already, or too long. */
  readonly scored: { readonly n: number; readonly extraMs: { readonly p50: number; readonly p95: number } };
  readonly freeMs: { readonly p50: number; readonly p95: number };
}

/** Null when interrupted. */
export async function measurePhraseCost(
  lane: SttLane,
  clips: readonly Clip[],
  watch: Watch,
): Promise<PhraseCost | null> {
  const words = clips.filter(({ kind }) => kind === 'word');
  const pairs: { extra: number; free: number; scored: boolean }[] = [];
  let scored = false;
  lane.onVerdict = () => {
    scored = true;
  };
  const timed = async (clip: Clip, expected: readonly string[]): Promise<number> => {
    const from = performance.now();
    await lane.run({ items: [{ samples: clip.samples, expected }] });
    return performance.now() - from;
  };
  for (const [i, clip] of words.entries()) {
    if (watch.interrupted) break;
    scored = false;
    // In turns, so that neither always comes first.
    const early = i % 2 === 0 ? await timed(clip, []) : null;
    const asked = await timed(clip, EIGHT_PHRASES);
    const free = early ?? (await timed(clip, []));
    pairs.push({ extra: asked - free, free, scored });
    watch.progress(i + 1, words.length);
  }
  lane.onVerdict = null;
  if (watch.interrupted || pairs.length === 0) return null;
  const spread = (values: readonly number[]): { p50: number; p95: number } => ({
    p50: percentile(values, 0.5),
    p95: percentile(values, 0.95),
  });
  const withScores = pairs.filter((pair) => pair.scored);
  return {
    n: pairs.length,
    extraMs: spread(pairs.map(({ extra }) => extra)),
    scored: { n: withScores.length, extraMs: spread(withScores.map(({ extra }) => extra)) },
    freeMs: spread(pairs.map(({ free }) => free)),
  };
}
