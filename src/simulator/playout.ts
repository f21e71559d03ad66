// Models how Twilio plays what the server sends: strictly in order at 8 kHz, marks in the queue, clear as documented.

/** At most ten minutes may be queued; what goes beyond is discarded (warning 31931). */
export const MAX_QUEUED_SAMPLES = 10 * 60 * 8000;
/** The documentation names no bound for marks; what goes beyond this many is discarded. */
export const MAX_PENDING_MARKS = 10_000;

interface Segment {
  readonly start: number;
  readonly samples: Int16Array;
}

interface PendingMark {
  readonly at: number;
  readonly name: string;
}

/** Every position and `now` is in samples at 8 kHz from the start of the stream, and `now` never goes back. */
export class Playout {
  #segments: Segment[] = [];
  #marks: PendingMark[] = [];
  #playhead = 0;
  #rendered = 0;
  #silence = new Int16Array(0);

  /** Queues audio behind what is there. False: more than ten minutes are queued, and it was discarded. */
  media(now: number, audio: Int16Array): boolean {
    const start = Math.max(now, this.#playhead);
    if (start + audio.length - now > MAX_QUEUED_SAMPLES) return false;
    if (audio.length > 0) this.#segments.push({ start, samples: audio });
    this.#playhead = start + audio.length;
    return true;
  }

  /** Queues a mark behind what is there; with nothing queued it is due at once. False: too many are pending. */
  mark(now: number, name: string): boolean {
    if (this.#marks.length >= MAX_PENDING_MARKS) return false;
    this.#marks.push({ at: Math.max(now, this.#playhead), name });
    return true;
  }

  /** Drops what has not been played and gives back the names of all pending marks, in the order they were sent. */
  clear(now: number): readonly string[] {
    this.#segments = this.#segments
      .filter((segment) => segment.start < now)
      .map(({ start, samples }) => ({ start, samples: samples.subarray(0, now - start) }));
    this.#playhead = now;
    const names = this.#marks.map((mark) => mark.name);
    this.#marks = [];
    return names;
  }

  /** Takes out the names of the marks that the playhead has reached by `now`, in the order they were sent. */
  takeDueMarks(now: number): readonly string[] {
    const due = this.#marks.filter((mark) => mark.at <= now);
    this.#marks = this.#marks.slice(due.length);
    return due.map((mark) => mark.name);
  }

  /** When the next mark is due; null when none is pending. */
  get nextMarkAt(): number | null {
    return this.#marks[0]?.at ?? null;
  }

  /** Whether anything is still to be played at `now`. */
  isBusy(now: number): boolean {
    return this.#playhead > now;
  }

  /**
   * What was played from the last rendered position up to `until` (zeros where nothing was). `until` is not after now.
   * For reading only: silence is shared between calls.
   */
  render(until: number): Int16Array {
    const from = this.#rendered;
    const [next] = this.#segments;
    if (next === undefined || next.start >= until) return this.#renderSilence(until);
    const out = new Int16Array(Math.max(0, until - from));
    while (this.#segments.length > 0) {
      const [segment] = this.#segments;
      if (segment === undefined || segment.start >= until) break;
      const end = segment.start + segment.samples.length;
      out.set(
        segment.samples.subarray(
          Math.max(0, from - segment.start),
          Math.min(segment.samples.length, until - segment.start),
        ),
        Math.max(0, segment.start - from),
      );
      if (end > until) break;
      this.#segments.shift();
    }
    this.#rendered = Math.max(from, until);
    return out;
  }

  /** Most of a call is silence of one frame at a time: it is always the same array. */
  #renderSilence(until: number): Int16Array {
    const count = Math.max(0, until - this.#rendered);
    this.#rendered = Math.max(this.#rendered, until);
    if (this.#silence.length !== count) this.#silence = new Int16Array(count);
    return this.#silence;
  }
}
