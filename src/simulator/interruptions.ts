// What the caller's voice over a reply did to it: how soon it fell silent, or what hole was torn into it.
import type { Utterance } from './caller.ts';
import type { Spurt } from './loudness.ts';

/** What was heard and when the playout was cleared, in ms from the start of the stream. */
export interface Heard {
  readonly spurts: readonly Spurt[];
  readonly clearsMs: readonly number[];
}

/**
 * From the first sample of the caller's speech to the last audible one of the reply that it interrupted, 0 when nothing
 * was audible any more. What began before the caller had finished belongs to that reply.
 */
export function silencedMs({ onsetMs, spokenMs }: Utterance, spurts: readonly Spurt[]): number {
  const last = spurts.findLast((spurt) => spurt.startMs < (spokenMs ?? Infinity));
  return Math.max(0, (last?.endMs ?? onsetMs) - onsetMs);
}

export type Hole =
  /** The agent was not interrupted in what it was saying. */
  | { readonly kind: 'none' }
  /** The longest silence from a clear of the playout until the agent was heard again. */
  | { readonly kind: 'paused'; readonly pausedMs: number }
  /** The playout was cleared, and the agent was not heard again. */
  | { readonly kind: 'cut-off' };

/** The hole in the agent's speech between two moments; what is heard after `untilMs` does not fill it. */
export function holeBetween({ spurts, clearsMs }: Heard, fromMs: number, untilMs: number): Hole {
  let pausedMs: number | null = null;
  for (const clearMs of clearsMs) {
    if (clearMs < fromMs || clearMs >= untilMs) continue;
    const before = spurts.findLast((spurt) => spurt.startMs < clearMs);
    const after = spurts.find((spurt) => spurt.startMs >= clearMs && spurt.startMs < untilMs);
    if (after === undefined) return { kind: 'cut-off' };
    pausedMs = Math.max(pausedMs ?? 0, after.startMs - (before?.endMs ?? clearMs));
  }
  return pausedMs === null ? { kind: 'none' } : { kind: 'paused', pausedMs };
}

/** Between two sentences of one reply the agent is silent for less than this. */
const SENTENCE_GAP_MS = 700;

/** Whether the agent could be heard at `atMs`, or had been so shortly before that it may not have finished. */
export function isSpeakingAt(spurts: readonly Spurt[], atMs: number): boolean {
  return spurts.some(({ startMs, endMs }) => startMs <= atMs && atMs <= endMs + SENTENCE_GAP_MS);
}
