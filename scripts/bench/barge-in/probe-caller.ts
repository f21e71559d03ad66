// A caller that plays one clip after the other to the agent, each at its moment, and waits to see what comes of it.
import type { CallerAction, Ears } from '../../../src/simulator/caller.ts';
import type { Clip } from '../../../src/simulator/caller-line.ts';
import { FRAME_MS, LINE_HZ } from '../../../src/audio/units.ts';
import type { Random } from '../capacity/random.ts';
import type { AgentLine } from './agent-line.ts';
import type { ProbeClip } from './clips.ts';

/** Over the agent's voice, or while nobody speaks. */
export type ProbePlace = 'over-voice' | 'open-line';

/** A clip was played and its time to work is over. */
export interface ProbeDone {
  readonly probe: ProbeClip;
  /** When its first sound left the caller, in ms from the start of the stream. */
  readonly onsetMs: number;
}

export interface ProbeCallerOptions {
  readonly place: ProbePlace;
  readonly clips: readonly ProbeClip[];
  readonly nudge: Clip;
  readonly line: AgentLine;
  readonly random: Random;
  readonly onDone: (done: ProbeDone) => void;
}

/** The agent has been talking for this long when a clip begins: people interrupt what they have begun to hear. */
const OVER_VOICE_MS = { least: 1_200, most: 4_000 };
/** A reply of most of a minute is not probed near its end: it must be able to go on. */
const LATEST_IN_REPLY_MS = 35_000;
/** After a clip, for the agent to stop, to go on, or to begin an answer: the longest wait for the end of a turn and a second. */
const SETTLE_MS = { 'over-voice': 2_800, 'open-line': 1_800 };
/** Silence on the line before a clip; more than a pause between two clauses. */
const OPEN_LINE_MS = { least: 600, most: 1_200 };
/** The agent prompts after eight seconds of silence (turn.idleMs); a clip must be over before. */
const LATEST_IN_SILENCE_MS = 7_500;
/** The agent has nothing more to say: it is asked to begin again. */
const NUDGE_AFTER_MS = 2_000;
/** What it may then take to begin. */
const NUDGE_AGAIN_MS = 6_000;
/** Without a word of the agent for this long the call is of no use. */
const LONGEST_SILENCE_MS = 30_000;

type State =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'saying'; readonly done: ProbeDone | null }
  | { readonly kind: 'settling'; readonly done: ProbeDone; readonly untilMs: number }
  /** Until `go`, while the server is asked what it made of the clip. */
  | { readonly kind: 'asking' }
  | { readonly kind: 'gone' };

/** Time comes in with every call, as with the simulator's scripted caller. */
export class ProbeCaller {
  readonly #options: ProbeCallerOptions;
  readonly #left: ProbeClip[];
  #state: State = { kind: 'waiting' };
  #waitMs = 0;
  #replySinceMs = 0;
  #newReply = true;
  #gaveUp = false;
  #nudgedMs = -Infinity;

  constructor(options: ProbeCallerOptions) {
    this.#options = options;
    this.#left = [...options.clips];
    this.#drawWait();
  }

  /** The agent fell silent for good, and clips are left. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** After `onDone`: whether the reply ended, so that the next sound begins another. */
  go(replyEnded: boolean): void {
    if (this.#state.kind !== 'asking') return;
    this.#newReply ||= replyEnded;
    this.#state = { kind: 'waiting' };
    this.#drawWait();
  }

  decide(nowMs: number, ears: Ears): CallerAction | null {
    const { line, onDone } = this.#options;
    line.tick(nowMs, ears.playoutBusy);
    if (this.#newReply && ears.playoutBusy && this.#state.kind === 'waiting') {
      this.#newReply = false;
      this.#replySinceMs = nowMs;
    }
    if (this.#state.kind === 'settling' && nowMs >= this.#state.untilMs) {
      const { done } = this.#state;
      this.#state = { kind: 'asking' };
      onDone(done);
    }
    return this.#state.kind === 'waiting' ? this.#act(nowMs) : null;
  }

  spoken(): void {
    // What counts is where the clip's first sound was, and that is known when it begins.
  }

  /** All of a clip has been sent. */
  finished(atMs: number): void {
    if (this.#state.kind !== 'saying') return;
    const { done } = this.#state;
    if (done === null) {
      this.#nudgedMs = atMs;
      this.#state = { kind: 'waiting' };
    } else {
      this.#state = { kind: 'settling', done, untilMs: atMs + SETTLE_MS[this.#options.place] };
    }
  }

  #act(nowMs: number): CallerAction | null {
    const { line, nudge, place } = this.#options;
    const [probe] = this.#left;
    const silentMs = line.quietForMs(nowMs);
    this.#gaveUp = probe !== undefined && silentMs >= LONGEST_SILENCE_MS;
    if (probe === undefined || this.#gaveUp) {
      this.#state = { kind: 'gone' };
      return { type: 'hang-up' };
    }
    if (this.#mayBegin(probe, nowMs)) return this.#say(probe, nowMs);
    const mayNudge = silentMs >= NUDGE_AFTER_MS && nowMs - this.#nudgedMs >= NUDGE_AGAIN_MS;
    if (place === 'open-line' || !mayNudge) return null;
    this.#newReply = true;
    this.#state = { kind: 'saying', done: null };
    return { type: 'say', clip: nudge };
  }

  #mayBegin(probe: ProbeClip, nowMs: number): boolean {
    const { line, place } = this.#options;
    if (place === 'over-voice') {
      const inReplyMs = nowMs - this.#replySinceMs;
      if (this.#newReply || inReplyMs > LATEST_IN_REPLY_MS) return false;
      return line.busyForMs(nowMs) >= this.#waitMs && line.isHeard(nowMs);
    }
    const silentMs = line.quietForMs(nowMs);
    const lengthMs = (probe.clip.samples.length * 1_000) / LINE_HZ;
    return silentMs >= this.#waitMs && silentMs + lengthMs <= LATEST_IN_SILENCE_MS;
  }

  /** The clip begins in the frame that is being sent, which ends now. */
  #say(probe: ProbeClip, nowMs: number): CallerAction {
    this.#left.shift();
    const onsetMs = nowMs - FRAME_MS + (probe.clip.firstSpeechSample * 1_000) / LINE_HZ;
    this.#state = { kind: 'saying', done: { probe, onsetMs } };
    return { type: 'say', clip: probe.clip };
  }

  #drawWait(): void {
    const { least, most } = this.#options.place === 'over-voice' ? OVER_VOICE_MS : OPEN_LINE_MS;
    this.#waitMs = this.#options.random.between(least, most);
  }
}
