// How loud audio is, and where in it somebody speaks.
import { msToSamples, pcm, samplesToMs, type Hz, type Ms, type Pcm } from './units.ts';

/** Reported for anything quieter, digital silence included, so that a level is always a finite number. */
export const QUIETEST_DBFS = -100;

const FULL_SCALE = 32_768;
const BLOCK_MS = 10;
/** Blocks are replaced by the median of this many neighbours: a click of up to 20 ms vanishes. */
const MEDIAN_BLOCKS = 5;
/** A louder stretch shorter than this is a click or a key, not a syllable. */
const MIN_SPEECH_BLOCKS = 5;
/** What no caller is heard below: 8-bit mu-law itself hisses at about -70 dBFS. */
const QUIETEST_SPEECH_DBFS = -60;
const QUIETEST_FLOOR_DBFS = -70;
/** Steady noise and tones swing by less than this from their quiet to their loud blocks, words by 15 dB and more. */
const MIN_RANGE_DB = 6;
/** Speech is certain above the first share of the way from the noise floor to the loudest block ... */
const CERTAIN = { share: 0.35, leastDb: 6 };
/** ... and its soft first and last sounds reach down to the second. */
const LIKELY = { share: 0.15, leastDb: 3 };
/** The longest soft consonant in front of or behind a vowel. */
const MAX_SOFT_BLOCKS = 20;

/** Sample positions: `start` is the first, `end` one past the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Root mean square against full scale: 0 for a full-scale square wave, -3.01 for a full-scale sine. */
export function rmsDbfs(samples: Int16Array): number {
  if (samples.length === 0) return QUIETEST_DBFS;
  let power = 0;
  for (const sample of samples) power += sample * sample;
  return powerToDbfs(power / samples.length);
}

/** The largest magnitude, 0 to 32,768; 0 for no samples. */
export function peak(samples: Int16Array): number {
  let largest = 0;
  for (const sample of samples) largest = Math.max(largest, Math.abs(sample));
  return largest;
}

/**
 * From the first to the last speech, with `marginMs` kept on both sides where there is audio; null where nobody speaks.
 * Goes by energy against the clip's own noise floor, so it tells words from their pauses but not speech from music.
 */
export function speechSpan(samples: Int16Array, rate: Hz, marginMs: number): Span | null {
  const block = msToSamples(BLOCK_MS, rate);
  const levels = medianFiltered(blockLevels(samples, block));
  const ranked = levels.slice().sort();
  const floor = Math.max(QUIETEST_FLOOR_DBFS, ranked[Math.floor(ranked.length / 10)] ?? QUIETEST_DBFS);
  const top = ranked.at(-1) ?? QUIETEST_DBFS;
  if (top < QUIETEST_SPEECH_DBFS || top - floor < MIN_RANGE_DB) return null;

  const certain = firstAndLastRun(levels, threshold(CERTAIN, floor, top));
  if (certain === null) return null;
  const reached = withSoftEdges(levels, certain, threshold(LIKELY, floor, top));
  const margin = msToSamples(marginMs, rate);
  return {
    start: Math.max(0, reached.start * block - margin),
    end: Math.min(samples.length, reached.end * block + margin),
  };
}

/** What the end of speech is looked for in: longer audio has its words further back, and their level tells no more. */
const QUIET_WITHIN_MS = 3_000;

/** From the last sound of speech to the end of the audio, to 10 ms; null where nobody speaks in its last seconds. */
export function quietMs(samples: Int16Array, rate: Hz): Ms | null {
  const tail = samples.subarray(Math.max(0, samples.length - msToSamples(QUIET_WITHIN_MS, rate)));
  const span = speechSpan(tail, rate, 0);
  return span === null ? null : samplesToMs(tail.length - span.end, rate);
}

/** The speech of a clip with a margin around it, as a copy; null where nobody speaks. */
export function trimSilence<R extends Hz>(audio: Pcm<R>, marginMs: number): Pcm<R> | null {
  const span = speechSpan(audio.samples, audio.rate, marginMs);
  return span === null ? null : pcm(audio.rate, audio.samples.slice(span.start, span.end));
}

/** Of a mean square. */
export function powerToDbfs(power: number): number {
  return Math.max(QUIETEST_DBFS, 10 * Math.log10(power / (FULL_SCALE * FULL_SCALE)));
}

/** One level per block, the last block possibly shorter. A constant offset, which cheap lines have, is no sound. */
function blockLevels(samples: Int16Array, block: number): Float64Array {
  let total = 0;
  for (const sample of samples) total += sample;
  const offset = samples.length === 0 ? 0 : total / samples.length;
  const levels = new Float64Array(Math.ceil(samples.length / block));
  for (let index = 0; index < levels.length; index += 1) {
    const part = samples.subarray(index * block, (index + 1) * block);
    let power = 0;
    for (const sample of part) power += (sample - offset) * (sample - offset);
    levels[index] = powerToDbfs(power / part.length);
  }
  return levels;
}

function medianFiltered(levels: Float64Array): Float64Array {
  const reach = (MEDIAN_BLOCKS - 1) / 2;
  return levels.map((_, index) => {
    const near = levels.slice(Math.max(0, index - reach), index + reach + 1).sort();
    return near[Math.floor((near.length - 1) / 2)] ?? QUIETEST_DBFS;
  });
}

function threshold(rule: { share: number; leastDb: number }, floor: number, top: number): number {
  return floor + Math.max(rule.leastDb, rule.share * (top - floor));
}

/** From the beginning of the first to the end of the last stretch that stays above the level for long enough. */
function firstAndLastRun(levels: Float64Array, level: number): Span | null {
  let start = -1;
  let end = -1;
  let run = 0;
  for (let index = 0; index < levels.length; index += 1) {
    run = (levels[index] ?? QUIETEST_DBFS) >= level ? run + 1 : 0;
    if (run < MIN_SPEECH_BLOCKS) continue;
    if (start < 0) start = index + 1 - run;
    end = index + 1;
  }
  return start < 0 ? null : { start, end };
}

function withSoftEdges(levels: Float64Array, span: Span, level: number): Span {
  let { start, end } = span;
  const earliest = Math.max(0, start - MAX_SOFT_BLOCKS);
  const latest = Math.min(levels.length, end + MAX_SOFT_BLOCKS);
  while (start > earliest && (levels[start - 1] ?? QUIETEST_DBFS) >= level) start -= 1;
  while (end < latest && (levels[end] ?? QUIETEST_DBFS) >= level) end += 1;
  return { start, end };
}
