// An inference host without models: its state, its waits and its end are what the test says; it hears nothing.
import { pcm, type Pcm } from '../../src/audio/units.ts';
import type { InferenceHost, InferenceStatus, LaneName, LaneStatus } from '../../src/inference/host.ts';
import type { CallModels } from '../../src/ports/call-models.ts';
import { CallError } from '../../src/ports/errors.ts';
import type { SpeechDetector } from '../../src/ports/speech-detector.ts';
import type { Synthesizer } from '../../src/ports/synthesizer.ts';
import type { Transcriber } from '../../src/ports/transcriber.ts';

const LANES: readonly LaneName[] = ['vad', 'stt', 'tts'];

export class FakeInference implements InferenceHost {
  ready = true;
  restarts = 0;
  readonly waitsMs = { vad: 0, stt: 0, tts: 0 };
  /** Calls that asked for their models. */
  readonly calls: string[] = [];
  readonly failed: Promise<string>;
  /** Resolves when the server asks for a start: it listens then. */
  readonly started: Promise<void>;
  closed = false;
  #start: () => void = () => undefined;
  #fail: (reason: string) => void = () => undefined;
  #watchers: (() => void)[] = [];

  constructor() {
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
    this.started = new Promise((resolve) => {
      this.#start = resolve;
    });
  }

  readonly detector: SpeechDetector = {
    open: () => {
      if (!this.ready) throw new CallError('lane-unavailable', 'scripted');
      return { push: () => undefined, reset: () => undefined, close: () => undefined };
    },
  };
  readonly transcriber: Transcriber = {
    transcribe: () => Promise.reject(new CallError('lane-unavailable', 'scripted')),
  };
  readonly synthesizer: Synthesizer = {
    async *speak(): AsyncIterable<Pcm<8000>> {
      await Promise.resolve();
      yield pcm(
        8000,
        Int16Array.from({ length: 1600 }, (_, i) => (i % 16 < 8 ? 8000 : -8000)),
      );
    },
  };

  /** Says that a lane cannot be kept alive. */
  fail(reason: string): void {
    this.#fail(reason);
  }

  start(): Promise<void> {
    this.#start();
    return Promise.resolve();
  }

  modelsOf(callSid: string): CallModels {
    this.calls.push(callSid);
    for (const look of [...this.#watchers]) look();
    return this;
  }

  /** Resolves when this many calls have begun. */
  async begun(count: number): Promise<void> {
    while (this.calls.length < count) {
      await new Promise<void>((resolve) => {
        this.#watchers = [resolve];
      });
    }
  }

  waits(): Readonly<Record<LaneName, number>> {
    return this.waitsMs;
  }

  status(): InferenceStatus {
    const { ready, restarts } = this;
    const lane: LaneStatus = {
      pid: 1,
      ready,
      queueDepth: 0,
      loadMs: 1,
      warmupMs: 1,
      restarts,
      memoryMb: 100,
      models: [],
    };
    const reasons = ready ? [] : ['the stt lane is being replaced'];
    const lanes = Object.fromEntries(LANES.map((name) => [name, lane]));
    return { ready, reasons, warmupMs: 1, firstInferenceMs: 1, lanes };
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
