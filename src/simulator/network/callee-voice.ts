// The callee's side of a call that is heard: a hello, then an answer whenever the agent has finished.
import type { CallerAction, Ears } from '../caller.ts';
import type { Clip } from '../caller-line.ts';

/** What the callee does next; null listens on. */
export type NextWords = Clip | 'hang-up' | null;

export interface CalleeVoiceOptions {
  /** Said as soon as the line is open, one after the other; a machine's greeting and beep, too. */
  readonly opening: readonly Clip[];
  /** Asked each time the agent has finished. */
  readonly next: () => Promise<NextWords>;
  readonly patienceMs: number;
}

const OPENING_AFTER_MS = 300;
/** Silence after which the agent has finished, and what a person then takes to speak. */
const FINISHED_AFTER_MS = 900;

type State =
  | { readonly kind: 'opening'; readonly left: readonly Clip[] }
  | { readonly kind: 'speaking'; readonly then: 'opening' | 'listening'; readonly left: readonly Clip[] }
  | { readonly kind: 'listening'; readonly sinceMs: number }
  | { readonly kind: 'thinking' }
  | { readonly kind: 'ready'; readonly words: Clip | 'hang-up' }
  | { readonly kind: 'gone' };

export class CalleeVoice {
  readonly #options: CalleeVoiceOptions;
  #state: State;
  #openedMs: number | null = null;
  #spokenMs: number | null = null;
  #nowMs = 0;

  constructor(options: CalleeVoiceOptions) {
    this.#options = options;
    this.#state = { kind: 'opening', left: options.opening };
  }

  /** When the last of the opening had been said, in ms from the start of the stream; null before. */
  get openedMs(): number | null {
    return this.#openedMs;
  }

  decide(nowMs: number, ears: Ears): CallerAction | null {
    this.#nowMs = nowMs;
    if (nowMs >= this.#options.patienceMs) return this.#hangUp();
    switch (this.#state.kind) {
      case 'opening':
        return nowMs < OPENING_AFTER_MS ? null : this.#open(this.#state.left, nowMs);
      case 'listening':
        this.#listen(this.#state.sinceMs, nowMs, ears);
        return null;
      case 'ready': {
        const { words } = this.#state;
        if (words === 'hang-up') return this.#hangUp();
        this.#state = { kind: 'speaking', then: 'listening', left: [] };
        return { type: 'say', clip: words };
      }
      case 'speaking':
      case 'thinking':
      case 'gone':
        return null;
    }
  }

  /** The last sound of what is being said was sent; silence may follow. */
  spoken(atMs: number): void {
    this.#spokenMs = atMs;
  }

  finished(atMs: number): void {
    if (this.#state.kind !== 'speaking') return;
    const { then, left } = this.#state;
    if (then === 'opening' && left.length > 0) this.#state = { kind: 'opening', left };
    else {
      this.#openedMs ??= this.#spokenMs ?? atMs;
      this.#state = { kind: 'listening', sinceMs: atMs };
    }
  }

  #open(left: readonly Clip[], nowMs: number): CallerAction | null {
    const [clip, ...rest] = left;
    if (clip === undefined) {
      this.#openedMs ??= nowMs;
      this.#state = { kind: 'listening', sinceMs: nowMs };
      return null;
    }
    this.#state = { kind: 'speaking', then: 'opening', left: rest };
    return { type: 'say', clip };
  }

  #listen(sinceMs: number, nowMs: number, { spurts, playoutBusy }: Ears): void {
    const last = spurts.at(-1);
    const isOver = last !== undefined && last.startMs >= sinceMs && nowMs - last.endMs >= FINISHED_AFTER_MS;
    if (!isOver || playoutBusy) return;
    this.#state = { kind: 'thinking' };
    this.#options.next().then(
      (words) => {
        if (this.#state.kind !== 'thinking') return;
        this.#state = words === null ? { kind: 'listening', sinceMs: this.#nowMs } : { kind: 'ready', words };
      },
      () => {
        if (this.#state.kind === 'thinking') this.#state = { kind: 'ready', words: 'hang-up' };
      },
    );
  }

  #hangUp(): CallerAction | null {
    if (this.#state.kind === 'gone') return null;
    this.#state = { kind: 'gone' };
    return { type: 'hang-up' };
  }
}
