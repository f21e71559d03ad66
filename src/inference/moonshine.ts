// Moonshine tiny (8-bit) on ONNX Runtime: encodes audio once, decodes it greedily, and scores given texts against it.
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { DeviceSetting } from './device.ts';
import type { ModelReport } from './messages.ts';
import { openSession, type OpenedSession } from './sessions.ts';
import { BOS_TOKEN, EOS_TOKEN } from './tokenizer.ts';

/** What the model hears: 16 kHz mono. */
export const MOONSHINE_HZ = 16_000;

const LAYERS = 6;
const HEADS = 8;
const HEAD_WIDTH = 36;
const VOCABULARY = 32_768;
/** Texts scored in one run; more make the logits larger than the processor's caches without being faster. */
const SCORE_ROWS = 16;

const LAYER_NAMES = Array.from({ length: LAYERS }, (_, layer) => layer);
const DECODER_CACHE = LAYER_NAMES.flatMap((layer) => [`${layer}.decoder.key`, `${layer}.decoder.value`]);
const ENCODER_CACHE = LAYER_NAMES.flatMap((layer) => [`${layer}.encoder.key`, `${layer}.encoder.value`]);
const FIRST_FETCHES = ['logits', ...[...DECODER_CACHE, ...ENCODER_CACHE].map((name) => `present.${name}`)];
const LATER_FETCHES = ['logits', ...DECODER_CACHE.map((name) => `present.${name}`)];

/** Where it runs, and where its optimized graphs are kept. */
export interface MoonshinePlace {
  readonly device: DeviceSetting;
  readonly cacheFolder: string | null;
}

/** One stretch of audio after the encoder. */
export interface EncodedSpeech {
  readonly hidden: Tensor;
}

export interface Hypothesis {
  /** Without BOS and EOS. */
  readonly tokens: readonly number[];
  /** Natural log-probability of each token, and last of EOS when `ended`. */
  readonly logProbs: readonly number[];
  /** False when the token limit ended it. */
  readonly ended: boolean;
}

/** Not safe for concurrent use: the lane runs one request at a time. */
export class Moonshine {
  readonly models: readonly ModelReport[];
  readonly #encoder: InferenceSession;
  readonly #decoder: InferenceSession;

  private constructor(encoder: OpenedSession, decoder: OpenedSession) {
    this.models = [encoder.report, decoder.report];
    this.#encoder = encoder.session;
    this.#decoder = decoder.session;
  }

  /** @throws SetupError */
  static async load(threads: number, { device, cacheFolder }: MoonshinePlace): Promise<Moonshine> {
    // Folds the dequantized vocabulary matrix once instead of at every step: 37 MB for a third of the time.
    const configuration = { 'session.disable_quant_qdq': '1' };
    const common = { device, threads, cacheFolder, configuration };
    const encoder = await openSession({ ...common, model: 'moonshineEncoder' });
    const decoder = await openSession({ ...common, model: 'moonshineDecoder' });
    return new Moonshine(encoder, decoder);
  }

  /** `samples` are 16 kHz in -1 to 1, at least 2,000 of them, because shorter audio has no frame after the convolutions. */
  async encode(samples: Float32Array): Promise<EncodedSpeech> {
    const input = new Tensor('float32', samples, [1, samples.length]);
    const output = await this.#encoder.run({ input_values: input });
    return { hidden: output['last_hidden_state'] as Tensor };
  }

