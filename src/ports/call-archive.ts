// Calls on disk as they happen, so that a crash loses at most the turn in progress.
import type { CallRecord, TurnRecord } from './call-log.ts';

export interface ArchivedCall {
  readonly callSid: string;
  readonly agent: string;
  readonly direction: 'inbound' | 'outbound';
  readonly from: string;
  readonly to: string;
  readonly startedAt: string;
}

/** Never throws and never waits: rows are queued, and what cannot be written is counted and logged. */
export interface CallArchive {
  begin(call: ArchivedCall): void;
  /** `ordinal` counts the call's turns from 1. */
  turn(callSid: string, ordinal: number, turn: TurnRecord): void;
  end(record: CallRecord): void;
}

/** Calls of this and earlier runs of any server on the same store. */
export interface PastCalls {
  /** Null for one that the store does not know. */
  find(callSid: string): Promise<CallRecord | null>;
}
