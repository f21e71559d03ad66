// Requests waiting for lanes of one kind: bounded, the urgent ones first, several to a run, each with a deadline and a signal.
import { ms } from '../audio/units.ts';
import type { Clock } from '../ports/clock.ts';
import { CallError } from '../ports/errors.ts';
import type { Meter } from '../ports/telemetry.ts';
import type { JobLane } from './lane.ts';
import type { LaneJobs, LaneResults } from './messages.ts';
import { RecentWaits } from './recent-waits.ts';
import type { Priority } from './priority.ts';
import type { GatedQueue, RunGate } from './run-gate.ts';
import type { LaneName } from './settings.ts';

export interface QueueLimits {
  /**
   * Waiting requests, without those being worked on. One more is refused, except that it takes the place of the newest
   * of the least urgent ones if it is more urgent: that one gets `queue-full`.
   */
  readonly waiting: number;
  /** From the request to its answer; also the longest run. */
  readonly deadlineMs: number;
}

/** How requests of one kind share a run. */
export interface Batching<Name extends LaneName, Item, Result> {
  readonly kind: Name;
  readonly rows: number;
  /** A run's items weigh at most this, unless a single one weighs more. */
  readonly weight: number;
  readonly weigh: (item: Item) => number;
  /** How long the first request waits for others while a lane is free. */
  readonly gatherMs: number;
  job(items: readonly Item[]): LaneJobs[Name];
  /** In the order of the items. */
  results(result: LaneResults[Name]): readonly Result[];
}

export interface Served<Result> {
  readonly result: Result;
  readonly waitMs: number;
  readonly inferMs: number;
}

interface Request<Item, Result> {
  readonly item: Item;
  readonly priority: Priority;
  readonly since: number;
  /** Both end the request once; what comes later is dropped. */
  readonly resolve: (served: Served<Result>) => void;
  readonly reject: (error: Error) => void;
}

export interface QueueDeps {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly gate: RunGate;
}

export class RequestQueue<Name extends LaneName, Item, Result> implements GatedQueue {
  readonly #lanes: readonly JobLane<Name>[];
  readonly #batching: Batching<Name, Item, Result>;
  readonly #limits: QueueLimits;
  readonly #deps: QueueDeps;
  readonly #waits: RecentWaits;
  /** By priority, then by arrival. */
  readonly #waiting: Request<Item, Result>[] = [];
  #cancelGather: (() => void) | null = null;

