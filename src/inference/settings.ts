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
  /** One speech-to-text run at most; then the lane counts as hung and is replaced. */
  readonly sttDeadlineMs: number;
  readonly ttsQueueLimit: number;
  readonly ttsDeadlineMs: number;
  /** Ready clauses that are kept to be said again; 0 keeps none. */
  readonly speechCacheMb: number;
  /** Where later starts find what this one has made; null: nowhere. */
  readonly cacheFolder: string | null;
  /** Flite voices that may be asked for: among `awb`, `kal`, `kal16`, `rms`, `slt`. */
  readonly voices: readonly string[];
  /** All three when absent. */
  readonly lanes?: readonly LaneName[];
}

/** As in config/default.yaml, for tools that start a host without a configuration. A 5 ms gather lets many calls share a run. */
export const DEFAULT_INFERENCE_SETTINGS: InferenceSettings = {
  vadSlots: 64,
  vadGatherMs: 5,
  sttThreads: 1,
  sttQueueLimit: 32,
  sttDeadlineMs: 8_000,
  ttsQueueLimit: 64,
  ttsDeadlineMs: 5_000,
  speechCacheMb: 32,
  cacheFolder: null,
  voices: ['slt', 'rms', 'awb', 'kal16', 'kal'],
};
