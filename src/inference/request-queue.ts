// Requests waiting for a lane: bounded, the urgent ones first, each with a deadline and a signal that takes it out.
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import { CallError } from '../ports/errors.ts';
import type { Meter } from '../ports/telemetry.ts';
import type { JobLane } from './lane.ts';
import type { LaneJobs, LaneResults } from './messages.ts';
import type { LaneName } from './settings.ts';

export interface QueueLimits {
  /**
   * Waiting requests, without the one being worked on. One more is refused, except that an urgent one takes the place
   * of the newest one that is not: both get `queue-full`.
   */
  readonly waiting: number;
  /** From the request to its answer; also the longest run. */
  readonly deadlineMs: number;
}

export interface Served<Result> {
  readonly result: Result;
  readonly waitMs: number;
  readonly inferMs: number;
}

interface Request<Job, Result> {
  readonly job: Job;
  readonly urgent: boolean;
  readonly since: number;
  /** Both end the request once; what comes later is dropped. */
  readonly resolve: (served: Served<Result>) => void;
  readonly reject: (error: Error) => void;
}

export class RequestQueue<Name extends LaneName> {
  readonly #lane: JobLane<Name>;
  readonly #limits: QueueLimits;
  readonly #clock: Clock;
  readonly #meter: Meter;
  readonly #waiting: Request<LaneJobs[Name], LaneResults[Name]>[] = [];

  constructor(
    lane: JobLane<Name>,
    limits: QueueLimits,
    deps: { readonly clock: Clock; readonly meter: Meter },
  ) {
    this.#lane = lane;
    this.#limits = limits;
    this.#clock = deps.clock;
    this.#meter = deps.meter;
    lane.watch({
      ready: () => {
        this.#next();
      },
      down: (error) => {
        for (const request of this.#waiting.splice(0)) request.reject(error);
        this.#gauge();
      },
    });
  }

  get depth(): number {
    return this.#waiting.length;
  }

  /** @throws CallError `cancelled`, `lane-unavailable`, `queue-full`, `lane-timeout`, `lane-crashed`. */
  submit(job: LaneJobs[Name], urgent: boolean, signal: AbortSignal): Promise<Served<LaneResults[Name]>> {
    if (signal.aborted) return Promise.reject(cancelled());
    if (!this.#lane.isReady) {
      return Promise.reject(new CallError('lane-unavailable', `The ${this.#lane.name} lane is not ready.`));
    }
    if (!this.#makeRoom(urgent)) return Promise.reject(this.#full());
    return new Promise((resolve, reject) => {
      const end = (): void => {
        signal.removeEventListener('abort', abort);
        cancelDeadline();
        const place = this.#waiting.indexOf(request);
        if (place >= 0) this.#waiting.splice(place, 1);
        this.#gauge();
      };
      const request: Request<LaneJobs[Name], LaneResults[Name]> = {
        job,
        urgent,
        since: this.#clock.now(),
        resolve: (served) => {
          end();
          resolve(served);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const abort = (): void => {
        request.reject(cancelled());
      };
      const cancelDeadline = this.#clock.after(ms(this.#limits.deadlineMs), () => {
        request.reject(new CallError('lane-timeout', `No answer within ${this.#limits.deadlineMs} ms.`));
      });
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(request);
      this.#gauge();
      this.#next();
    });
  }

  #next(): void {
    if (!this.#lane.isReady || this.#lane.isBusy) return;
    const urgent = this.#waiting.findIndex((request) => request.urgent);
    const [request] = this.#waiting.splice(Math.max(0, urgent), 1);
    if (request !== undefined) void this.#serve(request);
  }

  async #serve(request: Request<LaneJobs[Name], LaneResults[Name]>): Promise<void> {
    const lane = { lane: this.#lane.name };
    const waitMs = this.#clock.now() - request.since;
    this.#gauge();
    this.#meter.observe('lane_wait_ms', waitMs, lane);
    this.#meter.observe('lane_batch_size', 1, lane);
    try {
      const { result, inferMs } = await this.#lane.run(request.job, this.#limits.deadlineMs);
      request.resolve({ result, waitMs, inferMs });
    } catch (error) {
      request.reject(error instanceof Error ? error : new Error(String(error)));
    }
    this.#next();
  }

  #makeRoom(urgent: boolean): boolean {
    if (this.#waiting.length < this.#limits.waiting) return true;
    const last = urgent ? this.#waiting.findLast((request) => !request.urgent) : undefined;
    last?.reject(this.#full());
    return last !== undefined;
  }

  #full(): CallError {
    return new CallError(
      'queue-full',
      `${this.#limits.waiting} requests wait for the ${this.#lane.name} lane.`,
    );
  }

  #gauge(): void {
    this.#meter.gauge('lane_queue_depth', this.#waiting.length, { lane: this.#lane.name });
  }
}

function cancelled(): CallError {
  return new CallError('cancelled', 'The request was cancelled.');
}
