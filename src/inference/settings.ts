// What can be set about the inference host; the configuration fills it in.
import type { DeviceSetting } from './device.ts';

/** Each lane is one process with one model. */
export const LANE_NAMES = ['vad', 'stt', 'tts'] as const;
export type LaneName = (typeof LANE_NAMES)[number];

/** Requests of one speech-to-text run: a decoder step of 8 rows takes 2 to 3 times as long as one of a single row. */
export const STT_ROWS = 8;
/** Audio of one speech-to-text run, unless one request is longer: the first of them waits for the encoding of all. */
export const STT_SECONDS = 16;

export interface InferenceSettings {
  /** Calls that can be listened to at once. */
  readonly vadSlots: number;
  /** How long the first ready window waits for those of other calls, so that they share one run; must be < 32. */
  readonly vadGatherMs: number;
  /** Processes of speech to text, each with its own copy of the model. */
  readonly sttProcesses: number | 'auto';
  /** How long the first request waits for others to share its run, while a process is free. */
  readonly sttGatherMs: number;
  /** Speech-to-text and text-to-speech runs at the same time. */
  readonly heavyRuns: number | 'auto';
  /** Threads of one speech-to-text run. */
  readonly sttThreads: number;
  /** Requests waiting for speech to text; beyond it they are refused with `queue-full`. */
  readonly sttQueueLimit: number;
  /** From a speech-to-text request to its answer; a run counts as hung in less, by its audio (lane-limits.ts). */
  readonly sttDeadlineMs: number;
  readonly ttsQueueLimit: number;
  readonly ttsDeadlineMs: number;
  /** Where the speech-to-text model runs; voice activity and speech are always on the CPU. */
  readonly device: DeviceSetting;
  /** Where optimized graphs are kept; null keeps none. */
  readonly cacheFolder: string | null;
  /** Flite voices that may be asked for: among `awb`, `kal`, `kal16`, `rms`, `slt`. */
  readonly voices: readonly string[];
  /** A lane whose process grows beyond it is replaced without a pause. */
  readonly laneMemoryMb: number;
  /** All three when absent. */
  readonly lanes?: readonly LaneName[];
}

/**
 * As in config/default.yaml, for tools that start a host without a configuration. A 5 ms gather lets many calls share a
 * run. The largest lane holds 530 MB when it is warm: four times that is no longer work, but a leak.
 */
export const DEFAULT_INFERENCE_SETTINGS: InferenceSettings = {
  vadSlots: 64,
  vadGatherMs: 5,
  sttProcesses: 'auto',
  sttGatherMs: 3,
  heavyRuns: 'auto',
  sttThreads: 1,
  sttQueueLimit: 32,
  sttDeadlineMs: 8_000,
  ttsQueueLimit: 64,
  ttsDeadlineMs: 5_000,
  device: 'auto',
  cacheFolder: null,
  laneMemoryMb: 2_048,
  voices: ['slt', 'rms', 'awb', 'kal16', 'kal'],
};
