// The messages between the host and a lane; neither knows whether a process or a thread lies between them.
import type { Device } from './device.ts';
import type { ModelFileName } from './model-files.ts';
import type { InferenceSettings, LaneName } from './settings.ts';
import type { SetupFault } from './setup-error.ts';

/** Windows of different slots, at most one per slot; row i of `samples` (256 at 8 kHz) belongs to `slots[i]`. */
export interface VadJob {
  readonly slots: Uint16Array;
  readonly samples: Int16Array;
}

export interface VadResult {
  /** In the order of the job's slots. */
  readonly probabilities: Float32Array;
}

export interface SttItem {
  /** 8 kHz. */
  readonly samples: Int16Array;
  readonly expected: readonly string[];
}

export interface SttJob {
  readonly items: readonly SttItem[];
}

export interface SttText {
  readonly text: string;
  readonly matched: string | null;
  /** 0 to 1; see Transcript. */
  readonly confidence: number;
  /** 0 to 1; see Transcript. */
  readonly ending: number;
}

export interface SttResult {
  /** In the order of the job's items. */
  readonly items: readonly SttText[];
}

export interface TtsJob {
  /** Plain ASCII, as `speakableText` gives it; not empty. */
  readonly text: string;
  readonly voice: string;
}

export interface TtsResult {
  /** Mu-law at 8 kHz; empty when the text gives no sound. */
  readonly audio: Uint8Array;
}

export interface LaneJobs {
  readonly vad: VadJob;
  readonly stt: SttJob;
  readonly tts: TtsJob;
}

export interface LaneResults {
  readonly vad: VadResult;
  readonly stt: SttResult;
  readonly tts: TtsResult;
}

/** `cached`: read from the cache; `built`: optimized now and kept; `uncached`: optimized now, not kept; `none`: no graph. */
export type GraphOrigin = 'cached' | 'built' | 'uncached' | 'none';

export interface ModelNote {
  readonly level: 'info' | 'warn';
  readonly text: string;
}

/** How a model came to be loaded. */
export interface ModelReport {
  readonly model: ModelFileName;
  /** Of the rewrite before it was loaded. */
  readonly transform: string | null;
  readonly device: Device;
  readonly graph: GraphOrigin;
  /** Hashing, rewriting, optimizing and loading. */
  readonly loadMs: number;
  readonly notes: readonly ModelNote[];
}

/** One warm-up step and how long it took. */
export interface WarmupStep {
  readonly name: string;
  readonly ms: number;
}

/** A lane takes its messages strictly in the order they were sent. */
export type HostMessage<Job = unknown> =
  | { readonly type: 'start'; readonly lane: LaneName; readonly settings: InferenceSettings }
  | { readonly type: 'run'; readonly id: number; readonly job: Job }
  /** The slot's state is forgotten: at a call's reset, and when a call gives the slot back. */
  | { readonly type: 'reset' | 'release'; readonly slot: number }
  /** Nobody waits for this item of the run any more; taken at once, not behind the run. */
  | { readonly type: 'drop'; readonly id: number; readonly item: number }
  | { readonly type: 'ping' }
  | { readonly type: 'stop' };

export type LaneMessage<Result = unknown> =
  | {
      readonly type: 'ready';
      readonly loadMs: number;
      readonly models: readonly ModelReport[];
      readonly warmup: readonly WarmupStep[];
      readonly memoryMb: number;
    }
  | { readonly type: 'start-failed'; readonly fault: SetupFault | null; readonly message: string }
  | { readonly type: 'result'; readonly id: number; readonly result: Result; readonly inferMs: number }
  | { readonly type: 'run-failed'; readonly id: number; readonly message: string }
  /** The answer to a ping, with what the process holds in memory. */
  | { readonly type: 'pong'; readonly memoryMb: number };

/** A lane's end of the channel. */
export interface LanePort {
  send(message: LaneMessage): void;
  onMessage(handle: (message: HostMessage) => void): void;
  /** Resident memory of the process. */
  memoryMb(): number;
}

/** What a model must offer to be served by a lane. */
export interface LaneModel<Job, Result> {
  /** How its files came to be loaded. */
  readonly models: readonly ModelReport[];
  /** Runs everything that is slower the first time. */
  warmUp(): Promise<readonly WarmupStep[]>;
  /** `isDropped` tells, by its place, whether an item is still wanted; a lane without batches need not ask. */
  run(job: Job, isDropped: (item: number) => boolean): Promise<Result>;
  /** Forgets what is kept for a slot; lanes without slots do nothing. */
  forget(slot: number): void;
  release(): Promise<void>;
}
