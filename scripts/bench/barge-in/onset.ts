// Where the speech of a clip begins, to 10 ms: a click or the rest of an earlier word in front of it is not its beginning.
import { rmsDbfs } from '../../../src/audio/level.ts';

const BLOCK_SAMPLES = 80;
/** Speech lies above this share of the way from the noise floor, the level that a tenth of the clip stays below, to the top. */
const SPEECH_SHARE = 0.4;
const FLOOR_SHARE = 0.1;
/** Digital silence is no floor: the line's own noise lies about here. */
const QUIETEST_FLOOR_DBFS = -60;
/** A word goes on over gaps this short (a "t" is silent for 60 to 80 ms) ... */
const MOST_GAP_BLOCKS = 8;
/** ... and a sound shorter than this, with its gaps, is no word. */
const LEAST_BLOCKS = 12;

/** The first sample of the first sound that lasts; 0 for a clip without one. 8 kHz. */
export function speechOnset(samples: Int16Array): number {
  const blocks = Math.floor(samples.length / BLOCK_SAMPLES);
  const levels = Array.from({ length: blocks }, (_, i) =>
    rmsDbfs(samples.subarray(i * BLOCK_SAMPLES, (i + 1) * BLOCK_SAMPLES)),
  );
  const ranked = levels.toSorted((a, b) => a - b);
  const floor = Math.max(QUIETEST_FLOOR_DBFS, ranked[Math.floor(blocks * FLOOR_SHARE)] ?? 0);
  const loud = floor + SPEECH_SHARE * ((ranked.at(-1) ?? 0) - floor);
  let first = -1;
  let last = -1;
  for (const [block, level] of levels.entries()) {
    if (level < loud) continue;
    if (first < 0 || block - last > MOST_GAP_BLOCKS + 1) first = block;
    last = block;
    if (last - first + 1 >= LEAST_BLOCKS) return first * BLOCK_SAMPLES;
  }
  return 0;
}
