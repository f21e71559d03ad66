// Speech to text: one transcript per item, free or one of the phrases expected.
import { LINE_HZ } from '../audio/units.ts';
import type { LaneModel, ModelReport, SttItem, SttJob, SttResult, SttText, WarmupStep } from './messages.ts';
import { Moonshine, MOONSHINE_HZ, type MoonshinePlace } from './moonshine.ts';
import { NOTHING_HEARD, recognize } from './recognition.ts';
import { speechInput } from './speech-input.ts';
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
  readonly #moonshine: Moonshine;

  private constructor(moonshine: Moonshine) {
    this.#moonshine = moonshine;
  }

  /** @throws SetupError */
  static async load(
    threads: number,
    place: MoonshinePlace = { device: 'cpu', cacheFolder: null },
  ): Promise<SttLane> {
    return new SttLane(await Moonshine.load(threads, place));
  }

  get models(): readonly ModelReport[] {
    return this.#moonshine.models;
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
    const input = speechInput(item.samples.subarray(0, MAX_SECONDS * LINE_HZ));
    if (input === null) return NOTHING_HEARD;
    const speech = await this.#moonshine.encode(input.samples);
    const limit = Math.max(MIN_TOKENS, Math.ceil((TOKENS_PER_SECOND * input.speechMs) / 1000));
    const hypothesis = await this.#moonshine.decode(speech, limit);
    return recognize({ hypothesis, speechMs: input.speechMs, expected: item.expected }, (texts) =>
      this.#moonshine.score(speech, texts),
    );
  }

  /** One encoding, some decoder steps and one scoring run, as a transcript of that length needs them. */
  async #exercise(seconds: number): Promise<void> {
    const speech = await this.#moonshine.encode(new Float32Array(seconds * MOONSHINE_HZ));
    await this.#moonshine.decode(speech, WARMUP_TOKENS, false);
    if (seconds <= 2) await this.#moonshine.score(speech, [tokensOf('Yes.'), tokensOf('No.')]);
  }
}
