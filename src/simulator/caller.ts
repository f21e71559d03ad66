// The caller's side of the conversation: decides, once a frame, whether to speak, press keys, wait or hang up.
import { FRAME_MS } from '../audio/units.ts';
import type { PreparedStep } from './caller-audio.ts';
import type { Clip } from './caller-line.ts';
import type { LineFault } from './line-faults.ts';
import type { Spurt } from './loudness.ts';

export interface Patience {
  /** Bounds the wait for the first sound of an answer. */
  readonly answerTimeoutMs: number;
  /** Silence after which the agent has finished. */
  readonly finishedAfterMs: number;
  /** What the caller then waits before speaking. */
  readonly pauseMs: number;
}

/** An agent that talks on and on is not waited for longer than this. */
export const MAX_REPLY_MS = 120_000;
/** After the last reply the agent has this long to hang up; then the caller does. */
export const CLOSING_MS = 4_000;
/** An answer to a sound that wants none would begin within this time of its end; so long the caller says no more. */
export const IGNORED_WINDOW_MS = 2_500;

/** What the caller hears at one moment. */
export interface Ears {
  readonly spurts: readonly Spurt[];
  /** Something sent by the server is still to be played. */
  readonly playoutBusy: boolean;
}

/** One thing the caller said, on the stream's clock in ms. */
export interface Utterance {
  /** `silence` is the caller's turn, too: the agent is to fill it. `ignored` is none: it must not be answered. */
  readonly kind: 'speech' | 'keys' | 'silence' | 'ignored';
  /** The step's index in the unrolled scenario, from 0. */
  readonly step: number;
  readonly said: string | null;
  readonly expect: readonly string[];
  readonly interrupts: boolean;
  readonly startedMs: number;
  /** When its first sample of speech was spoken, or its first key pressed, on the recording's axis. */
  readonly onsetMs: number;
  /** When the last sample of speech had been sent; null while it has not. */
  readonly spokenMs: number | null;
}

export type CallerAction =
  | { readonly type: 'say'; readonly clip: Clip }
  | { readonly type: 'press'; readonly digits: string; readonly everyMs: number }
  | { readonly type: 'hang-up' };

type CallerState =
  | { readonly kind: 'waiting'; readonly sinceMs: number }
  | { readonly kind: 'speaking' }
  | { readonly kind: 'pausing'; readonly untilMs: number }
  | { readonly kind: 'gone' };

/** Walks through the steps. Time comes in with every call, so it runs the same on any clock. */
export class Caller {
  readonly #steps: readonly PreparedStep[];
  readonly #patience: Patience;
  readonly #onStep: (faults: readonly LineFault[]) => void;
  readonly #utterances: Utterance[] = [];
  #next = 0;
  /** Utterances of earlier streams of the call, whose clock was another one. */
  #earlier = 0;
  #state: CallerState = { kind: 'waiting', sinceMs: 0 };

  /** `onStep` is told the faults of each step as it begins. */
  constructor(
    steps: readonly PreparedStep[],
    patience: Patience,
    onStep: (faults: readonly LineFault[]) => void = () => undefined,
  ) {
    this.#steps = steps;
    this.#patience = patience;
    this.#onStep = onStep;
  }

  get utterances(): readonly Utterance[] {
    return this.#utterances;
  }

  /** Steps that were not begun. */
  get stepsLeft(): number {
    return this.#steps.length - this.#next;
  }

