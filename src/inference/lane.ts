// Keeps one lane alive: starts its process, runs one job at a time on it, and replaces it when it dies or hangs.
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import { CallError } from '../ports/errors.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import { LaneChild } from './lane-child.ts';
import type { LaneJobs, LaneMessage, LaneResults, ModelReport } from './messages.ts';
import type { InferenceSettings, LaneName } from './settings.ts';
import { SetupError } from './setup-error.ts';

/** Loading and warming takes 1-5 s on 2 cores; a disk or a machine that needs longer than this is broken. */
const START_LIMIT_MS = ms(60_000);
/** After a stall of our own thread the answer may wait unread beside a deadline that has passed: it gets this long. */
const GRACE_MS = ms(100);
/** Wait before the n-th start in a row that came to nothing: 0, 0.5, 1, 2 ... 30 s. */
const BACKOFF_MS = { first: 500, most: 30_000 };

export interface LaneDeps {
  readonly settings: InferenceSettings;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly laneEntry: URL;
}

export interface LaneAnswer<Name extends LaneName> {
  readonly result: LaneResults[Name];
  /** In the model, without the way there and back. */
  readonly inferMs: number;
}

export interface LaneWatcher {
  /** Warm, with no state of any slot; also after each replacement. */
  ready(): void;
  /** The process is gone; what it had not answered has failed. */
  down(error: CallError): void;
}

/** A lane as the queue in front of it sees it. */
export interface JobLane<Name extends LaneName> {
  readonly name: Name;
  readonly isReady: boolean;
  readonly isBusy: boolean;
  watch(watcher: LaneWatcher): void;
  run(job: LaneJobs[Name], deadlineMs: number): Promise<LaneAnswer<Name>>;
  forget(type: 'reset' | 'release', slot: number): void;
}

export interface LaneStatus {
  readonly pid: number | null;
  readonly ready: boolean;
  readonly queueDepth: number;
  readonly loadMs: number;
  readonly warmupMs: number;
  readonly restarts: number;
  /** What it loaded at its last start, and how. */
  readonly models: readonly ModelReport[];
}

interface PendingRun {
  readonly id: number;
  readonly resolve: (message: Extract<LaneMessage, { type: 'result' }>) => void;
  readonly reject: (error: Error) => void;
}

type LaneState =
  | { readonly kind: 'idle' | 'closed' }
  | { readonly kind: 'starting'; readonly child: LaneChild }
  | { readonly kind: 'ready'; readonly child: LaneChild }
  | { readonly kind: 'backing-off' };

export class Lane<Name extends LaneName> implements JobLane<Name> {
  readonly name: Name;
  readonly #deps: LaneDeps;
  #state: LaneState = { kind: 'idle' };
  #watcher: LaneWatcher | null = null;
  #first: { resolve: () => void; reject: (error: Error) => void } | null = null;
  #pending: PendingRun | null = null;
  #cancelTimer: () => void = () => undefined;
  #lastId = 0;
  #fruitlessStarts = 0;
  #restarts = 0;
  #loadMs = 0;
  #warmupMs = 0;
  #models: readonly ModelReport[] = [];

  constructor(name: Name, deps: LaneDeps) {
    this.name = name;
    this.#deps = deps;
  }

  get isReady(): boolean {
    return this.#state.kind === 'ready';
  }

  get isBusy(): boolean {
    return this.#pending !== null;
  }

