// Telephone keys as the tones that other machines understand.
import { encodeMulaw } from './mulaw.ts';
import { LINE_HZ, msToSamples, pcm, type Mulaw8k } from './units.ts';

/** ITU-T Q.23: a key is a low and a high tone together. */
const LOW_HZ = [697, 770, 852, 941];
const HIGH_HZ = [1209, 1336, 1477];
const KEYS = ['123', '456', '789', '*0#'];

/** ITU-T Q.24 asks for at least 40 ms of tone and of pause; slow decoders want more. */
const TONE_MS = 100;
const GAP_MS = 80;
/** What `w` stands for. */
const WAIT_MS = 500;
/** Of full scale, each of the two tones: some -9 dBm0. */
const AMPLITUDE = 0.25 * 32_767;
/** Without it the edges click. */
const RAMP_MS = 5;

/** 0-9, `*`, `#`, and `w` for half a second of silence; anything else is left out. */
export function dtmfTones(digits: string): Mulaw8k {
  const parts = Array.from(digits, (digit) => (digit === 'w' ? silence(WAIT_MS) : tone(digit)));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const audio = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    audio.set(part, at);
    at += part.length;
  }
  return encodeMulaw(pcm(LINE_HZ, audio));
}

const silence = (durationMs: number): Int16Array => new Int16Array(msToSamples(durationMs, LINE_HZ));

function tone(digit: string): Int16Array {
  const row = KEYS.findIndex((keys) => keys.includes(digit));
  const column = KEYS[row]?.indexOf(digit) ?? -1;
  const [low, high] = [LOW_HZ[row], HIGH_HZ[column]];
  if (low === undefined || high === undefined) return new Int16Array(0);
  const length = msToSamples(TONE_MS, LINE_HZ);
  const ramp = msToSamples(RAMP_MS, LINE_HZ);
  const audio = new Int16Array(length + msToSamples(GAP_MS, LINE_HZ));
  for (let i = 0; i < length; i += 1) {
    const edge = Math.min(1, (i + 1) / ramp, (length - i) / ramp);
    const angle = (2 * Math.PI * i) / LINE_HZ;
    audio[i] = Math.round(AMPLITUDE * edge * (Math.sin(low * angle) + Math.sin(high * angle)));
  }
  return audio;
}
