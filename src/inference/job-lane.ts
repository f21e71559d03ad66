// A lane as the queue in front of it sees it: one job at a time, told when the process behind it changes.
import type { CallError } from '../ports/errors.ts';
import type { LaneJobs, LaneResults } from './messages.ts';
import type { LaneName } from './settings.ts';

export interface LaneAnswer<Name extends LaneName> {
  readonly result: LaneResults[Name];
  /** In the model, without the way there and back. */
  readonly inferMs: number;
}

export interface LaneWatcher {
  /** Warm and free, with no state of any slot; also after each replacement, and when a run of the lane's own is over. */
  ready(): void;
  /** The process is gone; what it had not answered has failed. */
  down(error: CallError): void;
}

export interface JobLane<Name extends LaneName> {
  readonly name: Name;
  readonly isReady: boolean;
  readonly isBusy: boolean;
  watch(watcher: LaneWatcher): void;
  run(job: LaneJobs[Name], deadlineMs: number): Promise<LaneAnswer<Name>>;
  forget(type: 'reset' | 'release', slot: number): void;
}
