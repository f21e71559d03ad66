// Speech to text: a batch of items in, of each its free transcript or one of the phrases expected.
import { LINE_HZ } from '../audio/units.ts';
import type { LaneModel, ModelReport, SttItem, SttJob, SttResult, SttText, WarmupStep } from './messages.ts';
import type { Verdict } from './expected.ts';
import { endingFeatures, endingOf } from './moonshine/ending.ts';
import { loadMoonshine, type LoadedMoonshine, type MoonshinePlace } from './moonshine/load.ts';
import {
  MOONSHINE_HZ,
  type DecodeRequest,
  type EncodedSpeech,
  type Moonshine,
} from './moonshine/moonshine.ts';
import { PhrasePriors } from './phrase-priors.ts';
import { NOTHING_HEARD, recognize } from './recognition.ts';
import { STT_ROWS, STT_SECONDS } from './settings.ts';
import { silentInput, speechInput } from './speech-input.ts';
import { timed } from './timed.ts';
import { tokensOf } from './tokenizer.ts';

/** English needs at most 6.5 tokens a second; the limit is what stops a loop. */
const TOKENS_PER_SECOND = 6.5;
/** One short word and its punctuation always fit. */
const MIN_TOKENS = 6;
/** The model is trained on up to 30 s. */
const MAX_SECONDS = 30;
const WARMUP_SECONDS = [0.8, 1, 2, 4, 8, 15, MAX_SECONDS];
const WARMUP_ROWS = [1, 2, 4, STT_ROWS];
const WARMUP_TOKENS = 4;

interface Listening extends DecodeRequest {
  readonly item: SttItem;
  readonly index: number;
  readonly speechMs: number;
}

export class SttLane implements LaneModel<SttJob, SttResult> {
  readonly models: readonly ModelReport[];
  /** Told of each decision between expected phrases and free transcript: benches look for thresholds by it. */
  onVerdict: ((verdict: Verdict) => void) | null = null;
  /** Told of what each item's end is judged by: benches judge it with other weights. */
  onEnding: ((features: Float32Array) => void) | null = null;
  /** The model's input is rounded up to whole steps of this length with silence behind the speech; 0 leaves it. */
  inputStepMs = 0;

  readonly #moonshine: Moonshine;
  readonly #priors: PhrasePriors;
  #silence: EncodedSpeech | null = null;

  private constructor({ moonshine, models }: LoadedMoonshine) {
    this.#moonshine = moonshine;
    this.models = models;
    this.#priors = new PhrasePriors(async (texts) => {
      this.#silence ??= await moonshine.encode(silentInput());
      return moonshine.score(this.#silence, texts);
    });
  }

  /** @throws SetupError */
  static async load(
    threads: number,
    place: Omit<MoonshinePlace, 'threads'> = { device: 'cpu', cacheFolder: null },
  ): Promise<SttLane> {
    return new SttLane(
      await loadMoonshine({ threads, device: place.device, cacheFolder: place.cacheFolder }),
    );
  }

  /** Every length and batch twice: the first run allocates, the second finds the memory pattern. */
  async warmUp(): Promise<readonly WarmupStep[]> {
    const steps: WarmupStep[] = [];
    for (let round = 1; round <= 2; round += 1) {
      for (const seconds of WARMUP_SECONDS) {
        steps.push(await timed(`${seconds} s, round ${round}`, () => this.#exercise(seconds)));
      }
    }
    return steps;
  }

  /** `isDropped` is asked before each item's audio is encoded and before each step of its text. */
  async run(job: SttJob, isDropped: (item: number) => boolean = () => false): Promise<SttResult> {
    const items = job.items.map((): SttText => NOTHING_HEARD);
    const heard: Listening[] = [];
    for (const [index, item] of job.items.entries()) {
      const input = isDropped(index)
        ? null
        : speechInput(item.samples.subarray(0, MAX_SECONDS * LINE_HZ), this.inputStepMs);
      if (input === null) continue;
      const { samples, speechMs } = input;
      const speech = await this.#moonshine.encode(samples);
      const maxTokens = Math.max(MIN_TOKENS, Math.ceil((TOKENS_PER_SECOND * speechMs) / 1000));
      heard.push({ item, index, speechMs, speech, maxTokens, isCancelled: () => isDropped(index) });
    }
    const hypotheses = await this.#moonshine.decode(heard);
    for (const [row, { item, index, speechMs, speech }] of heard.entries()) {
      const hypothesis = hypotheses[row];
      if (hypothesis === undefined || isDropped(index)) continue;
      const features = endingFeatures(speech.lastFrames, hypothesis.lastKey);
      this.onEnding?.(features);
      items[index] = await recognize(
        { hypothesis, speechMs, expected: item.expected, ending: endingOf(features) },
        {
          score: (texts) => this.#moonshine.score(speech, texts),
          priors: this.#priors,
          onVerdict: (verdict) => this.onVerdict?.(verdict),
        },
      );
    }
    return { items };
  }

  forget(): void {
    // Nothing is kept between requests.
  }

  async release(): Promise<void> {
    await this.#moonshine.release();
  }

  /** One encoding, some decoder steps of every batch that may hold that length, and a scoring run. */
  async #exercise(seconds: number): Promise<void> {
    const speech = await this.#moonshine.encode(new Float32Array(seconds * MOONSHINE_HZ));
    for (const rows of WARMUP_ROWS.filter((count) => count === 1 || count * seconds <= STT_SECONDS)) {
      const row = { speech, maxTokens: WARMUP_TOKENS, untilLimit: true };
      await this.#moonshine.decode(Array<DecodeRequest>(rows).fill(row));
    }
    if (seconds <= 2) await this.#moonshine.score(speech, [tokensOf('Yes.'), tokensOf('No.')]);
  }
}
