// The caller's microphone: the clip being said plus the line's own noise, one 20 ms frame after the other.
import { encodeMulaw } from '../audio/mulaw.ts';
import { FRAME_SAMPLES, LINE_HZ, pcm } from '../audio/units.ts';
import { speechBounds } from './loudness.ts';
import { uniform } from './noise.ts';

/** A thing to say, ready to be sent: 8 kHz samples and where the speech in them ends. */
export interface Clip {
  readonly samples: Int16Array;
  readonly firstSpeechSample: number;
  readonly lastSpeechSample: number;
}

/** A clip without any speech counts as speech to its last sample. */
export function clipOf(samples: Int16Array): Clip {
  const bounds = speechBounds(samples);
  return {
    samples,
    firstSpeechSample: bounds?.first ?? 0,
    lastSpeechSample: bounds?.last ?? Math.max(0, samples.length - 1),
  };
}

export interface LineNoise {
  /** RMS level of the noise; at or below -96 the line is digitally silent. */
  readonly noiseDbfs: number;
  readonly seed: number;
}

export interface LineFrame {
  readonly samples: Int16Array;
  /** The same as mu-law in base64. */
  readonly payload: string;
  /** The clip's last sample of speech is in this frame. */
  readonly speechEnded: boolean;
  /** The clip's last sample of all is in this frame. */
  readonly clipEnded: boolean;
}

/** What a stream takes the caller's audio from. */
export interface CallerSource {
  /** Starts saying `clip` with the next frame; a clip still being said is broken off. */
  say(clip: Clip): void;
  /** The next 160 samples. */
  frame(): LineFrame;
}

const SILENT_DBFS = -96;

/** Noise runs through the whole call, under the speech too, and is the same for the same seed. */
export class CallerLine implements CallerSource {
  readonly #amplitude: number;
  readonly #random: () => number;
  #clip: Clip | null = null;
  #at = 0;

  constructor(noise: LineNoise) {
    // Uniform noise in ±a has an RMS of a / √3.
    this.#amplitude =
      noise.noiseDbfs <= SILENT_DBFS ? 0 : Math.sqrt(3) * 32768 * 10 ** (noise.noiseDbfs / 20);
    this.#random = uniform(noise.seed);
  }

  say(clip: Clip): void {
    this.#clip = clip;
    this.#at = 0;
  }

  frame(): LineFrame {
    const samples = new Int16Array(FRAME_SAMPLES);
    const clip = this.#clip;
    const from = this.#at;
    for (let index = 0; index < samples.length; index += 1) {
      const value = (clip?.samples[from + index] ?? 0) + this.#noise();
      samples[index] = Math.max(-32768, Math.min(32767, Math.round(value)));
    }
    const payload = Buffer.from(encodeMulaw(pcm(LINE_HZ, samples))).toString('base64');
    if (clip === null) return { samples, payload, speechEnded: false, clipEnded: false };
    const to = from + samples.length;
    this.#at = to;
    const clipEnded = to >= clip.samples.length;
    if (clipEnded) this.#clip = null;
    const speechEnded = from <= clip.lastSpeechSample && clip.lastSpeechSample < to;
    return { samples, payload, clipEnded, speechEnded };
  }

  #noise(): number {
    return this.#amplitude === 0 ? 0 : this.#random() * this.#amplitude;
  }
}
