// A voice that says nothing: a vowel of a few hundred milliseconds, speech to the detector and no word to anybody.
import { LINE_HZ } from '../../src/audio/units.ts';

const PITCH_HZ = 120;
/** A voice is never quite steady: three times a second it is this much higher and lower. */
const WAVER = { hz: 3, share: 0.03 };
/** The "uh" of hesitation: frequency, bandwidth and weight of its resonances. */
const RESONANCES = [
  { hz: 500, bandHz: 80, weight: 1 },
  { hz: 1_500, bandHz: 90, weight: 0.5 },
  { hz: 2_450, bandHz: 120, weight: 0.2 },
];
const PEAK = 9_000;
const FADE_MS = 50;

/** 8 kHz, the same every time. */
export function vowel(durationMs: number): Int16Array {
  const length = (durationMs * LINE_HZ) / 1_000;
  const pulses = pulsesOf(length);
  const voice = new Float64Array(length);
  for (const resonance of RESONANCES) {
    resonate(pulses, resonance).forEach((value, at) => (voice[at]! += value));
  }
  const peak = voice.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const fade = (FADE_MS * LINE_HZ) / 1_000;
  return Int16Array.from(voice, (value, at) =>
    Math.round((value / peak) * PEAK * Math.min(1, at / fade, (length - at) / fade)),
  );
}

function pulsesOf(length: number): Float64Array {
  let phase = 0;
  return new Float64Array(length).map((_, at) => {
    phase += (PITCH_HZ / LINE_HZ) * (1 + WAVER.share * Math.sin((2 * Math.PI * WAVER.hz * at) / LINE_HZ));
    if (phase < 1) return 0;
    phase -= 1;
    return 1;
  });
}

function resonate(pulses: Float64Array, { hz, bandHz, weight }: (typeof RESONANCES)[number]): Float64Array {
  const decay = Math.exp((-Math.PI * bandHz) / LINE_HZ);
  const turn = 2 * decay * Math.cos((2 * Math.PI * hz) / LINE_HZ);
  let last = 0;
  let before = 0;
  return pulses.map((pulse) => {
    const value = pulse + turn * last - decay * decay * before;
    before = last;
    last = value;
    return value * weight;
  });
}
