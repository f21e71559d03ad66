// Times the first real request of each kind, so that a warm-up that warms nothing shows.
import type { Clock } from '../ports/clock.ts';
import { decodeMulaw } from '../audio/mulaw.ts';
import { LINE_HZ, msToSamples, pcm, type Pcm } from '../audio/units.ts';
import type { Synthesizer } from '../ports/synthesizer.ts';
import type { Transcriber } from '../ports/transcriber.ts';
import { LANE_NAMES, type InferenceSettings } from './settings.ts';

const SENTENCE = 'Hello, I would like to book an appointment.';

interface Ports {
  readonly transcriber: Transcriber;
  readonly synthesizer: Synthesizer;
}

/** In ms: of speech to text where that lane runs, else of text to speech; 0 where neither does. */
export async function measureFirstInference(
  ports: Ports,
  settings: InferenceSettings,
  clock: Clock,
): Promise<number> {
  const lanes = settings.lanes ?? LANE_NAMES;
  const { signal } = new AbortController();
  const voice = settings.voices[0];
  const begun = clock.now();
  let speech: Pcm<8000> | null = null;
  if (lanes.includes('tts') && voice !== undefined) {
    for await (const audio of ports.synthesizer.speak({ text: SENTENCE, voice, first: true }, signal)) {
      speech ??= decodeMulaw(audio);
    }
  }
  const spoken = clock.now();
  if (!lanes.includes('stt')) return spoken - begun;
  const request = { audio: speech ?? bursts(), priority: 'final', expected: [] } as const;
  await ports.transcriber.transcribe(request, signal);
  return clock.now() - spoken;
}

/** Two seconds of a tone that comes and goes in the rhythm of syllables, enough to be taken for speech and encoded. */
function bursts(): Pcm<8000> {
  const samples = new Int16Array(msToSamples(2_000, LINE_HZ)).map((_, i) => {
    const seconds = i / LINE_HZ;
    const loudness = Math.max(0, Math.sin(2 * Math.PI * 4 * seconds));
    return 8_000 * loudness * Math.sin(2 * Math.PI * 200 * seconds);
  });
  return pcm(LINE_HZ, samples);
}
