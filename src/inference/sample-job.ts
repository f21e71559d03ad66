// The timed inference that a lane's process must pass before it is used: a typical job and how long it may take.
import { LINE_HZ, msToSamples } from '../audio/units.ts';
import { VAD_WINDOW_SAMPLES } from '../ports/speech-detector.ts';
import type { LaneJobs } from './messages.ts';
import type { InferenceSettings, LaneName } from './settings.ts';

export const SENTENCE = 'Hello, I would like to book an appointment.';
const MAX_WINDOWS = 64;

/**
 * In ms, with the way there and back; a lane that is slower is of no use to any call. Voice activity has one tick of 32 ms
 * for all calls (measured: 6 ms), speech to text and text to speech share the second that a caller waits for an answer
 * (measured: 18 and 50 ms).
 */
export const SAMPLE_LIMIT_MS: Readonly<Record<LaneName, number>> = {
  vad: 32,
  stt: 500,
  tts: 500,
};

/** For telling a hung process from a slow one; a slow one is asked again. */
export const SAMPLE_DEADLINE_MS = 8_000;

type SampleJobs = { readonly [Name in LaneName]: (settings: InferenceSettings) => LaneJobs[Name] };

const SAMPLES: SampleJobs = {
  vad: ({ vadSlots }) => {
    const rows = Math.min(MAX_WINDOWS, vadSlots);
    return {
      slots: Uint16Array.from({ length: rows }, (_, slot) => slot),
      samples: new Int16Array(rows * VAD_WINDOW_SAMPLES),
    };
  },
  stt: () => ({ items: [{ samples: bursts(), expected: [] }] }),
  tts: ({ voices }) => ({ text: SENTENCE, voice: voices.at(-1) ?? '' }),
};

/** The job is the same each time. */
export function sampleJob<Name extends LaneName>(lane: Name, settings: InferenceSettings): LaneJobs[Name] {
  return SAMPLES[lane](settings);
}

/** Two seconds of a tone that comes and goes in the rhythm of syllables, enough to be taken for speech and encoded. */
export function bursts(): Int16Array {
  return new Int16Array(msToSamples(2_000, LINE_HZ)).map((_, i) => {
    const seconds = i / LINE_HZ;
    const loudness = Math.max(0, Math.sin(2 * Math.PI * 4 * seconds));
    return 8_000 * loudness * Math.sin(2 * Math.PI * 200 * seconds);
  });
}
