// Keeps one lane alive: puts a new process in the place of one that died, hung or grew too large, and says when it cannot.
import { ms } from '../audio/units.ts';
import { CallError } from '../ports/errors.ts';
import type { JobLane, LaneAnswer, LaneWatcher } from './job-lane.ts';
import { LaneDeaths } from './lane-deaths.ts';
import type { LaneDeps } from './lane-deps.ts';
import { DEATH_LIMIT, KEEP_WARM_AFTER_MS, RELIEF_EVERY_MS, startLimitMs } from './lane-limits.ts';
import { LaneProcess, type GoneReason } from './lane-process.ts';
import type { LaneJobs, ModelReport } from './messages.ts';
import type { LaneName } from './settings.ts';

export type { JobLane, LaneAnswer, LaneWatcher } from './job-lane.ts';
export type { LaneDeps } from './lane-deps.ts';

export interface LaneStatus {
  readonly pid: number | null;
  readonly ready: boolean;
  readonly queueDepth: number;
  readonly loadMs: number;
  readonly warmupMs: number;
  readonly restarts: number;
  /** Resident memory of the process. */
  readonly memoryMb: number;
  /** What it loaded at its last start, and how. */
  readonly models: readonly ModelReport[];
}

type LaneState<Name extends LaneName> =
  | { readonly kind: 'idle' | 'closed' | 'waiting' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'starting'; readonly coming: LaneProcess<Name> }
  /** The successor of a process that grew too large warms up while that one goes on. */
  | {
      readonly kind: 'ready';
      readonly serving: LaneProcess<Name>;
      readonly successor: LaneProcess<Name> | null;
    };

export class Lane<Name extends LaneName> implements JobLane<Name> {
  readonly name: Name;
  /** Tells several processes of one kind apart. */
  readonly label: string;
  /** Resolves once, with the reason, when no more processes are started: they die too often. */
  readonly failed: Promise<string>;
  readonly #deps: LaneDeps;
  readonly #deaths = new LaneDeaths();
  /** Processes on their way out. */
  readonly #leaving = new Set<Promise<void>>();
  #fail: (reason: string) => void = () => undefined;
  #state: LaneState<Name> = { kind: 'idle' };
  #watcher: LaneWatcher | null = null;
  #first: { resolve: () => void; reject: (error: Error) => void } | null = null;
  #cancelTimer: () => void = () => undefined;
  #firstStartMs: number | null = null;
  #lastReliefMs = -Infinity;
  #restarts = 0;
  #models: readonly ModelReport[] = [];

  constructor(name: Name, deps: LaneDeps, label: string = name) {
    this.name = name;
    this.label = label;
    this.#deps = deps;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  get isReady(): boolean {
    return this.#state.kind === 'ready';
  }

  get isBusy(): boolean {
    return this.#state.kind === 'ready' && this.#state.serving.isBusy;
  }

