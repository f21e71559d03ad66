// Arithmetic of what has been sent, what has been played and what a cleared line has lost. No clock of its own.
import { ms, samplesToMs, LINE_HZ, type Ms } from './units.ts';

/** One clause on the line: its place on the playout clock. */
export interface PlayoutSpan {
  readonly clause: number;
  readonly startMs: Ms;
  readonly endMs: Ms;
}

/**
 * The line plays what it was sent strictly in order at 8 kHz. `generation` goes up with every clear, so that marks of
 * cleared audio, which the line returns as if played, can be told from true ones.
 */
export interface Playout {
  readonly generation: number;
  /** When the last sample sent so far will have been played. */
  readonly playheadMs: Ms;
  /** Of this generation, in playing order; at most MAX_SPANS, the oldest are dropped. */
  readonly spans: readonly PlayoutSpan[];
}

export const MAX_SPANS = 256;

export const IDLE_PLAYOUT: Playout = { generation: 0, playheadMs: ms(0), spans: [] };

/** `count` samples at 8 kHz of `clause` were sent at `at`. Pieces of one clause join into one span. */
export function sent(playout: Playout, at: Ms, clause: number, count: number): Playout {
  const startMs = ms(Math.max(at, playout.playheadMs));
  const endMs = ms(startMs + samplesToMs(count, LINE_HZ));
  const last = playout.spans.at(-1);
  const spans =
    last?.clause === clause
      ? [...playout.spans.slice(0, -1), { ...last, endMs }]
      : [...playout.spans, { clause, startMs, endMs }].slice(-MAX_SPANS);
  return { ...playout, playheadMs: endMs, spans };
}

/** How much of what was sent is still to be played. */
export const leadMs = (playout: Playout, at: Ms): Ms => ms(Math.max(0, playout.playheadMs - at));

/** A new reply begins, or the line was cleared: what was sent before no longer counts. */
export function nextGeneration(playout: Playout, at: Ms): Playout {
  return { generation: playout.generation + 1, playheadMs: at, spans: [] };
}

/** The clauses of which something had been played at `at`, by the byte clock. */
export function clausesBegun(playout: Playout, at: Ms): readonly number[] {
  return playout.spans.filter((span) => span.startMs < at).map((span) => span.clause);
}

/** Mark names carry the generation: `g3:end`. */
export const markName = (generation: number, label: string): string => `g${generation}:${label}`;

/** Null for a name that is not ours. */
export function parseMark(name: string): { readonly generation: number; readonly label: string } | null {
  const match = /^g(\d{1,9}):(.{1,32})$/u.exec(name);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { generation: Number(match[1]), label: match[2] };
}
