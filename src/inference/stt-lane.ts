// Speech to text: one transcript per item, free or one of the phrases expected.
import { LINE_HZ } from '../audio/units.ts';
import type { LaneModel, SttItem, SttJob, SttResult, SttText, WarmupStep } from './messages.ts';
import { modelFile } from './model-files.ts';
import type { Verdict } from './expected.ts';
import { Moonshine, MOONSHINE_HZ, type EncodedSpeech } from './moonshine.ts';
import { PhrasePriors } from './phrase-priors.ts';
import { NOTHING_HEARD, recognize } from './recognition.ts';
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
const WARMUP_TOKENS = 4;

export class SttLane implements LaneModel<SttJob, SttResult> {
  /** Told of each decision between expected phrases and free transcript: benches look for thresholds by it. */
  onVerdict: ((verdict: Verdict) => void) | null = null;
  /** The model's input is rounded up to whole steps of this length with silence behind the speech; 0 leaves it. */
  inputStepMs = 0;

  readonly #moonshine: Moonshine;
  readonly #priors: PhrasePriors;
  #silence: EncodedSpeech | null = null;

  private constructor(moonshine: Moonshine) {
    this.#moonshine = moonshine;
    this.#priors = new PhrasePriors(async (texts) => {
      this.#silence ??= await moonshine.encode(silentInput());
      return moonshine.score(this.#silence, texts);
    });
  }

  /** @throws ModelMissingError */
  static async load(threads: number): Promise<SttLane> {
    const files = { encoder: modelFile('moonshineEncoder'), decoder: modelFile('moonshineDecoder') };
    return new SttLane(await Moonshine.load(files, threads));
  }

  /** Every length twice: the first run allocates, the second finds the memory pattern. */
  async warmUp(): Promise<readonly WarmupStep[]> {
    const steps: WarmupStep[] = [];
    for (let round = 1; round <= 2; round += 1) {
      for (const seconds of WARMUP_SECONDS) {
        steps.push(await timed(`${seconds} s, round ${round}`, () => this.#exercise(seconds)));
      }
    }
    return steps;
  }

  async run(job: SttJob): Promise<SttResult> {
    const items: SttText[] = [];
    for (const item of job.items) items.push(await this.#transcribe(item));
    return { items };
  }

  forget(): void {
    // Nothing is kept between requests.
  }

  async release(): Promise<void> {
    await this.#moonshine.release();
  }

  async #transcribe(item: SttItem): Promise<SttText> {
    const input = speechInput(item.samples.subarray(0, MAX_SECONDS * LINE_HZ), this.inputStepMs);
    if (input === null) return NOTHING_HEARD;
    const speech = await this.#moonshine.encode(input.samples);
    const limit = Math.max(MIN_TOKENS, Math.ceil((TOKENS_PER_SECOND * input.speechMs) / 1000));
    const hypothesis = await this.#moonshine.decode(speech, limit);
    return recognize(
      { hypothesis, speechMs: input.speechMs, expected: item.expected },
      {
        score: (texts) => this.#moonshine.score(speech, texts),
        priors: this.#priors,
        onVerdict: (verdict) => this.onVerdict?.(verdict),
      },
    );
  }

  /** One encoding, some decoder steps and one scoring run, as a transcript of that length needs them. */
  async #exercise(seconds: number): Promise<void> {
    const speech = await this.#moonshine.encode(new Float32Array(seconds * MOONSHINE_HZ));
    await this.#moonshine.decode(speech, WARMUP_TOKENS, false);
    if (seconds <= 2) await this.#moonshine.score(speech, [tokensOf('Yes.'), tokensOf('No.')]);
  }
}
