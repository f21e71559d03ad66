// Moonshine tiny (8-bit) on ONNX Runtime: encodes audio, decodes several stretches of it together, and scores given texts.
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { BOS_TOKEN, EOS_TOKEN } from '../tokenizer.ts';
import { DecodeBatch, type EncodedSpeech } from './decode-batch.ts';
import { meanOfLastFrames } from './ending.ts';
import { CROSS_NAMES, PRESENT_NAMES, WIDTH } from './shape.ts';

export type { EncodedSpeech } from './decode-batch.ts';

/** What the model hears: 16 kHz mono. */
export const MOONSHINE_HZ = 16_000;
/** Texts scored in one run; more make the logits larger than the processor's caches without being faster. */
const SCORE_ROWS = 16;

const STEP_FETCHES = ['best', 'bestLogProb', ...PRESENT_NAMES];
const SCORE_FETCHES = ['targetLogProb'];
const EOS = BigInt(EOS_TOKEN);

export interface Hypothesis {
  /** Without BOS and EOS. */
  readonly tokens: readonly number[];
  /** Natural log-probability of each token, and last of EOS when `ended`. */
  readonly logProbs: readonly number[];
  /** False when the token limit ended it. */
  readonly ended: boolean;
}

export interface Decoded extends Hypothesis {
  /** Of the last token that was given to the decoder; see DecodeBatch. */
  readonly lastKey: Float32Array;
}

export interface DecodeRequest {
  readonly speech: EncodedSpeech;
  readonly maxTokens: number;
  /** Asked before each step: a text that nobody wants any more leaves the batch. */
  readonly isCancelled?: () => boolean;
  /** Takes EOS for a token like any other: a warm-up wants every step. */
  readonly untilLimit?: boolean;
}

export interface TextScore {
  readonly steps: readonly number[];
  readonly ends: readonly number[];
}

export interface MoonshineSessions {
  readonly encoder: InferenceSession;
  readonly cross: InferenceSession;
  readonly step: InferenceSession;
}

/** Not safe for concurrent use: the lane runs one request at a time. */
export class Moonshine {
  readonly #sessions: MoonshineSessions;

  constructor(sessions: MoonshineSessions) {
    this.#sessions = sessions;
  }

  /**
   * `samples` are 16 kHz in -1 to 1, at least 2,000 of them, because shorter audio has no frame after the convolutions.
   * One at a time: on a processor a batch of four takes as long as the four (61 against 62 ms for 3 s each), and the
   * encoder scales the activations of a whole batch together, so that rows would change each other.
   */
  async encode(samples: Float32Array): Promise<EncodedSpeech> {
    const input = new Tensor('float32', samples, [1, samples.length]);
    const encoded = await this.#sessions.encoder.run({ input_values: input });
    const hidden = encoded['last_hidden_state'] as Tensor;
    const output = await this.#sessions.cross.run({ hidden });
    return {
      frames: hidden.dims[1] ?? 0,
      cross: CROSS_NAMES.map((name) => output[name]?.data as Float32Array),
      lastFrames: meanOfLastFrames(hidden.data as Float32Array),
    };
  }

  /** Of each request the likeliest next token at each step, until its limit or EOS. A finished text leaves the batch. */
  async decode(requests: readonly DecodeRequest[]): Promise<Decoded[]> {
    if (requests.length === 0) return [];
    const batch = new DecodeBatch(requests.map(({ speech }) => speech));
    let texts = requests.map((request) => new GrowingText(request));
    const all = texts;
    for (;;) {
      const tokens = BigInt64Array.from(texts, (text) => BigInt(text.last));
      const output = await this.#sessions.step.run(batch.feeds(tokens, tokens), STEP_FETCHES);
      batch.advance(output, 1);
      const best = output['best']?.data as BigInt64Array;
      const logProbs = output['bestLogProb']?.data as Float32Array;
      texts.forEach((text, row) => {
        text.take(Number(best[row]), logProbs[row] ?? 0);
        if (text.isOver) text.lastKey = batch.lastKey(row);
      });
      const going = texts.flatMap((text, row) => (text.isOver ? [] : [row]));
      if (going.length === 0) return all.map((text) => text.decoded());
      if (going.length === texts.length) continue;
      batch.keep(going);
      texts = texts.filter((text) => !text.isOver);
    }
  }

  /**
   * For each text, the log-probability of its every token given those before it, and of EOS after each of them:
   * `ends[i]` belongs to the text cut after i tokens, so `ends` is one longer than `steps`.
   */
  async score(speech: EncodedSpeech, texts: readonly (readonly number[])[]): Promise<TextScore[]> {
    const scores: TextScore[] = [];
    for (let first = 0; first < texts.length; first += SCORE_ROWS) {
      scores.push(...(await this.#scoreRows(speech, texts.slice(first, first + SCORE_ROWS))));
    }
    return scores;
  }

  async release(): Promise<void> {
    const { encoder, cross, step } = this.#sessions;
    await Promise.all([encoder.release(), cross.release(), step.release()]);
  }

  async #scoreRows(speech: EncodedSpeech, texts: readonly (readonly number[])[]): Promise<TextScore[]> {
    const length = Math.max(...texts.map((text) => text.length)) + 1;
    const tokens = new BigInt64Array(texts.length * length).fill(EOS);
    const targets = new BigInt64Array(texts.length * length * 2).fill(EOS);
    texts.forEach((text, row) => {
      tokens[row * length] = BigInt(BOS_TOKEN);
      text.forEach((token, i) => {
        tokens[row * length + i + 1] = BigInt(token);
        targets[(row * length + i) * 2] = BigInt(token);
      });
    });
    const batch = new DecodeBatch(texts.map(() => speech));
    const output = await this.#sessions.step.run(batch.feeds(tokens, targets), SCORE_FETCHES);
    const logProbs = output['targetLogProb']?.data as Float32Array;
    return texts.map((text, row) => {
      const at = (position: number, which: 0 | 1): number =>
        logProbs[(row * length + position) * 2 + which] ?? 0;
      return {
        steps: text.map((_, i) => at(i, 0)),
        ends: Array.from({ length: text.length + 1 }, (_, i) => at(i, 1)),
      };
    });
  }
}

class GrowingText {
  readonly #request: DecodeRequest;
  readonly #tokens: number[] = [];
  readonly #logProbs: number[] = [];
  #ended = false;
  #full = false;
  lastKey: Float32Array = new Float32Array(WIDTH);

  constructor(request: DecodeRequest) {
    this.#request = request;
  }

  get last(): number {
    return this.#tokens.at(-1) ?? BOS_TOKEN;
  }

  get isOver(): boolean {
    return this.#ended || this.#full || this.#request.isCancelled?.() === true;
  }

  take(token: number, logProb: number): void {
    this.#ended = token === EOS_TOKEN && this.#request.untilLimit !== true;
    // EOS may still come where the limit is reached: then the text was whole.
    this.#full = !this.#ended && this.#tokens.length >= this.#request.maxTokens;
    if (this.#full) return;
    this.#logProbs.push(logProb);
    if (!this.#ended) this.#tokens.push(token);
  }

  decoded(): Decoded {
    const { lastKey } = this;
    return { tokens: this.#tokens, logProbs: this.#logProbs, ended: this.#ended, lastKey };
  }
}