  /** The likeliest next token at each step, until `maxTokens` or, unless a warm-up wants every step, EOS. */
  async decode(speech: EncodedSpeech, maxTokens: number, stopAtEos = true): Promise<Hypothesis> {
    const tokens: number[] = [];
    const logProbs: number[] = [];
    let feeds = decoderFeeds(speech.hidden, [[BOS_TOKEN]]);
    for (let step = 0; ; step += 1) {
      const output = await this.#decoder.run(feeds, step === 0 ? FIRST_FETCHES : LATER_FETCHES);
      const best = likeliest(output['logits']?.data as Float32Array);
      if (best.token === EOS_TOKEN && stopAtEos) {
        return { tokens, logProbs: [...logProbs, best.logProb], ended: true };
      }
      if (step >= maxTokens) return { tokens, logProbs, ended: false };
      tokens.push(best.token);
      logProbs.push(best.logProb);
      feeds = nextFeeds(feeds, output, best.token);
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

  async #scoreRows(speech: EncodedSpeech, texts: readonly (readonly number[])[]): Promise<TextScore[]> {
    const length = Math.max(...texts.map((text) => text.length)) + 1;
    const rows = texts.map((text) => [
      BOS_TOKEN,
      ...text,
      ...Array<number>(length - 1 - text.length).fill(EOS_TOKEN),
    ]);
    const output = await this.#decoder.run(decoderFeeds(repeat(speech.hidden, rows.length), rows), [
      'logits',
    ]);
    const logits = output['logits']?.data as Float32Array;
    return texts.map((text, row) => {
      const at = (position: number): Float32Array => {
        const start = (row * length + position) * VOCABULARY;
        return logits.subarray(start, start + VOCABULARY);
      };
      const positions = Array.from({ length: text.length + 1 }, (_, position) => at(position));
      const norms = positions.map(logSumExp);
      return {
        steps: text.map((token, i) => (positions[i]?.[token] ?? 0) - (norms[i] ?? 0)),
        ends: positions.map((values, i) => (values[EOS_TOKEN] ?? 0) - (norms[i] ?? 0)),
      };
    });
  }

  async release(): Promise<void> {
    await this.#encoder.release();
    await this.#decoder.release();
  }
}

export interface TextScore {
  readonly steps: readonly number[];
  readonly ends: readonly number[];
}

/** Feeds of a first run: no cache yet, one row of equal length per text. */
function decoderFeeds(hidden: Tensor, rows: readonly (readonly number[])[]): Record<string, Tensor> {
  const batch = rows.length;
  const ids = BigInt64Array.from(rows.flat(), BigInt);
  const none = new Tensor('float32', new Float32Array(0), [batch, HEADS, 0, HEAD_WIDTH]);
  const feeds: Record<string, Tensor> = {
    input_ids: new Tensor('int64', ids, [batch, rows[0]?.length ?? 0]),
    encoder_hidden_states: hidden,
    use_cache_branch: new Tensor('bool', Uint8Array.of(0), [1]),
  };
  for (const name of [...DECODER_CACHE, ...ENCODER_CACHE]) feeds[`past_key_values.${name}`] = none;
  return feeds;
}

/** Feeds of a later step: the decoder's cache grows by one, the encoder's part stays as the first run gave it. */
function nextFeeds(
  before: Record<string, Tensor>,
  output: InferenceSession.OnnxValueMapType,
  token: number,
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {
    ...before,
    input_ids: new Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]),
    use_cache_branch: new Tensor('bool', Uint8Array.of(1), [1]),
  };
  for (const [name, value] of Object.entries(output)) {
    if (name !== 'logits') feeds[name.replace('present', 'past_key_values')] = value;
  }
  return feeds;
}

function repeat(hidden: Tensor, rows: number): Tensor {
  const one = hidden.data as Float32Array;
  const all = new Float32Array(one.length * rows);
  for (let row = 0; row < rows; row += 1) all.set(one, row * one.length);
  return new Tensor('float32', all, [rows, ...hidden.dims.slice(1)]);
}

function likeliest(logits: Float32Array): { token: number; logProb: number } {
  let token = 0;
  let top = -Infinity;
  for (let i = 0; i < logits.length; i += 1) {
    const value = logits[i] as number;
    if (value > top) {
      top = value;
      token = i;
    }
  }
  return { token, logProb: top - logSumExp(logits) };
}

function logSumExp(logits: Float32Array): number {
  let top = -Infinity;
  for (let i = 0; i < logits.length; i += 1) top = Math.max(top, logits[i] as number);
  let sum = 0;
  for (let i = 0; i < logits.length; i += 1) {
    const distance = (logits[i] as number) - top;
    // Beyond this distance a token adds less than rounding does.
    if (distance > -25) sum += Math.exp(distance);
  }
  return top + Math.log(sum);
}
