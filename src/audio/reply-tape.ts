// The audio of one reply in playing order, addressed by position: filler first, then the clauses with their texts.
import { wordsHeard } from './heard-words.ts';
import { LINE_HZ, mulaw8k, ms, msToSamples, type Mulaw8k } from './units.ts';

/** A filler is a short phrase or two. Overflow policy: more than this is refused. */
const MAX_FILLER_MS = ms(5_000);

/** Positions within the clauses' audio, filler not counted. */
interface Clause {
  readonly text: string;
  readonly from: number;
  to: number;
}

interface Piece {
  readonly clause: number;
  readonly from: number;
  /** One byte a sample; maybe other calls' audio as well, so never written to. */
  readonly audio: Mulaw8k;
}

/** Which part of a reply may be played: its own audio waits until the turn is the agent's. */
export type Playable = 'filler' | 'all';

/**
 * Positions count samples from the beginning of the filler. Holds the texts of the reply and the audio from the clause
 * being played on. Bounded by the responder's limits: a clause is at most 1,000 characters of speech.
 */
export class ReplyTape {
  readonly #clauses: Clause[] = [];
  readonly #filler: Mulaw8k[] = [];
  #pieces: Piece[] = [];
  #fillerSamples = 0;
  #ownSamples = 0;

  /** The position after the last audio so far. */
  get length(): number {
    return this.#fillerSamples + this.#ownSamples;
  }

  /** The clauses' audio begins at this position. */
  get ownFrom(): number {
    return this.#fillerSamples;
  }

  /** The position after the last audio that may be played. */
  end(playable: Playable): number {
    return playable === 'all' ? this.length : this.#fillerSamples;
  }

  addClause(text: string): void {
    this.#clauses.push({ text, from: this.#ownSamples, to: this.#ownSamples });
  }

  /** Audio of the clause that was added last. */
  add(audio: Mulaw8k): void {
    if (this.#clauses.length === 0) this.addClause('');
    const clause = this.#clauses.length - 1;
    this.#pieces.push({ clause, from: this.#ownSamples, audio });
    this.#ownSamples += audio.length;
    const last = this.#clauses[clause];
    if (last !== undefined) last.to = this.#ownSamples;
  }

  /** Goes behind earlier filler and before the clauses; `sent` is how far the line has been given the tape. */
  addFiller(audio: Mulaw8k, sent: number): boolean {
    const fits = this.#fillerSamples + audio.length <= msToSamples(MAX_FILLER_MS, LINE_HZ);
    if (sent > this.#fillerSamples || !fits) return false;
    this.#filler.push(audio);
    this.#fillerSamples += audio.length;
    return true;
  }

  /**
   * One to `count` samples from `position` on, fewer at the end of a piece.
   * @throws RangeError where there is no audio: a caller that waits for it would wait for ever.
   */
  read(position: number, count: number): Mulaw8k {
    const own = position - this.#fillerSamples;
    if (own < 0) return cut(this.#filler, position, count);
    const piece = this.#pieces.find(({ from, audio }) => own < from + audio.length);
    return cut(piece === undefined ? [] : [piece.audio], own - (piece?.from ?? 0), count);
  }

  /** Lets go of the audio of clauses that ended before `played`. */
  forgetBefore(played: number): void {
    const current = this.#clauses.findIndex(({ to }) => to > played - this.#fillerSamples);
    const first = this.#pieces[0];
    if (first === undefined || current < 0 || first.clause >= current) return;
    this.#pieces = this.#pieces.filter(({ clause }) => clause >= current);
  }

  /** The texts of the clauses whose end is before `played`, and of the one being played the words. */
  heard(played: number, complete: boolean): string {
    const own = played - this.#fillerSamples;
    const texts = this.#clauses.map((clause, index) => {
      if (clause.to === clause.from || own <= clause.from) return '';
      const whole = complete || index < this.#clauses.length - 1;
      if (whole && own >= clause.to) return clause.text;
      const audio = this.#pieces.filter((piece) => piece.clause === index).map((piece) => piece.audio);
      return wordsHeard({ text: clause.text, audio, whole }, own - clause.from);
    });
    return texts.filter((text) => text !== '').join(' ');
  }

  /** Whether something of the last clause that has audio lies before `played`. */
  lastClauseBegun(played: number): boolean {
    const last = this.#clauses.findLast(({ from, to }) => to > from);
    return last !== undefined && played - this.#fillerSamples > last.from;
  }
}

function cut(pieces: readonly Mulaw8k[], position: number, count: number): Mulaw8k {
  let start = position;
  for (const piece of pieces) {
    if (start < piece.length) return mulaw8k(piece.subarray(start, start + count));
    start -= piece.length;
  }
  throw new RangeError(`There is no audio ${start} samples behind the tape's end.`);
}
