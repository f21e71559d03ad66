// The inference host: three lanes, the queues in front of them, and the ports that calls see.
import type { SpeechDetector } from '../ports/speech-detector.ts';
import type { Synthesizer } from '../ports/synthesizer.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import type { CallModels } from '../ports/call-models.ts';
import type { Transcriber } from '../ports/transcriber.ts';
import { LaneDetector } from './detector.ts';
import { measureFirstInference } from './first-inference.ts';
import { Lane, type LaneDeps, type LaneStatus } from './lane.ts';
import { PromptFill, type SpeechPrompt } from './prompt-fill.ts';
import { RequestQueue } from './request-queue.ts';
import { LANE_NAMES, type InferenceSettings, type LaneName } from './settings.ts';
import { RunGate } from './run-gate.ts';
import { shareCores } from './share.ts';
import { SpeechCache } from './speech-cache.ts';
import { StoredPrompts } from './stored-prompts.ts';
import { LaneSpeech, LaneSynthesizer, TTS_BATCHING } from './synthesizer.ts';
import { LaneTranscriber, sttBatching } from './transcriber.ts';

export type { LaneStatus } from './lane.ts';
export { DEFAULT_INFERENCE_SETTINGS, type InferenceSettings, type LaneName } from './settings.ts';
export { SetupError } from './setup-error.ts';

export interface InferenceOptions {
  readonly settings: InferenceSettings;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly clock: Clock;
  /** What many calls will say: ready when the host is, those that matter most first. Asked for once, while lanes warm up. */
  readonly prompts?: () => readonly SpeechPrompt[];
  /** The built lane program; the default lies beside the built host. */
  readonly laneEntry?: URL;
}

export interface InferenceStatus {
  /** Every lane is warm, and a first request was answered. */
  readonly ready: boolean;
  /** Why not, one line per lane that is not; empty when ready. */
  readonly reasons: readonly string[];
  /** From `start` until every lane was warm. */
  readonly warmupMs: number;
  /** The first real request after that: a short sentence of speech to text, where that lane runs. */
  readonly firstInferenceMs: number;
  /** By label: `stt` is the first process of its kind. */
  readonly lanes: Readonly<Partial<Record<LaneName, LaneStatus>>> & {
    readonly [further: `stt-${number}`]: LaneStatus;
  };
}

export interface InferenceHost {
  /** Resolves when every lane is warm and the first inference was measured. @throws SetupError, or Error with the reason; no process is left then. */
  start(): Promise<void>;
  /** The ports fail with `lane-unavailable` while their lane is not warm. */
  readonly detector: SpeechDetector;
  readonly transcriber: Transcriber;
  readonly synthesizer: Synthesizer;
  /** What one call works with: here the same three for every call. */
  modelsOf(callSid: string): CallModels;
  /** How late each lane is: the longest wait, in ms, of the requests that it took or still owes in the last 5 s. */
  waits(): Readonly<Record<LaneName, number>>;
  /** Resolves once, with the reason, when a lane cannot be kept alive: three deaths within a minute. */
  readonly failed: Promise<string>;
  status(): InferenceStatus;
  /** Ends the lanes' processes, by force after 2 s. Idempotent. */
  close(): Promise<void>;
}

/** Starts nothing yet. */
export function createInferenceHost(options: InferenceOptions): InferenceHost {
  return new LaneHost(options);
}

const BYTES_PER_MB = 1_048_576;

