// What the bench and the process of its callers tell each other.
import type { ClipSet } from './clips.ts';
import { ANSWER_TIMEOUT_MS, type LoadTurn } from './load-caller.ts';

/** Where a call goes. */
export interface CallTarget {
  readonly target: string;
  readonly publicUrl: string;
  readonly authToken: string;
  readonly apiKey: string;
}

export type ToCallers =
  | { readonly type: 'prepare'; readonly audio: string; readonly seed: number }
  | { readonly type: 'open'; readonly call: number; readonly seed: number; readonly target: CallTarget }
  /** Hang up once what was said last has been answered. */
  | { readonly type: 'finish'; readonly call: number }
  /** Hang up now. */
  | { readonly type: 'hang-up'; readonly call: number };

/** How a call ended. `refused`: the webhook's answer held no stream. */
export interface CallEnd {
  readonly how: 'hung-up' | 'refused' | 'failed';
  readonly framesSent: number;
  readonly framesLost: number;
  /** How late the latest frame left the simulator. */
  readonly maxLateMs: number;
  readonly problems: readonly string[];
}

/** `spokenAt` is in ms of the wall clock, the same in both processes. */
export type TurnMessage = Omit<LoadTurn, 'spokenMs'> & {
  readonly type: 'turn';
  readonly call: number;
  readonly spokenAt: number;
};

export type FromCallers =
  | {
      readonly type: 'prepared';
      readonly source: ClipSet['source'];
      readonly clips: number;
      readonly seconds: number;
    }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'connected'; readonly call: number }
  | TurnMessage
  | ({ readonly type: 'ended'; readonly call: number } & CallEnd);

/** A turn without an answer waited the whole time limit; one that was answered early says nothing about speed. */
export function timeOf({ kind, responseMs }: Pick<LoadTurn, 'kind' | 'responseMs'>): readonly number[] {
  if (kind === 'unanswered') return [ANSWER_TIMEOUT_MS];
  return responseMs === null ? [] : [responseMs];
}
