// The quiet places of a recording: where a speaker's level really falls, and what the room sounds like there.
import { rmsDbfs } from '../../../src/audio/level.ts';
import { LINE_HZ, msToSamples } from '../../../src/audio/units.ts';
import type { Random } from '../capacity/random.ts';

const BLOCK = msToSamples(10, LINE_HZ);
/** A block is quiet this far up from the clip's noise floor to its loudest block: soft consonants lie above it. */
const QUIET = { share: 0.25, leastDb: 6 };
/** The room is taken from the quietest stretch of this length: longer ones hold breaths, shorter ones sound of a tone. */
const ROOM_MS = 120;
const LEAST_ROOM_MS = 40;
const GRAIN = msToSamples(32, LINE_HZ);

/** A stretch without speech; sample positions, `end` is one past the last. */
export interface Gap {
  readonly start: number;
  readonly end: number;
}

/** Every stretch of at least `leastMs` in which the level is near the floor, in order. */
export function gapsOf(samples: Int16Array, leastMs: number): Gap[] {
  const levels = levelsOf(samples);
  const ranked = levels.toSorted((a, b) => a - b);
  const floor = ranked[Math.floor(ranked.length / 20)] ?? 0;
  const top = ranked.at(-1) ?? 0;
  const limit = floor + Math.max(QUIET.leastDb, QUIET.share * (top - floor));
  const gaps: Gap[] = [];
  let start = 0;
  for (let at = 0; at <= levels.length; at += 1) {
    if (at < levels.length && levels[at]! < limit) continue;
    if ((at - start) * 10 >= leastMs) gaps.push({ start: start * BLOCK, end: at * BLOCK });
    start = at + 1;
  }
  return gaps;
}

/** The quietest stretch of the clip, to make more of it; null where nothing is quiet. */
export function roomOf(samples: Int16Array): Int16Array | null {
  let quietest: Int16Array | null = null;
  let level = Infinity;
  for (const { start, end } of gapsOf(samples, LEAST_ROOM_MS)) {
    const size = Math.min(end - start, msToSamples(ROOM_MS, LINE_HZ));
    for (let at = start; at + size <= end; at += BLOCK) {
      const stretch = samples.subarray(at, at + size);
      const dbfs = rmsDbfs(stretch);
      if (dbfs >= level) continue;
      level = dbfs;
      quietest = stretch;
    }
  }
  return quietest;
}

/** `length` samples with the sound of the room: overlapping grains of it from random places, which neither hum nor click. */
export function moreRoom(room: Int16Array, length: number, random: Random): Int16Array {
  const size = Math.min(GRAIN, room.length);
  const hop = Math.floor(size / 2);
  const sum = new Float64Array(length + size);
  for (let at = -hop; at < length; at += hop) {
    const from = Math.floor(random.next() * (room.length - size + 1));
    for (let i = 0; i < size; i += 1) {
      // A sine window: two that overlap by half add up to a constant power.
      if (at + i >= 0) sum[at + i]! += room[from + i]! * Math.sin((Math.PI * (i + 0.5)) / size);
    }
  }
  return Int16Array.from(sum.subarray(0, length), (value) => Math.round(value));
}

function levelsOf(samples: Int16Array): number[] {
  const levels: number[] = [];
  for (let at = 0; at + BLOCK <= samples.length; at += BLOCK) {
    levels.push(rmsDbfs(samples.subarray(at, at + BLOCK)));
  }
  return levels;
}
