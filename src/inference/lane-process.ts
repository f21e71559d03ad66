// One process of a lane from its start to its end: it loads, passes a timed inference, runs one job at a time, and is watched.
import { CallError } from '../ports/errors.ts';
import { deadline } from './deadline.ts';
import { Heartbeat } from './heartbeat.ts';
import type { LaneAnswer } from './job-lane.ts';
import { LaneChild, type LaneChildPort } from './lane-child.ts';
import { PRIORITY_BELOW, type LaneDeps, type LaneIdentity } from './lane-deps.ts';
import { runLimitMs } from './lane-limits.ts';
import type { HostMessage, LaneJobs, LaneMessage, LaneResults, ModelReport } from './messages.ts';
import { OpenRun } from './open-run.ts';
import { SAMPLE_DEADLINE_MS, SAMPLE_LIMIT_MS, sampleJob } from './sample-job.ts';
import type { LaneName } from './settings.ts';
import { SetupError } from './setup-error.ts';
import { TimedProof } from './timed-proof.ts';

export type GoneReason = 'crash' | 'hang' | 'start';

export interface LaneProcessEvents {
  /** Loaded, warm and fast enough. */
  warm(): void;
  /** It has answered a ping; `memoryMb` is known anew. */
  alive(): void;
  /** Once, whatever ended it but `close`. What it had not answered has failed. */
  gone(error: Error, reason: GoneReason): void;
}

type Phase = 'loading' | 'proving' | 'warm' | 'over';

export class LaneProcess<Name extends LaneName> {
  readonly #lane: LaneIdentity<Name>;
  readonly #deps: LaneDeps;
  readonly #events: LaneProcessEvents;
  readonly #child: LaneChildPort;
  readonly #run: OpenRun;
  readonly #heartbeat: Heartbeat;
  readonly #proof: TimedProof;
  #phase: Phase = 'loading';
  #cancelTimer: () => void;
  #idleSince = 0;
  #memoryMb = 0;
  #start: Extract<LaneMessage, { type: 'ready' }> | null = null;

