// Designs the band-limiting filter that a change of sample rate needs.
import type { Hz } from './units.ts';

export interface PhaseTable {
  /** Output samples per `down` input samples; also the number of phases. */
  readonly up: number;
  readonly down: number;
  /** Input samples on each side of an output sample that its value depends on. */
  readonly half: number;
  readonly taps: number;
  /** One row of `taps` coefficients for each phase; each row sums to 1, so a constant stays the same constant. */
  readonly rows: readonly Float64Array[];
}

/** Half the filter's length in samples of the lower rate: 4 ms where that rate is 8 kHz. */
const HALF_WIDTH = 32;
/** Kaiser's shape factor for a stop-band of 76 dB, from beta = 0.1102 * (dB - 8.7). */
const KAISER_BETA = 0.1102 * (76 - 8.7);
/** The -6 dB point as a share of the lower rate: in the middle between 3.4 kHz, the top of telephone speech, and 4 kHz. */
const CUTOFF = (0.425 + 0.5) / 2;

/** The filter for one pair of rates: a sinc under a Kaiser window, as long as the lower rate asks for. */
export function designTable(from: Hz, to: Hz): PhaseTable {
  const divisor = greatestCommonDivisor(from, to);
  const up = to / divisor;
  const down = from / divisor;
  const lower = Math.min(from, to) / from;
  // Even, so that the number of taps is a multiple of four.
  const half = 2 * Math.ceil(HALF_WIDTH / lower / 2);
  const taps = 2 * half;
  const rows = Array.from({ length: up }, (_, phase) => {
    const row = Float64Array.from({ length: taps }, (_, tap) => {
      return windowedSinc((phase / up + half - 1 - tap) * lower);
    });
    const sum = row.reduce((total, value) => total + value, 0);
    return row.map((value) => value / sum);
  });
  return { up, down, half, taps, rows };
}

/** The filter's value at a distance in samples of the lower rate. */
function windowedSinc(distance: number): number {
  const reach = distance / HALF_WIDTH;
  if (Math.abs(reach) >= 1) return 0;
  const window = besselI0(KAISER_BETA * Math.sqrt(1 - reach * reach)) / besselI0(KAISER_BETA);
  const angle = 2 * Math.PI * CUTOFF * distance;
  return window * (angle === 0 ? 1 : Math.sin(angle) / angle);
}

/** The modified Bessel function of order 0, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
