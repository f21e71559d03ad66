// What the barge-in bench counts: delays and pauses over the agent's voice, replies that ended, turns that noise began.
import { percentile } from '../percentiles.ts';
import type { Reaction } from './agent-line.ts';
import type { ProbeKind } from './clips.ts';

/** One clip over the agent's voice. */
export interface OverVoice {
  readonly name: string;
  readonly kind: ProbeKind;
  readonly reaction: Reaction;
  /** The server counted an interruption: the rest of the reply was given up. */
  readonly ended: boolean;
  /** The words of the turn that it became, when it became one. */
  readonly heard: string | null;
}

/** One clip on the open line. */
export interface OpenLine {
  readonly name: string;
  readonly startedTurn: boolean;
  readonly heard: string | null;
}

/** In ms; null without values. */
export interface Times {
  readonly n: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface OverVoiceFigures {
  readonly n: number;
  /** The playout was cleared after the clip began. */
  readonly paused: number;
  readonly ended: number;
  /** Onset of the clip's sound to the last sound of the agent, where the playout was cleared. */
  readonly silentMs: Times;
  /** From the clear to the next sound of a reply that did not end. */
  readonly pauseMs: Times;
  /** Of the pauses of replies that did not end: over within RESUME_WITHIN_MS. */
  readonly resumedInTime: number;
  readonly endedBy: readonly { readonly name: string; readonly heard: string | null }[];
}

export interface BargeInFigures {
  readonly overVoice: Readonly<Record<ProbeKind | 'signs', OverVoiceFigures>>;
  readonly openLine: {
    readonly n: number;
    readonly started: number;
    readonly startedBy: readonly { readonly name: string; readonly heard: string | null }[];
  };
}

/** What a caller who only hummed waits for the sentence to go on. */
export const RESUME_WITHIN_MS = 600;

export function bargeInFigures(over: readonly OverVoice[], open: readonly OpenLine[]): BargeInFigures {
  const of = (...kinds: readonly ProbeKind[]): OverVoiceFigures =>
    overVoiceFigures(over.filter(({ kind }) => kinds.includes(kind)));
  const started = open.filter(({ startedTurn }) => startedTurn);
  return {
    overVoice: {
      speech: of('speech'),
      signs: of('recorded-sign', 'spoken-sign'),
      'recorded-sign': of('recorded-sign'),
      'spoken-sign': of('spoken-sign'),
      noise: of('noise'),
    },
    openLine: {
      n: open.length,
      started: started.length,
      startedBy: started.map(({ name, heard }) => ({ name, heard })),
    },
  };
}

function overVoiceFigures(probes: readonly OverVoice[]): OverVoiceFigures {
  const ended = probes.filter((probe) => probe.ended);
  const paused = probes.flatMap(({ reaction, ended: over }) =>
    reaction.kind === 'cleared' ? [{ ...reaction, over }] : [],
  );
  const pauses = paused.filter(({ over }) => !over).map(({ pauseMs }) => pauseMs ?? Infinity);
  return {
    n: probes.length,
    paused: paused.length,
    ended: ended.length,
    silentMs: timesOf(paused.map(({ silentMs }) => silentMs)),
    pauseMs: timesOf(pauses),
    resumedInTime: pauses.filter((pauseMs) => pauseMs <= RESUME_WITHIN_MS).length,
    endedBy: ended.map(({ name, heard }) => ({ name, heard })),
  };
}

function timesOf(values: readonly number[]): Times {
  const at = (share: number): number | null => {
    const value = percentile(values, share);
    return Number.isFinite(value) ? Math.round(value) : null;
  };
  return { n: values.length, p50: at(0.5), p95: at(0.95) };
}
