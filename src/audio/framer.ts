// Cuts a stream of sample chunks of any sizes into frames of one fixed size.

/** Gets each full frame. The frame is the receiver's own: the framer never writes to it again. */
export type FrameSink = (frame: Int16Array) => void;

/**
 * Holds at most `size - 1` samples, so it needs no overflow policy. Every sample is copied once, into the frame that
 * carries it, and the same samples give the same frames in whatever chunks they come.
 */
export class Framer {
  readonly size: number;
  #frame: Int16Array;
  #filled = 0;

  /** @throws RangeError when `size` is not a positive whole number of samples. */
  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`A frame holds a positive whole number of samples, not ${size}.`);
    }
    this.size = size;
    this.#frame = new Int16Array(size);
  }

  /** Samples that wait for the rest of their frame: 0 to `size - 1`. */
  get pending(): number {
    return this.#filled;
  }

  /** Adds any number of samples and hands over every frame that they complete, in order. */
  push(samples: Int16Array, sink: FrameSink): void {
    let taken = 0;
    while (taken < samples.length) {
      const count = Math.min(this.size - this.#filled, samples.length - taken);
      this.#frame.set(samples.subarray(taken, taken + count), this.#filled);
      this.#filled += count;
      taken += count;
      if (this.#filled === this.size) this.#handOver(sink);
    }
  }

  /** Drops what is pending; the next sample begins a frame. */
  reset(): void {
    this.#filled = 0;
  }

  #handOver(sink: FrameSink): void {
    const frame = this.#frame;
    this.#frame = new Int16Array(this.size);
    this.#filled = 0;
    sink(frame);
  }
}