  constructor(
    lanes: readonly JobLane<Name>[],
    batching: Batching<Name, Item, Result>,
    limits: QueueLimits,
    deps: QueueDeps,
  ) {
    this.#lanes = lanes;
    this.#batching = batching;
    this.#limits = limits;
    this.#deps = deps;
    this.#waits = new RecentWaits(deps.clock);
    deps.gate.add(this);
    for (const lane of lanes) {
      lane.watch({
        ready: () => {
          deps.gate.open();
        },
        down: (error) => {
          if (!this.#isServed) this.#failAll(error);
        },
      });
    }
  }

  get depth(): number {
    return this.#waiting.length;
  }

  /** The longest wait of the last seconds, the one that still goes on included. */
  get waitMs(): number {
    const now = this.#deps.clock.now();
    const going = this.#waiting.map(({ since }) => now - since);
    return Math.max(this.#waits.longest(), ...going);
  }

  get urgency(): Priority | null {
    const [first] = this.#waiting;
    if (first === undefined || this.#freeLane === undefined || this.#isGathering) return null;
    return first.priority;
  }

  /** @throws CallError `cancelled`, `lane-unavailable`, `queue-full`, `lane-timeout`, `lane-crashed`. */
  submit(item: Item, priority: Priority, signal: AbortSignal): Promise<Served<Result>> {
    if (signal.aborted) return Promise.reject(cancelled());
    if (!this.#isServed) {
      return Promise.reject(
        new CallError('lane-unavailable', `The ${this.#batching.kind} lane is not ready.`),
      );
    }
    if (!this.#makeRoom(priority)) return Promise.reject(this.#full());
    return new Promise((resolve, reject) => {
      const end = (): void => {
        signal.removeEventListener('abort', abort);
        cancelDeadline();
        const place = this.#waiting.indexOf(request);
        if (place >= 0) this.#waiting.splice(place, 1);
        this.#gauge();
      };
      const request: Request<Item, Result> = {
        item,
        priority,
        since: this.#deps.clock.now(),
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
      const cancelDeadline = this.#deps.clock.after(ms(this.#limits.deadlineMs), () => {
        request.reject(new CallError('lane-timeout', `No answer within ${this.#limits.deadlineMs} ms.`));
      });
      signal.addEventListener('abort', abort, { once: true });
      this.#insert(request);
      this.#gauge();
      this.#gather();
      this.#deps.gate.open();
    });
  }

  async runNext(): Promise<void> {
    const lane = this.#freeLane;
    if (lane === undefined) return;
    const requests = this.#takeBatch();
    this.#gauge();
    const now = this.#deps.clock.now();
    const waits = requests.map(({ since }) => now - since);
    for (const waitMs of waits) {
      this.#waits.record(waitMs);
      this.#deps.meter.observe('lane_wait_ms', waitMs, { lane: this.#batching.kind });
    }
    this.#deps.meter.observe('lane_batch_size', requests.length, { lane: this.#batching.kind });
    try {
      const job = this.#batching.job(requests.map(({ item }) => item));
      const { result, inferMs } = await lane.run(job, this.#limits.deadlineMs);
      const results = this.#batching.results(result);
      requests.forEach((request, i) => {
        const own = results[i];
        if (own === undefined) request.reject(new Error('The lane has answered too little.'));
        else request.resolve({ result: own, waitMs: waits[i] ?? 0, inferMs });
      });
    } catch (error) {
      for (const request of requests)
        request.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  get #isServed(): boolean {
    return this.#lanes.some((lane) => lane.isReady);
  }

  get #freeLane(): JobLane<Name> | undefined {
    return this.#lanes.find((lane) => lane.isReady && !lane.isBusy);
  }

  get #isGathering(): boolean {
    return this.#cancelGather !== null && this.#waiting.length < this.#batching.rows;
  }

  /** Begun by the first request of a batch; ended by its time, or by a full batch. */
  #gather(): void {
    if (this.#cancelGather !== null || this.#batching.gatherMs === 0 || this.#waiting.length > 1) return;
    this.#cancelGather = this.#deps.clock.after(ms(this.#batching.gatherMs), () => {
      this.#cancelGather = null;
      this.#deps.gate.open();
    });
  }

  /** The most urgent request and those of the same urgency behind it, as many as a run takes. */
  #takeBatch(): Request<Item, Result>[] {
    this.#cancelGather?.();
    this.#cancelGather = null;
    const { rows, weight, weigh } = this.#batching;
    const priority = this.#waiting[0]?.priority;
    let count = 0;
    let sum = 0;
    for (const request of this.#waiting) {
      sum += weigh(request.item);
      if (count === rows || request.priority !== priority || (count > 0 && sum > weight)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #insert(request: Request<Item, Result>): void {
    const behind = this.#waiting.findIndex(({ priority }) => priority > request.priority);
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, request);
  }

  #makeRoom(priority: Priority): boolean {
    if (this.#waiting.length < this.#limits.waiting) return true;
    const last = this.#waiting.at(-1);
    if (last === undefined || last.priority <= priority) return false;
    last.reject(this.#full());
    return true;
  }

  #failAll(error: CallError): void {
    for (const request of this.#waiting.splice(0)) request.reject(error);
    this.#gauge();
  }

  #full(): CallError {
    return new CallError(
      'queue-full',
      `${this.#limits.waiting} requests wait for the ${this.#batching.kind} lane.`,
    );
  }

  #gauge(): void {
    this.#deps.meter.gauge('lane_queue_depth', this.#waiting.length, { lane: this.#batching.kind });
  }
}

function cancelled(): CallError {
  return new CallError('cancelled', 'The request was cancelled.');
}
