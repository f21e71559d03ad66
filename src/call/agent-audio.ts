// The agent's side of a call: a reply's clauses wait here, held or released, and are sent a little ahead of playout.
import {
  clausesBegun,
  IDLE_PLAYOUT,
  leadMs,
  markName,
  nextGeneration,
  parseMark,
  sent,
  type Playout,
} from '../audio/playout.ts';
import { LINE_HZ, ms, mulaw8k, msToSamples, type Mulaw8k, type Ms } from '../audio/units.ts';
import type { MediaChannel } from '../ports/media-channel.ts';

/**
 * What is sent at a time while the lead lasts. Measured: a second of audio costs the socket thread 360 us in messages of
 * 20 ms, one for each packet of caller audio, and 55 us in messages of 100 ms; longer ones gain little.
 */
const PORTION_MS = ms(100);
/** Of the lead: three quarters of it are always ahead of playout, however short it is set. */
const MAX_PORTION_SHARE = 0.25;

interface Piece {
  readonly clause: number;
  /** One byte a sample; maybe other calls' audio as well, so never written to. */
  readonly audio: Mulaw8k;
}

/** One reply's audio. Bounded by the responder's limits: a clause is at most 1,000 characters of speech. */
interface ReplyAudio {
  readonly turn: number;
  readonly clauses: string[];
  pieces: Piece[];
  released: boolean;
  complete: boolean;
  endMarked: boolean;
}

export interface AgentAudioOptions {
  readonly channel: MediaChannel;
  /** Audio is sent at most this far ahead, so that a pause is felt at once and a stalled loop is not. */
  readonly leadMs: Ms;
  readonly onFirstSent: (turn: number) => void;
  readonly onPlayed: (turn: number) => void;
}

/** Holds at most one reply: the machine never prepares two at a time. */
export class AgentAudio {
  readonly #options: AgentAudioOptions;
  #playout: Playout = IDLE_PLAYOUT;
  #reply: ReplyAudio | null = null;

  constructor(options: AgentAudioOptions) {
    this.#options = options;
  }

  /** A new reply takes the place of whatever was prepared before. */
  begin(turn: number): void {
    this.#reply = { turn, clauses: [], pieces: [], released: false, complete: false, endMarked: false };
  }

  /** Does nothing for a reply that is not the current one any more. */
  addClause(turn: number, text: string): void {
    if (this.#reply?.turn === turn) this.#reply.clauses.push(text);
  }

  /** Audio of the clause that was added last. */
  add(turn: number, audio: Mulaw8k, now: Ms): void {
    const reply = this.#reply;
    if (reply?.turn !== turn) return;
    reply.pieces.push({ clause: reply.clauses.length - 1, audio });
    this.pump(now);
  }

  complete(turn: number, now: Ms): void {
    if (this.#reply?.turn !== turn) return;
    this.#reply.complete = true;
    this.pump(now);
  }

  release(turn: number, now: Ms): void {
    if (this.#reply?.turn !== turn || this.#reply.released) return;
    this.#reply.released = true;
    this.#playout = nextGeneration(this.#playout, now);
    this.pump(now);
  }

  /** Sends what the lead allows, a portion at least. Called with every packet of caller audio: that is the pacing clock. */
  pump(now: Ms): void {
    const reply = this.#reply;
    if (reply?.released !== true) return;
    const roomMs = this.#options.leadMs - leadMs(this.#playout, now);
    if (roomMs >= this.#portionMs) this.#fill(reply, msToSamples(roomMs, LINE_HZ), now);
    this.#markEnd(reply);
  }

  get #portionMs(): number {
    return Math.min(PORTION_MS, this.#options.leadMs * MAX_PORTION_SHARE);
  }

  #fill(reply: ReplyAudio, room: number, now: Ms): void {
    let left = room;
    while (left > 0) {
      const piece = reply.pieces.shift();
      if (piece === undefined) break;
      const { clause, audio } = piece;
      const part = mulaw8k(audio.subarray(0, left));
      if (part.length < audio.length) reply.pieces.unshift({ clause, audio: mulaw8k(audio.subarray(left)) });
      this.#send(reply, { clause, audio: part }, now);
      left -= part.length;
    }
  }

  #send(reply: ReplyAudio, piece: Piece, now: Ms): void {
    const first = this.#playout.spans.length === 0;
    this.#options.channel.send(piece.audio);
    this.#playout = sent(this.#playout, now, piece.clause, piece.audio.length);
    if (first) this.#options.onFirstSent(reply.turn);
  }

  #markEnd(reply: ReplyAudio): void {
    if (!reply.complete || reply.endMarked || reply.pieces.length > 0 || this.#playout.spans.length === 0)
      return;
    reply.endMarked = true;
    this.#options.channel.mark(markName(this.#playout.generation, 'end'));
  }

  /** A mark came back. Returns false for a mark of a cleared generation or a name that is not ours. */
  markReturned(name: string): boolean {
    const mark = parseMark(name);
    const reply = this.#reply;
    if (mark?.generation !== this.#playout.generation || reply?.endMarked !== true) return false;
    this.#options.onPlayed(reply.turn);
    return true;
  }

  /** What of this reply the caller heard when it was over or was stopped at `now`, cut at the last clause begun. */
  heard(turn: number, now: Ms): { readonly text: string; readonly all: boolean } {
    const reply = this.#reply;
    if (reply?.turn !== turn) return { text: '', all: false };
    const begun = new Set(clausesBegun(this.#playout, now));
    const texts = reply.clauses.filter((_, index) => begun.has(index));
    const remaining = reply.pieces.length > 0 || leadMs(this.#playout, now) > 0;
    return { text: texts.join(' '), all: reply.complete && !remaining };
  }

  /** Stops playing at once. */
  stop(turn: number, now: Ms): void {
    if (this.#reply?.turn !== turn) return;
    if (this.#reply.released && this.#playout.spans.length > 0) this.#options.channel.clear();
    this.#reply = null;
    this.#playout = nextGeneration(this.#playout, now);
  }

  /** The reply was played, or never will be: forget it without touching the line. */
  forget(turn: number): void {
    if (this.#reply?.turn === turn) this.#reply = null;
  }
}
