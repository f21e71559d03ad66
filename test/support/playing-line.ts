// A line that plays what it is sent, sample by sample on the test's clock, and returns marks as Twilio does.
import type { Mulaw8k } from '../../src/audio/units.ts';
import type { MediaChannel } from '../../src/ports/media-channel.ts';

/** Times in ms; `now` is moved by the test and never goes back. */
export class PlayingLine implements MediaChannel {
  readonly callSid = 'CA1';
  readonly streamSid = 'MZ1';
  /** What came out of the line, in order. */
  readonly played: number[] = [];
  readonly marks: string[] = [];
  /** Marks that came back, played or cleared. */
  readonly returned: string[] = [];
  readonly sentMs: number[] = [];
  clears = 0;
  now = 0;
  #queue: (number | string)[] = [];
  #clockSamples = 0;

  /** Plays up to `now`. */
  advance(byMs: number): void {
    this.now += byMs;
    this.#play();
  }

  #play(): void {
    const until = Math.floor(this.now * 8);
    let free = until - this.#clockSamples;
    this.#clockSamples = until;
    while (this.#queue.length > 0) {
      const [next] = this.#queue;
      if (typeof next === 'string') this.returned.push(next);
      else if (free > 0 && next !== undefined) {
        this.played.push(next);
        free -= 1;
      } else return;
      this.#queue.shift();
    }
  }

  /** Samples that were sent and not played. */
  get queuedMs(): number {
    return this.#queue.filter((entry) => typeof entry === 'number').length / 8;
  }

  send(audio: Mulaw8k): void {
    this.sentMs.push(audio.length / 8);
    this.#queue.push(...audio);
  }

  mark(name: string): void {
    this.marks.push(name);
    this.#queue.push(name);
    this.#play();
  }

  clear(): void {
    this.clears += 1;
    this.returned.push(...this.#queue.filter((entry) => typeof entry === 'string'));
    this.#queue = [];
  }

  close(): void {
    throw new Error('not implemented');
  }
}
