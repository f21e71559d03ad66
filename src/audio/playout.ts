// Arithmetic of how much of a reply has been sent, has been played, and is lost when the line is cleared. No clock of its own.
import { ms, samplesToMs, LINE_HZ, type Ms } from './units.ts';

/**
 * The line plays what it was sent strictly in order at 8 kHz, and positions count the samples of the reply from 0.
 * `generation` goes up with every clear, so that marks of cleared audio, which the line returns as if played, can be
 * told from true ones.
 */
export interface Playout {
  readonly generation: number;
  /** The stretch that is on the line without a break begins here on the clock ... */
  readonly startMs: Ms;
  /** ... with this position of the reply ... */
  readonly from: number;
  /** ... and ends before this one. What lies before `from` has been played. */
  readonly to: number;
}

export const IDLE_PLAYOUT: Playout = { generation: 0, startMs: ms(0), from: 0, to: 0 };

/** Times on the clock are eighths of a ms, which sums may miss by less than this share of a sample. */
const ROUNDING = 1e-3;

/** When the last sample sent so far will have been played. */
export const playheadMs = ({ startMs, from, to }: Playout): Ms =>
  ms(startMs + samplesToMs(to - from, LINE_HZ));

/** `count` more samples were sent at `at`. Where the line had run dry, a new stretch begins. */
export function sent(playout: Playout, at: Ms, count: number): Playout {
  const to = playout.to + count;
  return at <= playheadMs(playout) ? { ...playout, to } : { ...playout, startMs: at, from: playout.to, to };
}

/** How much of what was sent is still to be played. */
export const leadMs = (playout: Playout, at: Ms): Ms => ms(Math.max(0, playheadMs(playout) - at));

/** How much of the reply had been played at `at`, by the byte clock. `at` never goes back over a break. */
export function playedSamples({ startMs, from, to }: Playout, at: Ms): number {
  const passed = Math.floor(((at - startMs) * LINE_HZ) / 1000 + ROUNDING);
  return from + Math.min(to - from, Math.max(0, passed));
}

/** A new reply begins: what was sent before no longer counts. */
export function nextGeneration(playout: Playout, at: Ms): Playout {
  return { generation: playout.generation + 1, startMs: at, from: 0, to: 0 };
}

/** The line was cleared within a reply: what was not played counts as not sent. */
export function rewound(playout: Playout, at: Ms): Playout {
  const played = playedSamples(playout, at);
  return { generation: playout.generation + 1, startMs: at, from: played, to: played };
}

/** Mark names carry the generation: `g3:end`. */
export const markName = (generation: number, label: string): string => `g${generation}:${label}`;

/** Null for a name that is not ours. */
export function parseMark(name: string): { readonly generation: number; readonly label: string } | null {
  const match = /^g(\d{1,9}):(.{1,32})$/u.exec(name);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { generation: Number(match[1]), label: match[2] };
}
