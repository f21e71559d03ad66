// What eight expected phrases add to the time of a transcript, clip by clip.
import type { SttLane } from '../../../src/inference/stt-lane.ts';
import { percentile } from '../percentiles.ts';
import { EIGHT_PHRASES } from './phrase-lists.ts';
import type { Clip } from './recordings.ts';
import type { Watch } from './watch.ts';

interface Range {
  readonly p50: number;
  readonly p95: number;
}

export interface ExtraTime {
  /** Pairs of runs. */
  readonly n: number;
  /** By the clock. */
  readonly ms: Range;
  /** Of the processor: what other work on the machine does not change. */
  readonly processorMs: Range;
}

export interface PhraseCost {
  readonly all: ExtraTime;
  /** Of the pairs where phrases were scored: else the free transcript was one already, or too long. */
  readonly scored: ExtraTime;
  readonly withoutPhrasesMs: Range;
}

interface Times {
  readonly ms: number;
  readonly processorMs: number;
}

interface Pair {
  readonly asked: Times;
  readonly free: Times;
  readonly scored: boolean;
}

/** Null when interrupted, or for no single words. */
export async function measurePhraseCost(
  lane: SttLane,
  clips: readonly Clip[],
  watch: Watch,
): Promise<PhraseCost | null> {
  const words = clips.filter(({ kind }) => kind === 'word');
  const pairs: Pair[] = [];
  let scored = false;
  lane.onVerdict = () => {
    scored = true;
  };
  for (const [i, clip] of words.entries()) {
    if (watch.interrupted) break;
    scored = false;
    // In turns, so that neither always comes first.
    const early = i % 2 === 0 ? await timeOf(lane, clip, []) : null;
    const asked = await timeOf(lane, clip, EIGHT_PHRASES);
    const free = early ?? (await timeOf(lane, clip, []));
    pairs.push({ asked, free, scored });
    watch.progress(i + 1, words.length);
  }
  lane.onVerdict = null;
  if (watch.interrupted || pairs.length === 0) return null;
  return {
    all: extraTime(pairs),
    scored: extraTime(pairs.filter((pair) => pair.scored)),
    withoutPhrasesMs: rangeOf(pairs.map(({ free }) => free.ms)),
  };
}

async function timeOf(lane: SttLane, { samples }: Clip, expected: readonly string[]): Promise<Times> {
  const processor = process.cpuUsage();
  const from = performance.now();
  await lane.run({ items: [{ samples, expected }] });
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(processor);
  return { ms, processorMs: (user + system) / 1000 };
}

function extraTime(pairs: readonly Pair[]): ExtraTime {
  return {
    n: pairs.length,
    ms: rangeOf(pairs.map(({ asked, free }) => asked.ms - free.ms)),
    processorMs: rangeOf(pairs.map(({ asked, free }) => asked.processorMs - free.processorMs)),
  };
}

function rangeOf(values: readonly number[]): Range {
  return { p50: percentile(values, 0.5), p95: percentile(values, 0.95) };
}
