// Times one request of each kind on warm lanes, so that a warm-up that warms nothing shows.
import { LINE_HZ, ms, pcm, type Pcm } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import { VAD_WINDOW_SAMPLES, type SpeechDetector } from '../ports/speech-detector.ts';
import type { Synthesizer } from '../ports/synthesizer.ts';
import type { Transcriber } from '../ports/transcriber.ts';
import { bursts, SENTENCE } from './sample-job.ts';
import { LANE_NAMES, type InferenceSettings } from './settings.ts';

/** A lane that dies meanwhile gives no verdict. */
const VERDICT_LIMIT_MS = ms(5_000);

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
  const voice = settings.voices[0];
  const spoken =
    lanes.includes('tts') && voice !== undefined
      ? await timeSpeech(ports.synthesizer, voice, clock)
      : { ms: 0, audio: pcm(LINE_HZ, bursts()) };
  if (!lanes.includes('stt')) return spoken.ms;
  return (await timeHearing(ports.transcriber, spoken.audio, clock)).ms;
}

/** The timed sentence, until its last audio. */
export async function timeSpeech(
  synthesizer: Synthesizer,
  voice: string,
  clock: Clock,
): Promise<{ readonly ms: number; readonly audio: Pcm<8000> }> {
  const begun = clock.now();
  const { signal } = new AbortController();
  let audio: Pcm<8000> | null = null;
  for await (const piece of synthesizer.speak({ text: SENTENCE, voice, first: true }, signal)) {
    audio ??= piece;
  }
  return { ms: clock.now() - begun, audio: audio ?? pcm(LINE_HZ, bursts()) };
}

export async function timeHearing(
  transcriber: Transcriber,
  audio: Pcm<8000>,
  clock: Clock,
): Promise<{ readonly ms: number; readonly text: string }> {
  const begun = clock.now();
  const request = { audio, priority: 'final', expected: [] } as const;
  const { text } = await transcriber.transcribe(request, new AbortController().signal);
  return { ms: clock.now() - begun, text };
}

/** One window, from the push to the verdict. @throws Error when no verdict comes. */
export async function timeDetection(detector: SpeechDetector, clock: Clock): Promise<number> {
  const begun = clock.now();
  let cancel = (): void => undefined;
  const verdict = new Promise<void>((resolve, reject) => {
    const stream = detector.open(() => {
      stream.close();
      resolve();
    });
    stream.push(bursts().slice(0, VAD_WINDOW_SAMPLES));
    cancel = clock.after(VERDICT_LIMIT_MS, () => {
      stream.close();
      reject(new Error(`No verdict within ${VERDICT_LIMIT_MS} ms.`));
    });
  });
  try {
    await verdict;
  } finally {
    cancel();
  }
  return clock.now() - begun;
}
