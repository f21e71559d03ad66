// Times the first real request of each kind, so that a warm-up that warms nothing shows.
import type { Clock } from '../ports/clock.ts';
import { LINE_HZ, pcm, type Pcm } from '../audio/units.ts';
import type { Synthesizer } from '../ports/synthesizer.ts';
import type { Transcriber } from '../ports/transcriber.ts';
import { bursts, SENTENCE } from './sample-job.ts';
import { LANE_NAMES, type InferenceSettings } from './settings.ts';

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
      speech ??= audio;
    }
  }
  const spoken = clock.now();
  if (!lanes.includes('stt')) return spoken - begun;
  const request = { audio: speech ?? pcm(LINE_HZ, bursts()), priority: 'final', expected: [] } as const;
  await ports.transcriber.transcribe(request, signal);
  return clock.now() - spoken;
}