  /** Its state in words, as in "the stt lane is being replaced". */
  get condition(): string {
    const state = this.#state;
    if (state.kind === 'closed') return 'is closed';
    if (state.kind === 'ready') return 'is warm';
    if (state.kind === 'failed') return `has failed: ${state.reason}`;
    if (state.kind === 'starting' && state.coming.isSlow) return state.coming.condition;
    if (this.#restarts > 0) return 'is being replaced';
    return state.kind === 'starting' ? state.coming.condition : 'has not started';
  }

  status(queueDepth: number): LaneStatus {
    const process = this.#process;
    return {
      pid: process?.pid ?? null,
      ready: this.isReady,
      queueDepth,
      loadMs: process?.loadMs ?? 0,
      warmupMs: process?.warmupMs ?? 0,
      restarts: this.#restarts,
      memoryMb: process?.memoryMb ?? 0,
      models: this.#models,
    };
  }

  /** One watcher: the queue in front of this lane. */
  watch(watcher: LaneWatcher): void {
    this.#watcher = watcher;
  }

  /** Resolves when warm. @throws SetupError, or Error with the reason; later deaths are mended, not thrown. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#first = { resolve, reject };
      this.#state = { kind: 'starting', coming: this.#launch() };
    });
  }

  /**
   * Only while ready and not busy. `deadlineMs` is for the run itself: a lane that misses it is replaced, and one whose
   * job is short is not given all of it.
   * @throws CallError `lane-timeout`, `lane-crashed`; Error when the model refused the job.
   */
  async run(job: LaneJobs[Name], deadlineMs: number): Promise<LaneAnswer<Name>> {
    if (this.#state.kind !== 'ready') throw this.#unavailable();
    try {
      const answer = await this.#state.serving.run(job, deadlineMs);
      this.#deps.meter.observe('lane_run_ms', answer.inferMs, { lane: this.name });
      return answer;
    } finally {
      this.#relieve();
    }
  }

  /** Ordered with the runs: what was sent before still sees the old state. */
  forget(type: 'reset' | 'release', slot: number): void {
    if (this.#state.kind === 'ready') this.#state.serving.forget(type, slot);
  }

  /** Idempotent; afterwards there is no process and no timer. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#cancelTimer();
    this.#failStart(this.#unavailable());
    if (state.kind === 'starting') this.#dismiss(state.coming);
    if (state.kind === 'ready') {
      this.#dismiss(state.serving);
      if (state.successor !== null) this.#dismiss(state.successor);
    }
    this.#watcher?.down(this.#unavailable());
    await Promise.all(this.#leaving);
  }

  get #process(): LaneProcess<Name> | null {
    if (this.#state.kind === 'ready') return this.#state.serving;
    return this.#state.kind === 'starting' ? this.#state.coming : null;
  }

  #launch(): LaneProcess<Name> {
    const begun = this.#deps.clock.now();
    const process = new LaneProcess<Name>(this, this.#deps, startLimitMs(this.#firstStartMs), {
      warm: () => {
        this.#firstStartMs ??= this.#deps.clock.now() - begun;
        this.#warm(process);
      },
      alive: () => {
        this.#look(process);
      },
      gone: (error, reason) => {
        this.#leave(process.exited);
        this.#gone(process, error, reason);
      },
    });
    return process;
  }

  #warm(process: LaneProcess<Name>): void {
    this.#logNotes(process.models);
    if (this.#state.kind === 'ready') {
      this.#relieve();
      return;
    }
    const { laneMemoryMb } = this.#deps.settings;
    if (this.#first !== null && process.memoryMb > laneMemoryMb) {
      const found = `${process.memoryMb} MB after its warm-up`;
      this.#state = { kind: 'idle' };
      this.#dismiss(process);
      this.#failStart(new Error(`${this.#title} holds ${found}; inference.laneMemoryMb is ${laneMemoryMb}.`));
      return;
    }
    this.#state = { kind: 'ready', serving: process, successor: null };
    this.#first?.resolve();
    this.#first = null;
    this.#watcher?.ready();
  }

  /** Once, not for each of a model's files, nor again by a replacement. */
  #logNotes(models: readonly ModelReport[]): void {
    const logged = new Set(this.#models.flatMap(({ notes }) => notes.map(({ text }) => text)));
    this.#models = models;
    for (const { level, text } of models.flatMap(({ notes }) => notes)) {
      if (logged.has(text)) continue;
      logged.add(text);
      this.#deps.logger[level]({ lane: this.label, note: text }, 'model note');
    }
  }

  /** After each answered ping: too large, or cooled down? */
  #look(process: LaneProcess<Name>): void {
    const { clock, meter, settings, logger } = this.#deps;
    if (this.#state.kind !== 'ready' || this.#state.serving !== process) return;
    const { memoryMb } = process;
    const now = clock.now();
    meter.gauge('lane_memory_mb', memoryMb, { lane: this.label });
    if (memoryMb > settings.laneMemoryMb && now - this.#lastReliefMs >= RELIEF_EVERY_MS) {
      this.#lastReliefMs = now;
      const limitMb = settings.laneMemoryMb;
      logger.warn({ lane: this.label, memoryMb, limitMb }, 'lane has grown too large');
      if (this.#state.successor === null)
        this.#state = { kind: 'ready', serving: process, successor: this.#launch() };
    }
    if (!process.isBusy && now - process.idleSince >= KEEP_WARM_AFTER_MS) void this.#keepWarm(process);
  }

  /** A request that comes in the meantime waits some 20 ms, once in a quiet minute. */
  async #keepWarm(process: LaneProcess<Name>): Promise<void> {
    const { logger } = this.#deps;
    try {
      const sampleMs = await process.runSample();
      logger.debug({ lane: this.label, sampleMs }, 'lane was kept warm');
    } catch (error) {
      logger.debug({ lane: this.label, error: String(error) }, 'lane was not kept warm');
    }
    this.#relieve();
    if (this.#state.kind === 'ready' && this.#state.serving === process) this.#watcher?.ready();
  }

  /** Between two runs the warm successor takes over. */
  #relieve(): void {
    const state = this.#state;
    if (state.kind !== 'ready' || state.successor?.isWarm !== true || state.serving.isBusy) return;
    this.#state = { kind: 'ready', serving: state.successor, successor: null };
    this.#dismiss(state.serving);
    this.#restarted('memory');
    this.#watcher?.ready();
  }

  #gone(process: LaneProcess<Name>, error: Error, reason: GoneReason): void {
    const state = this.#state;
    const fault = error instanceof CallError ? error : new CallError('lane-crashed', error.message);
    if (state.kind === 'ready' && state.successor === process) {
      this.#deps.logger.error({ lane: this.label, error: error.message }, 'successor of a lane died');
      this.#state = { ...state, successor: null };
      return;
    }
    if (this.#first !== null) {
      this.#state = { kind: 'idle' };
      this.#failStart(error);
      return;
    }
    this.#restarted(reason);
    this.#deps.logger.error({ lane: this.label, code: fault.code, error: error.message }, 'lane is replaced');
    const successor = state.kind === 'ready' ? state.successor : null;
    this.#replace(successor, error);
    this.#watcher?.down(fault);
    if (successor?.isWarm === true) this.#warm(successor);
  }

  #replace(successor: LaneProcess<Name> | null, error: Error): void {
    const waitMs = this.#deaths.add(this.#deps.clock.now());
    if (waitMs === null) {
      const { deaths, withinMs } = DEATH_LIMIT;
      const reason = `it died ${deaths} times within ${withinMs / 1000} s, the last time: ${error.message}`;
      this.#state = { kind: 'failed', reason };
      if (successor !== null) this.#dismiss(successor);
      this.#fail(`${this.#title} cannot be kept alive: ${reason}`);
    } else if (successor !== null) {
      this.#state = { kind: 'starting', coming: successor };
    } else {
      this.#state = { kind: 'waiting' };
      this.#cancelTimer = this.#deps.clock.after(ms(waitMs), () => {
        this.#state = { kind: 'starting', coming: this.#launch() };
      });
    }
  }

  #restarted(reason: GoneReason | 'memory'): void {
    this.#restarts += 1;
    this.#deps.meter.count('lane_restarts', 1, { lane: this.label, reason });
  }

  #dismiss(process: LaneProcess<Name>): void {
    this.#leave(process.close());
  }

  #leave(left: Promise<void>): void {
    this.#leaving.add(left);
    void left.finally(() => this.#leaving.delete(left));
  }

  #failStart(error: Error): void {
    this.#first?.reject(error);
    this.#first = null;
  }

  #unavailable(): CallError {
    return new CallError('lane-unavailable', `${this.#title} is not ready.`);
  }

  get #title(): string {
    return `The ${this.label} lane`;
  }
}