  /** The call goes on, on another stream, whose clock begins anew. */
  reconnected(): void {
    this.#earlier = this.#utterances.length;
    if (this.#state.kind !== 'gone') this.#state = { kind: 'waiting', sinceMs: 0 };
  }

  /** Asked once a frame. After `say` and `press` nothing comes until `finished`. */
  decide(nowMs: number, ears: Ears): CallerAction | null {
    if (this.#state.kind === 'pausing' && nowMs >= this.#state.untilMs) {
      this.#state = { kind: 'waiting', sinceMs: nowMs };
    }
    if (this.#state.kind !== 'waiting') return null;
    const step = this.#steps[this.#next];
    if (step === undefined) return this.#closing(this.#state.sinceMs, nowMs, ears);
    if (step.kind !== 'wait' && !this.#mayAct(interruptMsOf(step), nowMs, ears)) return null;
    this.#next += 1;
    this.#onStep(step.faults ?? []);
    return this.#begin(step, nowMs);
  }

  /** The last sample of speech, or the last key, has been sent. */
  spoken(atMs: number): void {
    const last = this.#utterances.at(-1);
    if (last?.spokenMs !== null) return;
    this.#utterances[this.#utterances.length - 1] = { ...last, spokenMs: atMs };
  }

  /** All of it, trailing silence included, has been sent. */
  finished(atMs: number): void {
    if (this.#state.kind === 'speaking') this.#state = { kind: 'waiting', sinceMs: atMs };
  }

  #begin(step: PreparedStep, nowMs: number): CallerAction | null {
    switch (step.kind) {
      case 'wait':
        this.#state = { kind: 'pausing', untilMs: nowMs + step.durationMs };
        return null;
      case 'silence':
        this.#note({ kind: 'silence', said: null, expect: step.expect, interrupts: false }, nowMs, nowMs);
        this.spoken(nowMs);
        this.#state = { kind: 'waiting', sinceMs: nowMs };
        return null;
      case 'hang-up':
        this.#state = { kind: 'gone' };
        return { type: 'hang-up' };
      case 'dtmf': {
        const { digits, everyMs, expect } = step;
        const interrupts = step.interruptMs !== null;
        this.#note({ kind: 'keys', said: digits, expect, interrupts }, nowMs, nowMs);
        this.#state = { kind: 'speaking' };
        return { type: 'press', digits, everyMs };
      }
      case 'speak':
      case 'ignored':
        return this.#speak(step, nowMs);
    }
  }

  #speak(step: Extract<PreparedStep, { kind: 'speak' | 'ignored' }>, nowMs: number): CallerAction {
    const { said, clip } = step;
    const kind = step.kind === 'ignored' ? 'ignored' : 'speech';
    const expect = step.kind === 'ignored' ? [] : step.expect;
    // The frame that is sent at its end now holds the clip's first sample at its beginning.
    const onsetMs = nowMs - FRAME_MS + clip.firstSpeechSample / 8;
    this.#note({ kind, said, expect, interrupts: step.interruptMs !== null }, nowMs, onsetMs);
    this.#state = { kind: 'speaking' };
    return { type: 'say', clip };
  }

  #note(
    what: Pick<Utterance, 'kind' | 'said' | 'expect' | 'interrupts'>,
    startedMs: number,
    onsetMs: number,
  ): void {
    this.#utterances.push({ ...what, step: this.#next - 1, startedMs, onsetMs, spokenMs: null });
  }

  #mayAct(interruptMs: number | null, nowMs: number, ears: Ears): boolean {
    const sinceMs = this.#state.kind === 'waiting' ? this.#state.sinceMs : nowMs;
    const turn = this.#utterances.slice(this.#earlier).findLast(({ kind }) => kind !== 'ignored') ?? null;
    const reply = replyTo(turn, ears.spurts);
    if (reply === null) return nowMs - sinceMs >= this.#answerLimitMs(turn);
    if (interruptMs !== null) return nowMs >= reply.startMs + interruptMs;
    if (this.#listensForAnswer(nowMs)) return false;
    if (nowMs - reply.startMs > MAX_REPLY_MS) return true;
    const lastHeardMs = ears.spurts.at(-1)?.endMs ?? 0;
    const quietMs = this.#patience.finishedAfterMs + this.#patience.pauseMs;
    return !ears.playoutBusy && nowMs - lastHeardMs >= quietMs;
  }

  /** An answer to a sound that wants none may still begin. */
  #listensForAnswer(nowMs: number): boolean {
    const last = this.#utterances.at(-1);
    return last?.kind === 'ignored' && nowMs < (last.spokenMs ?? nowMs) + IGNORED_WINDOW_MS;
  }

  /** A silence says itself how long it may last. */
  #answerLimitMs(turn: Utterance | null): number {
    const step = turn?.kind === 'silence' ? this.#steps[turn.step] : undefined;
    return step?.kind === 'silence' ? step.durationMs : this.#patience.answerTimeoutMs;
  }

  #closing(sinceMs: number, nowMs: number, ears: Ears): CallerAction | null {
    if (nowMs - sinceMs < CLOSING_MS || !this.#mayAct(null, nowMs, ears)) return null;
    const lastHeardMs = ears.spurts.at(-1)?.endMs ?? 0;
    if (nowMs - lastHeardMs < CLOSING_MS) return null;
    this.#state = { kind: 'gone' };
    return { type: 'hang-up' };
  }
}

/**
 * The first that is heard of the reply to an utterance: a spurt that began once it was spoken, else one that began
 * during it and went on beyond its end. What was being said when the caller began to speak is not a reply to it.
 * Null for none yet; without an utterance, the greeting.
 */
export function replyTo(utterance: Utterance | null, spurts: readonly Spurt[]): Spurt | null {
  if (utterance === null) return spurts[0] ?? null;
  const { startedMs, spokenMs } = utterance;
  if (spokenMs === null) return null;
  const after = spurts.find((spurt) => spurt.startMs >= spokenMs);
  return after ?? spurts.find((spurt) => spurt.startMs >= startedMs && spurt.endMs > spokenMs) ?? null;
}

const interruptMsOf = (step: PreparedStep): number | null =>
  'interruptMs' in step ? step.interruptMs : null;
