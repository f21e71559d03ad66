// Changes the sample rate of a stream with a band-limited polyphase filter.
import { designTable, type PhaseTable } from './polyphase.ts';
import { pcm, type Hz, type Pcm } from './units.ts';

/** One stream's resampler. The output is aligned with the input: the filter's delay is taken out. */
export interface Resampler {
  readonly from: Hz;
  readonly to: Hz;
  /** Takes any number of samples at `from` and gives those at `to` that are settled by now; about 4 ms stay inside. */
  process(samples: Int16Array): Int16Array;
  /** Gives the rest, so that n samples in became round(n * to / from) out, and begins a new stream. */
  flush(): Int16Array;
}

/** Input is worked off in pieces of this size at most, so that the memory of a stream is fixed. */
const BLOCK_SAMPLES = 4096;

/** One table per pair of rates, made when it is first asked for; `Hz` bounds their number. */
const tables = new Map<string, PhaseTable>();

export function createResampler(from: Hz, to: Hz): Resampler {
  if (from === to) return new SameRate(from);
  const key = `${from}:${to}`;
  const table = tables.get(key) ?? designTable(from, to);
  tables.set(key, table);
  return new PolyphaseResampler(from, to, table);
}

/** The whole of a recording at another rate: round(n * to / from.rate) samples. */
export function resample<R extends Hz>(audio: Pcm, to: R): Pcm<R> {
  const resampler = createResampler(audio.rate, to);
  const body = resampler.process(audio.samples);
  const tail = resampler.flush();
  const all = new Int16Array(body.length + tail.length);
  all.set(body);
  all.set(tail, body.length);
  return pcm(to, all);
}

class SameRate implements Resampler {
  readonly from: Hz;
  readonly to: Hz;

  constructor(rate: Hz) {
    this.from = rate;
    this.to = rate;
  }

  process(samples: Int16Array): Int16Array {
    return samples.slice();
  }

  flush(): Int16Array {
    return new Int16Array(0);
  }
}

class PolyphaseResampler implements Resampler {
  readonly from: Hz;
  readonly to: Hz;
  readonly #table: PhaseTable;
  /** Begins with the oldest input sample that a coming output sample needs. */
  readonly #input: Float64Array;
  #held = 0;
  #phase = 0;
  #samplesIn = 0;
  #samplesOut = 0;

  constructor(from: Hz, to: Hz, table: PhaseTable) {
    this.from = from;
    this.to = to;
    this.#table = table;
    this.#input = new Float64Array(table.taps + table.down + BLOCK_SAMPLES);
    this.#begin();
  }

  process(samples: Int16Array): Int16Array {
    const { up, down } = this.#table;
    const output = new Int16Array(Math.ceil(((this.#held + samples.length) * up) / down) + 1);
    let written = 0;
    for (let start = 0; start < samples.length; start += BLOCK_SAMPLES) {
      const block = samples.subarray(start, start + BLOCK_SAMPLES);
      this.#input.set(block, this.#held);
      this.#held += block.length;
      written += this.#convolve(output.subarray(written));
    }
    this.#samplesIn += samples.length;
    this.#samplesOut += written;
    return output.slice(0, written);
  }

  flush(): Int16Array {
    const total = Math.round((this.#samplesIn * this.to) / this.from);
    const missing = total - this.#samplesOut;
    const tail = this.process(new Int16Array(this.#table.half + this.#table.down)).slice(0, missing);
    this.#begin();
    return tail;
  }

  /** The first output sample lies on the first input sample, so silence stands where its earlier neighbours would be. */
  #begin(): void {
    this.#held = this.#table.half - 1;
    this.#input.fill(0, 0, this.#held);
    this.#phase = 0;
    this.#samplesIn = 0;
    this.#samplesOut = 0;
  }

  #convolve(output: Int16Array): number {
    const { up, down, taps, rows } = this.#table;
    const input = this.#input;
    let written = 0;
    let first = 0;
    let phase = this.#phase;
    while (first + taps <= this.#held) {
      output[written] = toInt16(dot(input, first, rows[phase] as Float64Array));
      written += 1;
      phase += down;
      const step = Math.floor(phase / up);
      phase -= step * up;
      first += step;
    }
    input.copyWithin(0, first, this.#held);
    this.#held -= first;
    this.#phase = phase;
    return written;
  }
}

/** Four sums side by side, because one running sum waits for each addition; always in this order, so results repeat. */
function dot(input: Float64Array, first: number, row: Float64Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let tap = 0; tap < row.length; tap += 4) {
    a += at(input, first + tap) * at(row, tap);
    b += at(input, first + tap + 1) * at(row, tap + 1);
    c += at(input, first + tap + 2) * at(row, tap + 2);
    d += at(input, first + tap + 3) * at(row, tap + 3);
  }
  return a + b + (c + d);
}

/** Every index is inside by construction, which the type of an element cannot say. */
function at(values: Float64Array, index: number): number {
  return values[index] as number;
}

function toInt16(value: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(value)));
}