  /** Its state in words, as in "the stt lane is being replaced". */
  get condition(): string {
    if (this.#state.kind === 'closed') return 'is closed';
    if (this.#state.kind === 'ready') return 'is warm';
    if (this.#restarts > 0) return 'is being replaced';
    return this.#state.kind === 'starting' ? 'is loading' : 'has not started';
  }

  status(queueDepth: number): LaneStatus {
    const child = 'child' in this.#state ? this.#state.child : null;
    return {
      pid: child?.pid ?? null,
      ready: this.isReady,
      queueDepth,
      loadMs: this.#loadMs,
      warmupMs: this.#warmupMs,
      restarts: this.#restarts,
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
      this.#launch();
    });
  }

  /**
   * Only while ready and not busy. `deadlineMs` is for the run itself: a lane that misses it is replaced.
   * @throws CallError `lane-timeout`, `lane-crashed`; Error when the model refused the job.
   */
  async run(job: LaneJobs[Name], deadlineMs: number): Promise<LaneAnswer<Name>> {
    const { clock, meter } = this.#deps;
    if (this.#state.kind !== 'ready' || this.#pending !== null) throw this.#unavailable();
    const { child } = this.#state;
    this.#lastId += 1;
    const id = this.#lastId;
    let cancel = clock.after(ms(deadlineMs), () => {
      cancel = clock.after(GRACE_MS, () => {
        this.#hung(id, deadlineMs);
      });
    });
    try {
      const answer = await new Promise<Extract<LaneMessage, { type: 'result' }>>((resolve, reject) => {
        this.#pending = { id, resolve, reject };
        child.send({ type: 'run', id, job });
      });
      this.#fruitlessStarts = 0;
      meter.observe('lane_run_ms', answer.inferMs, { lane: this.name });
      return { result: answer.result as LaneResults[Name], inferMs: answer.inferMs };
    } finally {
      cancel();
    }
  }

  /** Ordered with the runs: what was sent before still sees the old state. */
  forget(type: 'reset' | 'release', slot: number): void {
    if (this.#state.kind === 'ready') this.#state.child.send({ type, slot });
  }

  /** Idempotent; afterwards there is no process and no timer. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#cancelTimer();
    this.#failStart(this.#unavailable());
    this.#fail(this.#unavailable());
    if (!('child' in state)) return;
    // A lane that still loads cannot hear the request to stop.
    if (state.kind === 'starting') state.child.kill();
    await state.child.stop(this.#deps.clock);
  }

  #launch(): void {
    const { laneEntry, settings, clock } = this.#deps;
    const child = new LaneChild(laneEntry, {
      message: (message) => {
        if (this.#isCurrent(child)) this.#receive(message, child);
      },
      exit: (how) => {
        if (this.#isCurrent(child))
          this.#replace(new CallError('lane-crashed', `${this.#title} ended: ${how}.`));
      },
    });
    this.#state = { kind: 'starting', child };
    this.#cancelTimer = clock.after(START_LIMIT_MS, () => {
      child.kill();
    });
    child.send({ type: 'start', lane: this.name, settings });
  }

  #receive(message: LaneMessage, child: LaneChild): void {
    switch (message.type) {
      case 'ready':
        this.#ready(message, child);
        return;
      case 'start-failed':
        this.#startFailed(message);
        return;
      case 'result':
        if (message.id === this.#pending?.id) this.#takePending()?.resolve(message);
        return;
      case 'run-failed':
        if (message.id === this.#pending?.id) {
          this.#takePending()?.reject(new Error(`${this.#title}: ${message.message}`));
        }
    }
  }

  #ready(message: Extract<LaneMessage, { type: 'ready' }>, child: LaneChild): void {
    this.#cancelTimer();
    this.#state = { kind: 'ready', child };
    this.#loadMs = message.loadMs;
    this.#warmupMs = message.warmup.reduce((sum, step) => sum + step.ms, 0);
    const { loadMs, models, warmup } = message;
    this.#deps.logger.info(
      { lane: this.name, pid: child.pid, loadMs, warmupMs: this.#warmupMs, warmup },
      'lane is warm',
    );
    this.#logNotes(models);
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
      this.#deps.logger[level]({ lane: this.name, note: text }, 'model note');
    }
  }

  #startFailed(message: Extract<LaneMessage, { type: 'start-failed' }>): void {
    const error =
      message.fault === null
        ? new Error(`${this.#title} did not start: ${message.message}`)
        : new SetupError(message.fault, message.message);
    this.#deps.logger.error({ lane: this.name, error: error.message }, 'lane did not start');
    // Nobody waits for a replacement's start: its exit, which follows, brings the next try.
    if (this.#first !== null) this.#state = { kind: 'idle' };
    this.#failStart(error);
  }

  #hung(id: number, deadlineMs: number): void {
    if (this.#pending?.id !== id || this.#state.kind !== 'ready') return;
    this.#state.child.kill();
    this.#replace(new CallError('lane-timeout', `${this.#title} did not answer within ${deadlineMs} ms.`));
  }

  #replace(error: CallError): void {
    const { logger, meter, clock } = this.#deps;
    this.#cancelTimer();
    if (this.#first !== null) {
      this.#state = { kind: 'idle' };
      this.#failStart(error);
      return;
    }
    this.#restarts += 1;
    meter.count('lane_restarts', 1, { lane: this.name });
    logger.error({ lane: this.name, code: error.code, error: error.message }, 'lane is replaced');
    this.#state = { kind: 'backing-off' };
    this.#fail(error);
    const wait = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** (this.#fruitlessStarts - 1));
    this.#cancelTimer = clock.after(ms(this.#fruitlessStarts === 0 ? 0 : wait), () => {
      this.#launch();
    });
    this.#fruitlessStarts += 1;
  }

  #failStart(error: Error): void {
    this.#first?.reject(error);
    this.#first = null;
  }

  #fail(error: CallError): void {
    this.#takePending()?.reject(error);
    this.#watcher?.down(error);
  }

  #takePending(): PendingRun | null {
    const pending = this.#pending;
    this.#pending = null;
    return pending;
  }

  #isCurrent(child: LaneChild): boolean {
    return 'child' in this.#state && this.#state.child === child;
  }

  #unavailable(): CallError {
    return new CallError('lane-unavailable', `${this.#title} is not ready.`);
  }

  get #title(): string {
    return `The ${this.name} lane`;
  }
}