class LaneHost implements InferenceHost {
  readonly detector: LaneDetector;
  readonly transcriber: LaneTranscriber;
  readonly synthesizer: LaneSynthesizer;
  readonly failed: Promise<string>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #settings: InferenceSettings;
  readonly #lanes: readonly Lane<LaneName>[];
  /** The lane itself, past the cache. */
  readonly #uncached: Synthesizer;
  readonly #prompts: PromptFill;
  /** What waits in front of the lanes. */
  readonly #queues: Readonly<Record<LaneName, { readonly depth: number; readonly waitMs: number }>>;
  #warmupMs = 0;
  #firstInferenceMs: number | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: InferenceOptions) {
    const { settings, clock, logger } = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#settings = settings;
    const laneEntry = options.laneEntry ?? new URL('./lane-main.js', import.meta.url);
    const deps: LaneDeps = { ...options, laneEntry };
    const { sttProcesses, heavyRuns } = shareCores(settings);
    const vad = new Lane('vad', deps);
    const stt = Array.from(
      { length: sttProcesses },
      (_, i) => new Lane('stt', deps, i === 0 ? 'stt' : `stt-${i + 1}`),
    );
    const tts = new Lane('tts', deps);
    const used = settings.lanes ?? LANE_NAMES;
    this.#lanes = [vad, ...stt, tts].filter((lane) => used.includes(lane.name));
    this.failed = Promise.race(this.#lanes.map((lane) => lane.failed));

    const queueDeps = { ...deps, gate: new RunGate(heavyRuns) };
    const hearing = new RequestQueue(
      stt,
      sttBatching(settings.sttGatherMs),
      { waiting: settings.sttQueueLimit, deadlineMs: settings.sttDeadlineMs },
      queueDeps,
    );
    const speaking = new RequestQueue(
      [tts],
      TTS_BATCHING,
      { waiting: settings.ttsQueueLimit, deadlineMs: settings.ttsDeadlineMs },
      queueDeps,
    );
    this.detector = new LaneDetector(vad, deps);
    this.transcriber = new LaneTranscriber(hearing);
    const speech = new LaneSpeech(speaking);
    const maxBytes = settings.speechCacheMb * BYTES_PER_MB;
    const cache = new SpeechCache(speech, maxBytes, options.meter);
    this.#uncached = new LaneSynthesizer(speech, settings.voices);
    this.synthesizer = new LaneSynthesizer(cache, settings.voices);
    const prompts = settings.speechCacheMb > 0 && used.includes('tts') ? options.prompts : undefined;
    const folder = settings.cacheFolder;
    const stored = new StoredPrompts({ source: speech, logger, folder, maxBytes });
    this.#prompts = new PromptFill(prompts ?? (() => []), { cache, stored, clock, logger });
    this.#queues = { vad: this.detector, stt: hearing, tts: speaking };
  }

  async start(): Promise<void> {
    const begun = this.#clock.now();
    try {
      await Promise.all(this.#lanes.map((lane) => this.#startLane(lane)));
      await this.#prompts.whenReady();
      this.#warmupMs = this.#clock.now() - begun;
      const ports = { transcriber: this.transcriber, synthesizer: this.#uncached };
      this.#firstInferenceMs = await measureFirstInference(ports, this.#settings, this.#clock);
    } catch (error) {
      await this.close();
      throw error;
    }
    const { warmupMs, firstInferenceMs } = this.status();
    this.#logger.info({ warmupMs, firstInferenceMs }, 'inference is ready');
  }

  /** The prompts are made while the other lanes still warm up. */
  async #startLane(lane: Lane<LaneName>): Promise<void> {
    await lane.start();
    if (lane.name === 'tts') this.#prompts.begin();
  }

  modelsOf(): CallModels {
    return this;
  }

  waits(): Readonly<Record<LaneName, number>> {
    const { vad, stt, tts } = this.#queues;
    return { vad: vad.waitMs, stt: stt.waitMs, tts: tts.waitMs };
  }

  status(): InferenceStatus {
    const waiting = this.#lanes.filter((lane) => !lane.isReady);
    const lanes = this.#lanes.map(
      (lane) => [lane.label, lane.status(this.#queues[lane.name].depth)] as const,
    );
    const unmeasured = this.#firstInferenceMs === null ? ['the first inference is not done'] : [];
    const reasons = [...waiting.map((lane) => `the ${lane.label} lane ${lane.condition}`), ...unmeasured];
    return {
      ready: reasons.length === 0,
      reasons,
      warmupMs: this.#warmupMs,
      firstInferenceMs: this.#firstInferenceMs ?? 0,
      lanes: Object.fromEntries(lanes),
    };
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#prompts.close(), ...this.#lanes.map((lane) => lane.close())]).then(
      () => undefined,
    );
    return this.#closing;
  }
}
