// What can be set about the inference host; the configuration fills it in.

/** Each lane is one process with one model. */
export const LANE_NAMES = ['vad', 'stt', 'tts'] as const;
export type LaneName = (typeof LANE_NAMES)[number];

export interface InferenceSettings {
  /** Calls that can be listened to at once. */
  readonly vadSlots: number;
  /** How long the first ready window waits for those of other calls, so that they share one run; must be < 32. */
  readonly vadGatherMs: number;
  /** Threads of one speech-to-text run. */
  readonly sttThreads: number;
  /** Requests waiting for speech to text; beyond it they are refused with `queue-full`. */
  readonly sttQueueLimit: number;
  /** From a speech-to-text request to its answer; a run counts as hung in less, by its audio (lane-limits.ts). */
  readonly sttDeadlineMs: number;
  readonly ttsQueueLimit: number;
  readonly ttsDeadlineMs: number;
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
  sttThreads: 1,
  sttQueueLimit: 32,
  sttDeadlineMs: 8_000,
  ttsQueueLimit: 64,
  ttsDeadlineMs: 5_000,
  laneMemoryMb: 2_048,
  voices: ['slt', 'rms', 'awb', 'kal16', 'kal'],
};
