// The agent's side of a call: a reply's audio waits here, held, paused or playing, and is sent a little ahead of playout.
import { LineLevels } from '../audio/line-levels.ts';
import {
  IDLE_PLAYOUT,
  leadMs,
  markName,
  nextGeneration,
  parseMark,
  playedSamples,
  playheadMs,
  rewound,
  sent,
  type Playout,
} from '../audio/playout.ts';
import { ReplyTape } from '../audio/reply-tape.ts';
import { LINE_HZ, ms, msToSamples, samplesToMs, type Mulaw8k, type Ms } from '../audio/units.ts';
import type { MediaChannel } from '../ports/media-channel.ts';

/**
 * What is sent at a time while the lead lasts. Measured: a second of audio costs the socket thread 360 us in messages of
 * 20 ms, one for each packet of caller audio, and 55 us in messages of 100 ms; longer ones gain little.
 */
const PORTION_MS = ms(100);
/** Of the lead: three quarters of it are always ahead of playout, however short it is set. */
const MAX_PORTION_SHARE = 0.25;

/** One reply on its way to the line. */
interface Reply {
  readonly turn: number;
  readonly tape: ReplyTape;
  /** On the line since its filler or its release: before, the playout is that of the reply before it. */
  onLine: boolean;
  /** Its own audio may be played. */
  released: boolean;
  paused: boolean;
  complete: boolean;
  /** Of its own audio: filler is no answer. */
  firstSent: boolean;
  endMark: 'unsent' | 'sent' | 'returned';
}

export interface AgentAudioOptions {
  readonly channel: MediaChannel;
  /** Audio is sent at most this far ahead, so that a pause is felt at once and a stalled loop is not. */
  readonly leadMs: Ms;
  /** The first of the reply's own audio was sent; once a reply. */
  readonly onFirstSent: (turn: number) => void;
  /** The end mark came back: all of the reply was played. */
  readonly onPlayed: (turn: number) => void;
}

/**
 * Holds at most one reply: the machine never prepares two at a time. Everything but `begin` does nothing for a turn that
 * is not the current reply's.
 */
export class AgentAudio {
  readonly #options: AgentAudioOptions;
  readonly #levels: LineLevels;
  #playout: Playout = IDLE_PLAYOUT;
  #reply: Reply | null = null;

  constructor(options: AgentAudioOptions) {
    this.#options = options;
    this.#levels = new LineLevels(options.leadMs);
  }

