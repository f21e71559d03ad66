// Sounds that are no speech, made from a seed: what a caller's room, hand or telephone adds to the line.
import { LINE_HZ } from '../audio/units.ts';

export const NOISE_COLOURS = ['white', 'brown', 'click', 'tone'] as const;

export interface Noise {
  readonly ms: number;
  /** RMS of white, brown and tone; the peak of each click. */
  readonly dbfs: number;
  readonly colour: (typeof NOISE_COLOURS)[number];
  readonly seed: number;
}

/** Call waiting in the United States: 440 Hz. */
const TONE_HZ = 440;
/** Four clicks a second, as of a keyboard; each dies away within 5 ms. */
const CLICK_EVERY_SAMPLES = LINE_HZ / 4;
const CLICK_SAMPLES = 40;
const CLICK_DECAY = 0.85;
/** Pulls the walk of brown noise back to zero, so that it has no level below some 20 Hz. */
const BROWN_LEAK = 0.985;

/** 8 kHz. The same samples for the same seed; a tone is the same for every seed. */
export function noiseSamples({ ms, dbfs, colour, seed }: Noise): Int16Array {
  const length = ms * (LINE_HZ / 1000);
  const shape = shapeOf(colour, length, uniform(seed));
  const level = 32768 * 10 ** (dbfs / 20);
  const size = colour === 'click' ? peakOf(shape) : rmsOf(shape);
  const gain = size === 0 ? 0 : level / size;
  return Int16Array.from(shape, (value) => Math.max(-32768, Math.min(32767, Math.round(value * gain))));
}

function shapeOf(colour: Noise['colour'], length: number, next: () => number): Float64Array {
  const shape = new Float64Array(length);
  switch (colour) {
    case 'white':
      return shape.map(() => next());
    case 'brown': {
      let level = 0;
      return shape.map(() => (level = level * BROWN_LEAK + next()));
    }
    case 'click':
      return shape.map((_, at) => {
        const since = at % CLICK_EVERY_SAMPLES;
        return since < CLICK_SAMPLES ? next() * CLICK_DECAY ** since : 0;
      });
    case 'tone':
      return shape.map((_, at) => Math.sin((2 * Math.PI * TONE_HZ * at) / LINE_HZ));
  }
}

const peakOf = (shape: Float64Array): number =>
  shape.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

const rmsOf = (shape: Float64Array): number =>
  shape.length === 0 ? 0 : Math.sqrt(shape.reduce((sum, value) => sum + value * value, 0) / shape.length);

/** A 32-bit xorshift generator, from -1 to 1. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 31 - 1;
  };
}
