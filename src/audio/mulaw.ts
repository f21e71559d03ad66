// Converts between the telephone line's mu-law bytes and 16-bit linear samples, and sums the power of such bytes.
import alawmulaw from 'alawmulaw';
import { mulaw8k, pcm, LINE_HZ, type Mulaw8k, type Pcm } from './units.ts';

/** The code of a zero sample. A gap in line audio is filled with it; a zero byte would be a full-scale click. */
export const MULAW_SILENCE = 0xff;

/** The square of each of the 256 codes' sample. */
const POWERS = Float64Array.from(
  alawmulaw.mulaw.decode(Uint8Array.from({ length: 256 }, (_, code) => code)),
  (sample) => sample * sample,
);

/** One sample a byte, any length, 0 included. Values lie in -32124 to 32124. */
export function decodeMulaw(bytes: Mulaw8k): Pcm<8000> {
  return pcm(LINE_HZ, alawmulaw.mulaw.decode(bytes));
}

/** One byte a sample, any length, 0 included. Samples beyond ±32635 are clipped, as G.711 asks. */
export function encodeMulaw(audio: Pcm<8000>): Mulaw8k {
  return mulaw8k(alawmulaw.mulaw.encode(audio.samples));
}

/** The sum of the squared samples from `start` to before `end`, without decoding. */
export function mulawPower(bytes: Mulaw8k, start: number, end: number): number {
  let power = 0;
  for (let at = start; at < end; at += 1) power += POWERS[bytes[at] ?? MULAW_SILENCE] ?? 0;
  return power;
}
