// The rows of a running decoder batch: what they keep of the audio and of the text so far, and how rows leave it.
import { Tensor } from 'onnxruntime-node';
import { CROSS_NAMES, HEADS, HEAD_WIDTH, LAYERS, PAST_NAMES, PRESENT_NAMES, WIDTH } from './shape.ts';

/** One stretch of audio after the encoder: keys and values of each layer, each [heads, frames, head width]. */
export interface EncodedSpeech {
  readonly frames: number;
  /** In the order of CROSS_NAMES. */
  readonly cross: readonly Float32Array[];
  /** How the voice sounds where it stops; see ending.ts. */
  readonly lastFrames: Float32Array;
}

export type Feeds = Record<string, Tensor>;
/**
 * Sums over frames are taken in vectors of up to 16 floats: padded to whole vectors, a row's figures are the same to the
 * last bit whatever the longest row of its batch is (60 clips in batches of 2, 4 and 8; without it 1 in 7 differs).
 */
const FRAMES_UNIT = 16;
/** Added to a score, it leaves nothing of a frame after the softmax. */
const MASKED = -1e4;
const ROW_OF_FRAME = HEADS * HEAD_WIDTH;
const LAST_KEYS = PAST_NAMES.indexOf(`past.${LAYERS - 1}.key`);

/** Shorter audio is padded to the longest; the mask keeps the padding unheard. */
export class DecodeBatch {
  readonly #frames: number;
  readonly #cross: readonly Float32Array[];
  readonly #lengths: number[];
  #past: readonly Float32Array[] = PAST_NAMES.map(() => new Float32Array(0));
  #pastTokens = 0;

  /** One row per speech; the same speech may stand several times. */
  constructor(speeches: readonly EncodedSpeech[]) {
    this.#lengths = speeches.map(({ frames }) => frames);
    this.#frames = Math.ceil(Math.max(...this.#lengths) / FRAMES_UNIT) * FRAMES_UNIT;
    const [first] = speeches;
    this.#cross =
      speeches.length === 1 && first?.frames === this.#frames
        ? first.cross
        : CROSS_NAMES.map((_, index) => padded(speeches, index, this.#frames));
  }

  get rows(): number {
    return this.#lengths.length;
  }

  /** `tokens` and `targets` hold the same number of each row's, one row behind the other. */
  feeds(tokens: BigInt64Array, targets: BigInt64Array): Feeds {
    const { rows } = this;
    const fresh = tokens.length / rows;
    const asked = targets.length / tokens.length;
    const positions = new BigInt64Array(tokens.length);
    for (let i = 0; i < positions.length; i += 1) positions[i] = BigInt(this.#pastTokens + (i % fresh));
    const feeds: Feeds = {
      tokens: new Tensor('int64', tokens, [rows, fresh]),
      positions: new Tensor('int64', positions, [rows, fresh]),
      targets: new Tensor('int64', targets, [rows, fresh, asked]),
      mask: new Tensor('float32', this.#mask(fresh), [rows, 1, fresh, this.#frames]),
    };
    const put = (names: readonly string[], data: readonly Float32Array[], length: number): void => {
      const size = rows * ROW_OF_FRAME * length;
      names.forEach((name, i) => {
        const values = data[i]?.subarray(0, size) ?? new Float32Array(0);
        feeds[name] = new Tensor('float32', values, [rows, HEADS, length, HEAD_WIDTH]);
      });
    };
    put(CROSS_NAMES, this.#cross, this.#frames);
    put(PAST_NAMES, this.#past, this.#pastTokens);
    return feeds;
  }

  /** After a run over `tokens` tokens of each row: its `present.*` are the past of the next. */
  advance(output: Readonly<Record<string, Tensor>>, tokens: number): void {
    this.#past = PRESENT_NAMES.map((name) => output[name]?.data as Float32Array);
    this.#pastTokens += tokens;
  }

  /** What the last layer looks the row's last token up by: it stands for the whole text so far, heard with its audio. */
  lastKey(row: number): Float32Array {
    const keys = this.#past[LAST_KEYS];
    const key = new Float32Array(WIDTH);
    for (let head = 0; head < HEADS; head += 1) {
      const end = (row * HEADS + head + 1) * this.#pastTokens * HEAD_WIDTH;
      key.set(keys?.subarray(end - HEAD_WIDTH, end) ?? [], head * HEAD_WIDTH);
    }
    return key;
  }

  /** Keeps the rows of these numbers, in rising order, and drops the others. */
  keep(rows: readonly number[]): void {
    for (const cache of this.#cross) moveRows(cache, rows, ROW_OF_FRAME * this.#frames);
    for (const cache of this.#past) moveRows(cache, rows, ROW_OF_FRAME * this.#pastTokens);
    const kept = rows.map((row) => this.#lengths[row] ?? 0);
    this.#lengths.splice(0, this.#lengths.length, ...kept);
  }

  #mask(fresh: number): Float32Array {
    const mask = new Float32Array(this.rows * fresh * this.#frames);
    this.#lengths.forEach((length, row) => {
      if (length === this.#frames) return;
      for (let token = 0; token < fresh; token += 1) {
        const start = (row * fresh + token) * this.#frames;
        mask.fill(MASKED, start + length, start + this.#frames);
      }
    });
    return mask;
  }
}

function padded(speeches: readonly EncodedSpeech[], index: number, frames: number): Float32Array {
  const all = new Float32Array(speeches.length * ROW_OF_FRAME * frames);
  speeches.forEach((speech, row) => {
    const one = speech.cross[index];
    if (one === undefined) return;
    const length = speech.frames * HEAD_WIDTH;
    for (let head = 0; head < HEADS; head += 1) {
      all.set(one.subarray(head * length, (head + 1) * length), (row * HEADS + head) * frames * HEAD_WIDTH);
    }
  });
  return all;
}

function moveRows(cache: Float32Array, rows: readonly number[], size: number): void {
  rows.forEach((from, to) => {
    if (from !== to) cache.copyWithin(to * size, from * size, (from + 1) * size);
  });
}
