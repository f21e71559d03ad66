// Silero v6 voice activity at 8 kHz: many calls in one run, each with a state of its own.
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { LaneModel, ModelReport, VadJob, VadResult, WarmupStep } from './messages.ts';
import { openSession, type OpenedSession } from './sessions.ts';
import { timed } from './timed.ts';

const WINDOW_SAMPLES = 256;
/** The model also sees the end of the window before. */
const CONTEXT_SAMPLES = 32;
const ROW_SAMPLES = CONTEXT_SAMPLES + WINDOW_SAMPLES;
const STATE_WIDTH = 128;
/** Measured: 51 us a window at 64 rows, 92 us at 256. */
const MAX_ROWS = 64;
const WARMUP_ROWS = [1, 2, 4, 8, 16, 32, MAX_ROWS];
const FULL_SCALE = 32_768;

/** Two recurrent layers and the context, zero at the start of a stream. */
interface SlotState {
  readonly layers: readonly [Float32Array, Float32Array];
  readonly context: Float32Array;
}

export class VadLane implements LaneModel<VadJob, VadResult> {
  readonly models: readonly ModelReport[];
  readonly #session: InferenceSession;
  readonly #slots: readonly SlotState[];
  /** Rows of one run, reused: the run copies its inputs before it returns. */
  readonly #input = new Float32Array(MAX_ROWS * ROW_SAMPLES);
  readonly #state = new Float32Array(2 * MAX_ROWS * STATE_WIDTH);
  readonly #rate = new Tensor('int64', BigInt64Array.of(8000n), []);

  private constructor({ session, report }: OpenedSession, slots: number) {
    this.models = [report];
    this.#session = session;
    this.#slots = Array.from({ length: slots }, () => ({
      layers: [new Float32Array(STATE_WIDTH), new Float32Array(STATE_WIDTH)],
      context: new Float32Array(CONTEXT_SAMPLES),
    }));
  }

  /**
   * On the CPU whatever the device: a batch takes less time there than the way to a GPU and back.
   * @throws SetupError
   */
  static async load(slots: number, cacheFolder: string | null = null): Promise<VadLane> {
    const opened = await openSession({ model: 'sileroVad', device: 'cpu', threads: 1, cacheFolder });
    return new VadLane(opened, slots);
  }

  /** Uses slot states as they come and leaves all of them fresh. */
  async warmUp(): Promise<readonly WarmupStep[]> {
    const steps: WarmupStep[] = [];
    for (const rows of WARMUP_ROWS.filter((count) => count <= this.#slots.length)) {
      const job: VadJob = {
        slots: Uint16Array.from({ length: rows }, (_, slot) => slot),
        samples: new Int16Array(rows * WINDOW_SAMPLES),
      };
      for (let round = 1; round <= 2; round += 1) {
        steps.push(await timed(`${rows} windows, round ${round}`, () => this.run(job)));
      }
    }
    for (let slot = 0; slot < this.#slots.length; slot += 1) this.forget(slot);
    return steps;
  }

  /** @throws RangeError for a slot twice in a job, a slot that does not exist, or samples that do not fit. */
  async run(job: VadJob): Promise<VadResult> {
    const count = job.slots.length;
    if (job.samples.length !== count * WINDOW_SAMPLES)
      throw new RangeError('The windows do not fit the slots.');
    if (new Set(job.slots).size !== count) throw new RangeError('A slot is named twice.');
    const probabilities = new Float32Array(count);
    for (let first = 0; first < count; first += MAX_ROWS) {
      const slots = job.slots.subarray(first, first + MAX_ROWS);
      const samples = job.samples.subarray(first * WINDOW_SAMPLES, (first + slots.length) * WINDOW_SAMPLES);
      probabilities.set(await this.#runRows(slots, samples), first);
    }
    return { probabilities };
  }

  forget(slot: number): void {
    const state = this.#slot(slot);
    state.context.fill(0);
    state.layers[0].fill(0);
    state.layers[1].fill(0);
  }

  async release(): Promise<void> {
    await this.#session.release();
  }

  async #runRows(slots: Uint16Array, samples: Int16Array): Promise<Float32Array> {
    const rows = slots.length;
    const layer = rows * STATE_WIDTH;
    slots.forEach((slot, row) => {
      const state = this.#slot(slot);
      this.#state.set(state.layers[0], row * STATE_WIDTH);
      this.#state.set(state.layers[1], layer + row * STATE_WIDTH);
      const start = row * ROW_SAMPLES;
      this.#input.set(state.context, start);
      for (let i = 0; i < WINDOW_SAMPLES; i += 1) {
        const sample = samples[row * WINDOW_SAMPLES + i] ?? 0;
        this.#input[start + CONTEXT_SAMPLES + i] = sample / FULL_SCALE;
      }
      state.context.set(this.#input.subarray(start + WINDOW_SAMPLES, start + ROW_SAMPLES));
    });
    const output = await this.#session.run({
      input: new Tensor('float32', this.#input.subarray(0, rows * ROW_SAMPLES), [rows, ROW_SAMPLES]),
      state: new Tensor('float32', this.#state.subarray(0, 2 * layer), [2, rows, STATE_WIDTH]),
      sr: this.#rate,
    });
    const next = output['stateN']?.data as Float32Array;
    slots.forEach((slot, row) => {
      const { layers } = this.#slot(slot);
      layers[0].set(next.subarray(row * STATE_WIDTH, (row + 1) * STATE_WIDTH));
      layers[1].set(next.subarray(layer + row * STATE_WIDTH, layer + (row + 1) * STATE_WIDTH));
    });
    return output['output']?.data as Float32Array;
  }

  #slot(slot: number): SlotState {
    const state = this.#slots[slot];
    if (state === undefined) throw new RangeError(`There is no slot ${slot}.`);
    return state;
  }
}
