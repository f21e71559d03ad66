// What an agent may do besides talking: hand a call on, send a text message, note a callback.
import type { EpochMs } from './clock.ts';

/** How a call ends that was handed on. */
export const TRANSFERRED = 'transferred';

export interface TransferPlan {
  /** E.164. */
  readonly to: string;
  /** Said to whoever answers before the caller is connected; null connects at once. */
  readonly announcement: string | null;
  readonly ringS: number;
}

/** A transfer happens when the call's stream is over; until then it may be planned anew or dropped. */
export interface Transfers {
  plan(callSid: string, plan: TransferPlan): void;
  drop(callSid: string): void;
}

/** Text messages. */
export interface Messenger {
  /** @throws DialError */
  send(message: { readonly to: string; readonly text: string }): Promise<void>;
}

export interface CallbackRequest {
  readonly callSid: string;
  /** E.164. */
  readonly number: string;
  readonly agent: string;
  readonly at: EpochMs;
  readonly note: string;
}

export interface CallbackEntry extends CallbackRequest {
  readonly id: string;
  readonly createdAt: EpochMs;
  /** Null while it is still to be made. */
  readonly doneAt: EpochMs | null;
}

/** Calls that people have asked to get. */
export interface Callbacks {
  /** Resolves with its id when it is on disk. @throws StoreError */
  add(request: CallbackRequest, createdAt: EpochMs): Promise<string>;
  /** Whether there was one: a turn that nobody heard takes it back. */
  remove(id: string): Promise<boolean>;
  /** The earliest first. */
  open(limit: number): Promise<readonly CallbackEntry[]>;
  /** Whether it was still to be made. */
  done(id: string, at: EpochMs): Promise<boolean>;
}
