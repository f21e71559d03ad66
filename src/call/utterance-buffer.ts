// The last half minute of caller audio, addressed by media time, so that a turn's words can be cut out of it.
import { LINE_HZ, ms, msToSamples, pcm, samplesToMs, type Ms, type Pcm } from '../audio/units.ts';

/** A ring of 8 kHz samples. Overflow policy: the oldest audio is overwritten. */
export class UtteranceBuffer {
  readonly #ring: Int16Array;
  readonly #originMs: Ms;
  #written = 0;

  /** `originMs` is the media time of the first sample that will be written. */
  constructor(capacityMs: Ms, originMs: Ms) {
    this.#ring = new Int16Array(msToSamples(capacityMs, LINE_HZ));
    this.#originMs = originMs;
  }

  /** Media time of the end of what was written. */
  get endMs(): Ms {
    return ms(this.#originMs + samplesToMs(this.#written, LINE_HZ));
  }

  write(samples: Int16Array): void {
    const size = this.#ring.length;
    const tail = samples.length > size ? samples.subarray(samples.length - size) : samples;
    const start = (this.#written + samples.length - tail.length) % size;
    const head = Math.min(tail.length, size - start);
    this.#ring.set(tail.subarray(0, head), start);
    this.#ring.set(tail.subarray(head), 0);
    this.#written += samples.length;
  }

  /** A copy of the audio between two media times, cut to what is still held. */
  read(fromMs: Ms, toMs: Ms): Pcm<8000> {
    const size = this.#ring.length;
    const oldest = Math.max(0, this.#written - size);
    const from = Math.min(this.#written, Math.max(oldest, msToSamples(fromMs - this.#originMs, LINE_HZ)));
    const to = Math.min(this.#written, Math.max(from, msToSamples(toMs - this.#originMs, LINE_HZ)));
    const out = new Int16Array(to - from);
    const start = from % size;
    const head = Math.min(out.length, size - start);
    out.set(this.#ring.subarray(start, start + head), 0);
    out.set(this.#ring.subarray(0, out.length - head), head);
    return pcm(8000, out);
  }
}
