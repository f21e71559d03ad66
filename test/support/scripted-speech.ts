// Caller audio whose words a test can find again: each stretch of speech has a loudness of its own.
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.ts';
import { mulaw8k, pcm, type Mulaw8k, type Pcm } from '../../src/audio/units.ts';

export const FRAME_MS = 20;
const SAMPLES_PER_MS = 8;
/** Levels from the loudest down to -26 dB: more utterances than any test has. */
const LEVELS = 64;
/** Less than this of an utterance cannot be made out. */
const AUDIBLE_MS = 160;

function tone(durationMs: number, amplitude: number): Int16Array {
  const samples = durationMs * SAMPLES_PER_MS;
  return Int16Array.from({ length: samples }, (_, i) => Math.round(amplitude * Math.sin(i / 3)));
}

export const toneAudio = (durationMs: number, amplitude: number): Mulaw8k =>
  encodeMulaw(pcm(8000, tone(durationMs, amplitude)));

export const SPEECH_FRAME = toneAudio(FRAME_MS, 8000);
export const SILENT_FRAME = toneAudio(FRAME_MS, 0);
/** The agent's own voice on its way back, 30 dB down. */
export const ECHO_FRAME = toneAudio(FRAME_MS, 158);

/** By how loud it is once decoded. */
const LEVEL_OF = new Map(
  Array.from({ length: LEVELS }, (_, level) => {
    const [magnitude = 0] = decodeMulaw(mulaw8k(Uint8Array.of(0x80 + level))).samples;
    return [magnitude, level] as const;
  }),
);

/** What was said so far, and what can be made out in a recording of it. */
export class ScriptedSpeech {
  readonly said: string[] = [];

  /** A frame of an utterance with this text; empty for a noise. */
  frame(text: string): Mulaw8k {
    const level = this.said.length;
    if (level >= LEVELS) throw new Error('more utterances than there are levels');
    this.said.push(text);
    const length = FRAME_MS * SAMPLES_PER_MS;
    return mulaw8k(Uint8Array.from({ length }, (_, i) => (i % 2 === 0 ? 0x80 : 0x00) + level));
  }

  hear({ samples }: Pcm<8000>): string {
    const heard = new Map<number, number>();
    for (const sample of samples) {
      const level = LEVEL_OF.get(Math.abs(sample));
      if (level !== undefined) heard.set(level, (heard.get(level) ?? 0) + 1);
    }
    const audible = [...heard].filter(([, count]) => count >= AUDIBLE_MS * SAMPLES_PER_MS);
    return audible
      .map(([level]) => this.said[level] ?? '')
      .filter((text) => text !== '')
      .join(' ');
  }
}
