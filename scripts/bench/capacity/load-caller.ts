// A caller that goes on talking until it is told to finish: hears each reply out, pauses, and says the next thing.
import { replyTo, type CallerAction, type Ears, type Utterance } from '../../../src/simulator/caller.ts';
import type { ClipUse, SpokenClip } from './clips.ts';
import type { Random } from './random.ts';

/** One thing said and what came back. */
export interface LoadTurn {
  readonly clip: string;
  /** When its last sample of speech had been sent, in ms from the start of the stream. */
  readonly spokenMs: number;
  /** Null for `early`, a reply that began before the caller had finished, and for `unanswered`. */
  readonly responseMs: number | null;
  readonly kind: 'answered' | 'early' | 'unanswered';
}

export interface LoadCallerOptions {
  readonly clips: readonly SpokenClip[];
  readonly random: Random;
  readonly onTurn: (turn: LoadTurn) => void;
}

/** Then the turn counts as unanswered, and the caller speaks again. */
export const ANSWER_TIMEOUT_MS = 10_000;
/** People wait this long after a reply has been played before they speak. */
export const PAUSE_MS = { least: 400, most: 2_000 };
/** What each question of the bench agent wants, in the order in which its flow goes round. */
const QUESTIONS: readonly ClipUse[] = ['open', 'yes-no', 'open', 'open', 'yes-no'];

type State = 'waiting' | 'answered' | 'speaking' | 'gone';

/** Time comes in with every call, as with the simulator's scripted caller. */
export class LoadCaller {
  readonly #options: LoadCallerOptions;
  #state: State = 'waiting';
  #utterance: Utterance | null = null;
  #clip = '';
  #waitingSinceMs = 0;
  #pauseMs: number;
  #turns = 0;
  #finishing = false;

  constructor(options: LoadCallerOptions) {
    this.#options = options;
    this.#pauseMs = options.random.between(PAUSE_MS.least, PAUSE_MS.most);
  }

  /** Hangs up: at once, or as soon as what was said last has been answered. */
  finish(): void {
    this.#finishing = true;
  }

  decide(nowMs: number, ears: Ears): CallerAction | null {
    if (this.#finishing && !this.#owesAnswer) return this.#hangUp();
    if (this.#state === 'waiting') this.#listen(nowMs, ears);
    if (this.#state !== 'answered') return null;
    const lastHeardMs = ears.spurts.at(-1)?.endMs ?? 0;
    if (ears.playoutBusy || nowMs - Math.max(lastHeardMs, this.#waitingSinceMs) < this.#pauseMs) return null;
    return this.#speak(nowMs);
  }

  spoken(atMs: number): void {
    if (this.#utterance?.spokenMs === null) this.#utterance = { ...this.#utterance, spokenMs: atMs };
  }

  finished(atMs: number): void {
    if (this.#state !== 'speaking') return;
    this.#state = 'waiting';
    this.#waitingSinceMs = atMs;
  }

  /** Something was said to its end, and neither an answer nor the time limit has come. */
  get #owesAnswer(): boolean {
    return this.#state === 'waiting' && this.#utterance !== null;
  }

  #listen(nowMs: number, ears: Ears): void {
    const reply = replyTo(this.#utterance, ears.spurts);
    if (reply === null && nowMs - this.#waitingSinceMs < ANSWER_TIMEOUT_MS) return;
    this.#state = 'answered';
    const spokenMs = this.#utterance?.spokenMs ?? null;
    // Before the first utterance it is the greeting that is waited for.
    if (spokenMs === null) {
      if (reply === null) this.#tell({ spokenMs: 0, responseMs: null, kind: 'unanswered' });
      return;
    }
    if (reply === null) this.#tell({ spokenMs, responseMs: null, kind: 'unanswered' });
    else if (reply.startMs < spokenMs) this.#tell({ spokenMs, responseMs: null, kind: 'early' });
    else this.#tell({ spokenMs, responseMs: reply.startMs - spokenMs, kind: 'answered' });
  }

  #tell(turn: Omit<LoadTurn, 'clip'>): void {
    this.#options.onTurn({ ...turn, clip: this.#clip });
  }

  #speak(nowMs: number): CallerAction {
    const { clips, random } = this.#options;
    const wanted = QUESTIONS[this.#turns % QUESTIONS.length] ?? 'open';
    const suitable = clips.filter(({ use }) => use === wanted);
    const { name, clip } = random.pick(suitable.length > 0 ? suitable : clips);
    this.#turns += 1;
    this.#clip = name;
    this.#pauseMs = random.between(PAUSE_MS.least, PAUSE_MS.most);
    this.#state = 'speaking';
    this.#utterance = {
      kind: 'speech',
      step: this.#turns - 1,
      said: null,
      expect: [],
      interrupts: false,
      startedMs: nowMs,
      onsetMs: nowMs,
      spokenMs: null,
    };
    return { type: 'say', clip };
  }

  #hangUp(): CallerAction | null {
    if (this.#state === 'gone') return null;
    this.#state = 'gone';
    return { type: 'hang-up' };
  }
}
