// The caller's voice: an inference host with nothing but its speech lane, started when the first text is to be spoken.
import { decodeMulaw } from '../audio/mulaw.ts';
import { mulaw8k, type Mulaw8k } from '../audio/units.ts';
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
      const pieces: Mulaw8k[] = [];
      for await (const piece of synthesizer.speak({ text, voice, first: true }, signal)) pieces.push(piece);
      return decodeMulaw(joined(pieces));
    },
    close: async () => {
      await host?.close();
    },
  };
}

function joined(pieces: readonly Mulaw8k[]): Mulaw8k {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return mulaw8k(all);
}
