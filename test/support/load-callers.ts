// Callers for the load benches that do what a test says: every call waits to be connected and ended by hand.
import type { Callers, CallWatcher } from '../../scripts/bench/capacity/caller-fleet.ts';
import type { CallEnd, CallTarget } from '../../scripts/bench/capacity/messages.ts';

export const TARGET: CallTarget = { target: 'http://x', publicUrl: 'https://x', authToken: 't', apiKey: 'k' };
export const HUNG_UP: CallEnd = {
  how: 'hung-up',
  framesSent: 100,
  framesLost: 0,
  maxLateMs: 1,
  problems: [],
};

export interface FakeCall {
  readonly seed: number;
  readonly watcher: CallWatcher;
  finishAsked: boolean;
  hangUpAsked: boolean;
}

export class FakeCallers implements Callers {
  readonly calls: FakeCall[] = [];
  /** Ends each call as soon as it is asked to finish. */
  obedient = true;

  open(_target: CallTarget, seed: number, watcher: CallWatcher): number {
    this.calls.push({ seed, watcher, finishAsked: false, hangUpAsked: false });
    return this.calls.length - 1;
  }

  finish(call: number): void {
    this.calls[call]!.finishAsked = true;
    if (this.obedient) this.calls[call]!.watcher.ended(HUNG_UP);
  }

  hangUp(call: number): void {
    this.calls[call]!.hangUpAsked = true;
    if (this.obedient) this.calls[call]!.watcher.ended(HUNG_UP);
  }
}