  /** A new reply takes the place of whatever was prepared before. */
  begin(turn: number): void {
    this.#reply = {
      turn,
      tape: new ReplyTape(),
      onLine: false,
      released: false,
      paused: false,
      complete: false,
      firstSent: false,
      endMark: 'unsent',
    };
  }

  #current(turn: number): Reply | null {
    return this.#reply?.turn === turn ? this.#reply : null;
  }

  addClause(turn: number, text: string): void {
    this.#current(turn)?.tape.addClause(text);
  }

  /** Audio of the clause that was added last. While the reply is paused it is held like the rest. */
  add(turn: number, audio: Mulaw8k, now: Ms): void {
    const reply = this.#current(turn);
    if (reply === null) return;
    reply.tape.add(audio);
    this.pump(now);
  }

  /**
   * Audio to be played before the reply's own, from now on and without a release: it is no clause and is never heard as
   * one. Dropped once something of the reply itself was sent, or when there are more than 5 s of it.
   */
  addFiller(turn: number, audio: Mulaw8k, now: Ms): void {
    const reply = this.#current(turn);
    if (reply?.tape.addFiller(audio, this.#sent(reply)) !== true) return;
    this.#putOnLine(reply, now);
    this.pump(now);
  }

  complete(turn: number, now: Ms): void {
    const reply = this.#current(turn);
    if (reply === null) return;
    reply.complete = true;
    this.pump(now);
  }

  release(turn: number, now: Ms): void {
    const reply = this.#current(turn);
    if (reply === null || reply.released) return;
    reply.released = true;
    this.#putOnLine(reply, now);
    this.pump(now);
  }

  #putOnLine(reply: Reply, now: Ms): void {
    if (reply.onLine) return;
    reply.onLine = true;
    this.#playout = nextGeneration(this.#playout, now);
  }

  /**
   * Falls silent at once and stays where it is: what was sent and not played comes first on `resume`, and a mark that
   * is out, or has just come back, counts no more: the end is reported after the resume. Idempotent. A reply of which
   * nothing was sent is just held.
   */
  pause(turn: number, now: Ms): void {
    const reply = this.#current(turn);
    if (reply === null || reply.paused) return;
    reply.paused = true;
    if (!reply.onLine) return;
    const unplayed = leadMs(this.#playout, now) > 0;
    this.#playout = rewound(this.#playout, now);
    reply.endMark = 'unsent';
    if (unplayed) this.#clear(now);
  }

  /** Goes on with the sample after the last one played. Idempotent. */
  resume(turn: number, now: Ms): void {
    const reply = this.#current(turn);
    if (reply === null || !reply.paused) return;
    reply.paused = false;
    this.pump(now);
  }

  /** The new generation must be there first: a line may return the cleared marks before it returns from `clear`. */
  #clear(now: Ms): void {
    this.#levels.cut(now);
    this.#options.channel.clear();
  }

  /** Sends what the lead allows, a portion at least. Called with every packet of caller audio: that is the pacing clock. */
  pump(now: Ms): void {
    const reply = this.#reply;
    if (reply === null || !reply.onLine || reply.paused) return;
    const roomMs = this.#options.leadMs - leadMs(this.#playout, now);
    if (roomMs >= this.#portionMs) this.#fill(reply, msToSamples(roomMs, LINE_HZ), now);
    reply.tape.forgetBefore(playedSamples(this.#playout, now));
    this.#markEnd(reply);
  }

  get #portionMs(): number {
    return Math.min(PORTION_MS, this.#options.leadMs * MAX_PORTION_SHARE);
  }

  #fill(reply: Reply, room: number, now: Ms): void {
    const { tape } = reply;
    const end = Math.min(this.#playout.to + room, tape.end(reply.released ? 'all' : 'filler'));
    while (this.#playout.to < end) {
      const own = this.#playout.to >= tape.ownFrom;
      this.#send(tape.read(this.#playout.to, end - this.#playout.to), now);
      if (own && !reply.firstSent) {
        reply.firstSent = true;
        this.#options.onFirstSent(reply.turn);
      }
    }
  }

  #send(audio: Mulaw8k, now: Ms): void {
    this.#options.channel.send(audio);
    this.#levels.add(ms(Math.max(now, playheadMs(this.#playout))), audio);
    this.#playout = sent(this.#playout, now, audio.length);
  }

  #markEnd(reply: Reply): void {
    if (!reply.complete || !reply.released || reply.endMark !== 'unsent') return;
    if (reply.tape.length === 0 || this.#playout.to < reply.tape.length) return;
    reply.endMark = 'sent';
    this.#options.channel.mark(markName(this.#playout.generation, 'end'));
  }

  /** A mark came back. Returns false for a duplicate, a mark of a cleared generation or a name that is not ours. */
  markReturned(name: string): boolean {
    const mark = parseMark(name);
    const reply = this.#reply;
    if (mark?.generation !== this.#playout.generation || reply?.endMark !== 'sent') return false;
    reply.endMark = 'returned';
    this.#options.onPlayed(reply.turn);
    return true;
  }

  /**
   * What of this reply the caller has heard at `now`: the clauses that were played to their end, and of the one being
   * played the words that were. Filler is not in it.
   */
  heard(turn: number, now: Ms): { readonly text: string; readonly all: boolean } {
    const reply = this.#current(turn);
    if (reply === null) return { text: '', all: false };
    const played = this.#played(reply, now);
    return {
      text: reply.tape.heard(played, reply.complete),
      all: reply.complete && played >= reply.tape.length,
    };
  }

  /** What was added to this reply and has not been played, filler included; 0 for another turn. */
  remainingMs(turn: number, now: Ms): Ms {
    const reply = this.#current(turn);
    return reply === null ? ms(0) : samplesToMs(reply.tape.length - this.#played(reply, now), LINE_HZ);
  }

  /** The reply is complete, and of its last clause something has been played. */
  lastClauseBegun(turn: number, now: Ms): boolean {
    const reply = this.#current(turn);
    return reply?.complete === true && reply.tape.lastClauseBegun(this.#played(reply, now));
  }

  /** The loudest 20 ms that were played between two times of the last second; QUIETEST_DBFS where nothing was. */
  loudestDbfs(fromMs: Ms, toMs: Ms): number {
    return this.#levels.loudestDbfs(fromMs, toMs);
  }

  #sent(reply: Reply): number {
    return reply.onLine ? this.#playout.to : 0;
  }

  #played(reply: Reply, now: Ms): number {
    return reply.onLine ? playedSamples(this.#playout, now) : 0;
  }

  /** Stops playing at once and forgets the reply. A line that a pause has cleared is not cleared again. */
  stop(turn: number, now: Ms): void {
    const reply = this.#current(turn);
    if (reply === null) return;
    const used = reply.onLine && this.#playout.to > this.#playout.from;
    this.#reply = null;
    this.#playout = nextGeneration(this.#playout, now);
    if (used) this.#clear(now);
  }

  /** The reply was played, or never will be: forget it without touching the line. */
  forget(turn: number): void {
    if (this.#reply?.turn === turn) this.#reply = null;
  }
}
