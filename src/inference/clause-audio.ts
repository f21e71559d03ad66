// Makes line audio from a synthesized clause: no silence in front, a short pause behind, one loudness for every voice.
import { resample } from '../audio/resampler.ts';
import { LINE_HZ, msToSamples, pcm, type Pcm } from '../audio/units.ts';

/**
 * Flite puts up to 240 ms in front of a clause, some of it a murmur that nobody hears on a telephone; the first sound
 * must not wait for that. What is left of a soft first consonant fits into the lead.
 */
const LEAD_MS = 30;
/** Against the clause's own peak (-36 dB): where it is first heard. */
const ONSET_SHARE = 0.016;
/** A natural pause before the next clause. */
const TAIL_MS = 90;
/** Against the clause's own peak (-46 dB): the softest fricatives are louder, the synthesizer's silence is not. */
const SOUND_SHARE = 0.005;
const BLOCK_MS = 10;
/** Blocks this far below the loudest are pauses and do not count for the loudness. */
const PAUSE_DB = 25;
/** Common for announcements on telephone lines; the peaks of speech are about 12 dB higher. */
const TARGET_DBFS = -19;
/** Below where mu-law clips. */
const PEAK_LIMIT = 30_000;
const MAX_GAIN = 8;
const FULL_SCALE = 32_768;

/** At 8 kHz; empty when the clause is silent. */
export function clauseAudio(spoken: Pcm): Pcm<8000> {
  const line = resample(spoken, LINE_HZ);
  const span = soundSpan(line);
  if (span === null) return pcm(LINE_HZ, new Int16Array(0));
  // A voice may end without a pause of its own.
  const kept = new Int16Array(span.end - span.start);
  kept.set(line.samples.subarray(span.start, span.end));
  const gain = loudnessGain(kept);
  return pcm(
    LINE_HZ,
    kept.map((sample) => Math.round(sample * gain)),
  );
}

/** The end may lie beyond the samples. */
function soundSpan({ samples, rate }: Pcm): { start: number; end: number } | null {
  const top = largest(samples);
  const first = samples.findIndex((sample) => Math.abs(sample) >= Math.max(1, top * ONSET_SHARE));
  if (first < 0) return null;
  const last = samples.findLastIndex((sample) => Math.abs(sample) >= Math.max(1, top * SOUND_SHARE));
  return {
    start: Math.max(0, first - msToSamples(LEAD_MS, rate)),
    end: last + 1 + msToSamples(TAIL_MS, rate),
  };
}

/** Brings the loudness of the spoken blocks to the target, as far as the peak allows. */
function loudnessGain(samples: Int16Array): number {
  const block = msToSamples(BLOCK_MS, LINE_HZ);
  const powers: number[] = [];
  for (let start = 0; start < samples.length; start += block) {
    const part = samples.subarray(start, start + block);
    powers.push(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
  }
  const loudest = Math.max(...powers);
  const spoken = powers.filter((power) => power > loudest * 10 ** (-PAUSE_DB / 10));
  if (loudest === 0 || spoken.length === 0) return 1;
  const level = Math.sqrt(spoken.reduce((sum, power) => sum + power, 0) / spoken.length);
  const target = FULL_SCALE * 10 ** (TARGET_DBFS / 20);
  return Math.min(target / level, PEAK_LIMIT / largest(samples), MAX_GAIN);
}

function largest(samples: Int16Array): number {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}
