// Starts each lane by itself, as the server would, and times it: loading, warm-up, one request, and its memory.
import { LINE_HZ, pcm, type Pcm } from '../audio/units.ts';
import { timeDetection, timeHearing, timeSpeech } from '../inference/first-inference.ts';
import {
  createInferenceHost,
  type InferenceHost,
  type InferenceSettings,
  type LaneName,
} from '../inference/host.ts';
import type { ModelReport } from '../inference/messages.ts';
import { bursts, SENTENCE } from '../inference/sample-job.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMeter } from '../telemetry/meter.ts';
import { createSystemClock } from '../telemetry/system-clock.ts';

export interface WorkingLane {
  readonly lane: LaneName;
  readonly ok: true;
  readonly loadMs: number;
  readonly warmupMs: number;
  /** One request on the warm lane. */
  readonly inferenceMs: number;
  /** What was asked of it, and what came of it. */
  readonly inference: string;
  /** Resident memory of its process. */
  readonly memoryMb: number;
  readonly models: readonly ModelReport[];
}

export interface BrokenLane {
  readonly lane: LaneName;
  readonly ok: false;
  readonly error: string;
}

export type LaneCheck = WorkingLane | BrokenLane;

export interface LaneCheckOptions {
  readonly settings: InferenceSettings;
  readonly signal: AbortSignal;
  readonly progress: (what: string) => void;
}

const clock = createSystemClock();

/** One after the other, so that none slows another down; speech first, because the transcription hears it. */
export async function checkLanes(options: LaneCheckOptions): Promise<readonly LaneCheck[]> {
  let heard: Pcm<8000> = pcm(LINE_HZ, bursts());
  const voice = options.settings.voices[0] ?? '';
  const checks = [
    await checkLane('vad', options, async (host) => ({
      inferenceMs: await timeDetection(host.detector, clock),
      inference: 'one window of 32 ms',
    })),
    await checkLane('tts', options, async (host) => {
      const { ms, audio } = await timeSpeech(host.synthesizer, voice, clock);
      heard = audio;
      return { inferenceMs: ms, inference: `${secondsOf(audio)} spoken: "${SENTENCE}"` };
    }),
    await checkLane('stt', options, async (host) => {
      const { ms, text } = await timeHearing(host.transcriber, heard, clock);
      return { inferenceMs: ms, inference: `${secondsOf(heard)} heard: "${text}"` };
    }),
  ];
  return checks;
}

type Timing = Pick<WorkingLane, 'inferenceMs' | 'inference'>;

async function checkLane(
  lane: LaneName,
  { settings, signal, progress }: LaneCheckOptions,
  time: (host: InferenceHost) => Promise<Timing>,
): Promise<LaneCheck> {
  signal.throwIfAborted();
  const host = createInferenceHost({
    // Windows of other calls are not waited for.
    settings: { ...settings, vadGatherMs: 0, sttGatherMs: 0, sttProcesses: 1, lanes: [lane] },
    logger: createLogger({ level: 'silent', transcripts: false }),
    meter: createMeter().meter,
    clock,
  });
  const close = (): void => void host.close();
  signal.addEventListener('abort', close);
  try {
    progress(`loading and warming the ${lane} lane`);
    await host.start();
    progress(`timing the ${lane} lane`);
    const timing = await time(host);
    const status = host.status().lanes[lane];
    if (status === undefined) throw new TypeError(`The host has no ${lane} lane.`);
    const { loadMs, warmupMs, memoryMb, models } = status;
    return {
      lane,
      ok: true,
      loadMs,
      warmupMs,
      ...timing,
      memoryMb,
      models,
    };
  } catch (error) {
    signal.throwIfAborted();
    return { lane, ok: false, error: error instanceof Error ? error.message : String(error) };
  } finally {
    signal.removeEventListener('abort', close);
    await host.close();
  }
}

const secondsOf = ({ samples, rate }: Pcm): string => `${(samples.length / rate).toFixed(1)} s`;
