// The caller's voice: an inference host with nothing but its speech lane, started when the first text is to be spoken.
import { pcm, LINE_HZ, type Pcm } from '../audio/units.ts';
import { ConfigError } from '../config/config-error.ts';
import { createInferenceHost, type InferenceHost } from '../inference/host.ts';
import { DEFAULT_INFERENCE_SETTINGS } from '../inference/settings.ts';
import type { Speak } from '../simulator/caller-audio.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMeter } from '../telemetry/meter.ts';
import { createSystemClock } from '../telemetry/system-clock.ts';

export interface CallerVoice {
  readonly speak: Speak;
  /** Ends the lane's process, if one was started. */
  close(): Promise<void>;
}

/** `signal` cancels what is being spoken. @throws ConfigError for a voice that there is not, naming the scenario's file. */
export function openCallerVoice(voice: string, scenarioFile: string, signal: AbortSignal): CallerVoice {
  const { voices } = DEFAULT_INFERENCE_SETTINGS;
  if (!voices.includes(voice)) {
    const expected = `one of ${voices.join(', ')}`;
    throw new ConfigError([
      { file: scenarioFile, key: 'caller.voice', found: JSON.stringify(voice), expected },
    ]);
  }
  let host: InferenceHost | null = null;
  const start = async (): Promise<InferenceHost> => {
    const created = createInferenceHost({
      settings: { ...DEFAULT_INFERENCE_SETTINGS, voices: [voice], lanes: ['tts'] },
      logger: createLogger({ level: 'silent', transcripts: false }),
      meter: createMeter().meter,
      clock: createSystemClock(),
    });
    host = created;
    await created.start();
    return created;
  };
  return {
    speak: async (text) => {
      signal.throwIfAborted();
      const { synthesizer } = host ?? (await start());
      const pieces: Pcm<8000>[] = [];
      for await (const piece of synthesizer.speak({ text, voice, first: true }, signal)) pieces.push(piece);
      return joined(pieces);
    },
    close: async () => {
      await host?.close();
    },
  };
}

function joined(pieces: readonly Pcm<8000>[]): Pcm<8000> {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.samples.length, 0));
  let at = 0;
  for (const { samples } of pieces) {
    all.set(samples, at);
    at += samples.length;
  }
  return pcm(LINE_HZ, all);
}