  constructor(lane: LaneIdentity<Name>, deps: LaneDeps, startLimitMs: number, events: LaneProcessEvents) {
    this.#lane = lane;
    this.#deps = deps;
    this.#events = events;
    this.#run = new OpenRun(deps.clock, () => {
      this.#idleSince = deps.clock.now();
      this.#heartbeat.runEnded();
    });
    this.#proof = this.#newProof();
    this.#heartbeat = new Heartbeat(deps.clock, {
      isBusy: () => this.isBusy,
      ping: () => {
        this.#send({ type: 'ping' });
      },
      missed: () => {
        this.#end(new CallError('lane-timeout', `${this.#title} does not answer.`), 'hang');
      },
    });
    this.#child = (deps.launch ?? ((on) => new LaneChild(deps.laneEntry, on)))({
      message: (message) => {
        if (this.#phase !== 'over') this.#receive(message);
      },
      exit: (how) => {
        this.#end(new CallError('lane-crashed', `${this.#title} ended: ${how}.`), 'crash');
      },
    });
    this.#cancelTimer = deadline(deps.clock, startLimitMs, () => {
      this.#end(new CallError('lane-timeout', `${this.#title} was not warm in ${startLimitMs} ms.`), 'start');
    });
    this.#lowerPriority();
    this.#send({ type: 'start', lane: lane.name, settings: deps.settings });
  }

  get pid(): number | null {
    return this.#child.pid;
  }

  /** Resolves when no process is left. */
  get exited(): Promise<void> {
    return this.#child.exited;
  }

  get isWarm(): boolean {
    return this.#phase === 'warm';
  }

  get isBusy(): boolean {
    return this.#run.isOpen;
  }

  /** When the last run was over. */
  get idleSince(): number {
    return this.#idleSince;
  }

  get memoryMb(): number {
    return this.#memoryMb;
  }

  get loadMs(): number {
    return this.#start?.loadMs ?? 0;
  }

  get warmupMs(): number {
    return this.#start?.warmup.reduce((sum, step) => sum + step.ms, 0) ?? 0;
  }

  get models(): readonly ModelReport[] {
    return this.#start?.models ?? [];
  }

  get isSlow(): boolean {
    return this.#proof.complaint !== null;
  }

  /** What keeps it from being used, as in "the stt lane is loading". */
  get condition(): string {
    const { complaint } = this.#proof;
    return complaint === null ? 'is loading' : `is too slow: ${complaint}`;
  }

  /**
   * Only while not busy. A process that has not answered in time is killed and gone. `deadlineMs` is the most it may take.
   * @throws CallError `lane-timeout`, `lane-crashed`; Error when the model refused the job.
   */
  async run(job: LaneJobs[Name], deadlineMs: number): Promise<LaneAnswer<Name>> {
    if (this.isBusy || this.#phase === 'over') throw this.#unavailable();
    const limitMs = Math.round(runLimitMs(job, deadlineMs));
    const { result, inferMs } = await this.#run.begin(
      limitMs,
      (id) => {
        this.#send({ type: 'run', id, job });
      },
      () => {
        const error = new CallError('lane-timeout', `${this.#title} did not answer within ${limitMs} ms.`);
        this.#end(error, 'hang');
      },
    );
    return { result: result as LaneResults[Name], inferMs };
  }

  /** A short run of no consequence. Resolves with its time, the way there and back included. @throws as `run`. */
  async runSample(): Promise<number> {
    const { clock, settings } = this.#deps;
    const begun = clock.now();
    const job: LaneJobs[LaneName] = sampleJob(this.#lane.name, settings);
    const answer = this.run(job as LaneJobs[Name], SAMPLE_DEADLINE_MS);
    // Behind the run and before any other: the samples leave no trace in the slots.
    if ('slots' in job) for (const slot of job.slots) this.forget('reset', slot);
    await answer;
    return clock.now() - begun;
  }

  forget(type: 'reset' | 'release', slot: number): void {
    this.#send({ type, slot });
  }

  /** Idempotent; resolves when no process and no timer is left. */
  async close(): Promise<void> {
    // A lane that still loads cannot hear the request to stop.
    if (this.#phase === 'loading') this.#child.kill();
    this.#finish(this.#unavailable());
    await this.#child.stop(this.#deps.clock);
  }

  #receive(message: LaneMessage): void {
    switch (message.type) {
      case 'ready':
        this.#loaded(message);
        return;
      case 'start-failed':
        this.#startFailed(message);
        return;
      case 'result':
        this.#run.resolve(message);
        return;
      case 'run-failed':
        this.#run.reject(message.id, new Error(`${this.#title}: ${message.message}`));
        return;
      case 'pong':
        this.#memoryMb = message.memoryMb;
        this.#heartbeat.answered();
        this.#events.alive();
    }
  }

  #loaded(message: Extract<LaneMessage, { type: 'ready' }>): void {
    this.#cancelTimer();
    this.#phase = 'proving';
    this.#start = message;
    this.#memoryMb = message.memoryMb;
    this.#proof.begin();
  }

  #newProof(): TimedProof {
    const { clock, logger } = this.#deps;
    const { name, label } = this.#lane;
    const limitMs = SAMPLE_LIMIT_MS[name];
    return new TimedProof(clock, limitMs, {
      attempt: () => this.runSample(),
      slow: (sampleMs) => {
        logger.warn({ lane: label, sampleMs, limitMs }, 'timed inference is too slow');
      },
      passed: (sampleMs) => {
        this.#warm(sampleMs);
      },
      // A model that refuses a common job is of no use.
      failed: (error) => {
        this.#end(error, 'start');
      },
    });
  }

  #warm(sampleMs: number): void {
    this.#phase = 'warm';
    const { pid, loadMs, warmupMs } = this;
    this.#deps.logger.info(
      {
        lane: this.#lane.label,
        pid,
        loadMs,
        warmupMs,
        warmup: this.#start?.warmup,
        sampleMs,
        memoryMb: this.#memoryMb,
      },
      'lane is warm',
    );
    this.#heartbeat.start();
    this.#events.warm();
  }

  #startFailed(message: Extract<LaneMessage, { type: 'start-failed' }>): void {
    const { fault } = message;
    const error =
      fault === null
        ? new Error(`${this.#title} did not start: ${message.message}`)
        : new SetupError(fault, message.message);
    this.#deps.logger.error({ lane: this.#lane.label, error: error.message }, 'lane did not start');
    this.#end(error, 'start');
  }

  /** By a fault; the process is killed where it still is. */
  #end(error: Error, reason: GoneReason): void {
    if (this.#phase === 'over') return;
    this.#child.kill();
    this.#finish(error);
    this.#events.gone(error, reason);
  }

  #finish(error: Error): void {
    this.#phase = 'over';
    this.#cancelTimer();
    this.#heartbeat.stop();
    this.#proof.stop();
    this.#run.reject(null, error);
  }

  #send(message: HostMessage): void {
    this.#child.send(message);
  }

  #lowerPriority(): void {
    const { name, label } = this.#lane;
    const by = PRIORITY_BELOW[name];
    try {
      if (by > 0) this.#child.lowerPriority(by);
    } catch (error) {
      // Some sandboxes forbid it; the lanes then share the cores as equals.
      this.#deps.logger.debug({ lane: label, error: String(error) }, 'process priority stays');
    }
  }

  #unavailable(): CallError {
    return new CallError('lane-unavailable', `${this.#title} is not ready.`);
  }

  get #title(): string {
    return `The ${this.#lane.label} lane`;
  }
}
