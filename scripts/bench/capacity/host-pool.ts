// An inference host made of one whole host per call: what is compared with sharing.
import type { InferenceHost, InferenceOptions, InferenceStatus } from '../../../src/inference/host.ts';
import type { CallModels } from '../../../src/ports/call-models.ts';
import type { DetectorStream, SpeechDetector } from '../../../src/ports/speech-detector.ts';

/** More at a time would fight for the cores and miss their start limits. */
const STARTS_AT_A_TIME = 2;
/** A call whose detector is rebuilt closes it and opens it again with the next window of 32 ms. */
const GIVE_BACK_AFTER_MS = 1_000;

type CreateHost = (options: InferenceOptions) => InferenceHost;

/** All hosts are warm before the pool is ready; a call without a free one fails. */
export class HostPool implements InferenceHost {
  readonly failed: Promise<string>;
  readonly #hosts: readonly InferenceHost[];
  readonly #free: InferenceHost[];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: InferenceOptions, size: number, createHost: CreateHost) {
    // With one call there is nothing to gather, to share out or to hold back.
    const alone = { vadSlots: 1, vadGatherMs: 0, sttGatherMs: 0, sttProcesses: 1, heavyRuns: 2 };
    const settings = { ...options.settings, ...alone };
    this.#hosts = Array.from({ length: size }, () => createHost({ ...options, settings }));
    this.#free = [...this.#hosts];
    this.failed = Promise.race(this.#hosts.map((host) => host.failed));
  }

  get detector(): SpeechDetector {
    return this.#first.detector;
  }

  get transcriber(): InferenceHost['transcriber'] {
    return this.#first.transcriber;
  }

  get synthesizer(): InferenceHost['synthesizer'] {
    return this.#first.synthesizer;
  }

  async start(): Promise<void> {
    const waiting = [...this.#hosts];
    const startOneByOne = async (): Promise<void> => {
      for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) await host.start();
    };
    try {
      await Promise.all(Array.from({ length: STARTS_AT_A_TIME }, startOneByOne));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** @throws Error when every host has a call. */
  modelsOf(callSid: string): CallModels {
    const host = this.#free.shift();
    if (host === undefined) throw new Error(`All ${this.#hosts.length} hosts have a call.`);
    const { transcriber, synthesizer } = host.modelsOf(callSid);
    return { detector: this.#lent(host), transcriber, synthesizer };
  }

  waits(): ReturnType<InferenceHost['waits']> {
    const waits = this.#hosts.map((host) => host.waits());
    const longest = (lane: 'vad' | 'stt' | 'tts'): number => Math.max(...waits.map((wait) => wait[lane]));
    return { vad: longest('vad'), stt: longest('stt'), tts: longest('tts') };
  }

  /** The lanes of all hosts, numbered, so that their processes can be found. */
  status(): InferenceStatus {
    const all = this.#hosts.map((host) => host.status());
    const lanes = all.flatMap(({ lanes: own }, index) =>
      Object.entries(own).map(([lane, status]) => [`${lane}-${index + 1}`, status] as const),
    );
    return {
      ...this.#first.status(),
      ready: all.every(({ ready }) => ready),
      reasons: all.flatMap(({ reasons }) => reasons),
      lanes: Object.fromEntries(lanes),
    };
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#hosts.map((host) => host.close()));
  }

  get #first(): InferenceHost {
    const [host] = this.#hosts;
    if (host === undefined) throw new RangeError('A pool needs at least one host.');
    return host;
  }

  /** Gives the host back when its call's detector has stayed closed. */
  #lent(host: InferenceHost): SpeechDetector {
    let timer: NodeJS.Timeout | null = null;
    const keep = (): void => {
      if (timer === null) return;
      clearTimeout(timer);
      this.#timers.delete(timer);
      timer = null;
    };
    const giveBack = (): void => {
      keep();
      this.#free.push(host);
    };
    return {
      open: (onVerdict) => {
        keep();
        const stream: DetectorStream = host.detector.open(onVerdict);
        return {
          push: (window) => {
            stream.push(window);
          },
          reset: () => {
            stream.reset();
          },
          close: () => {
            stream.close();
            keep();
            timer = setTimeout(giveBack, GIVE_BACK_AFTER_MS);
            this.#timers.add(timer);
          },
        };
      },
    };
  }
}
