// Text to speech: one clause in, its line audio out as the line carries it.
import { encodeMulaw } from '../audio/mulaw.ts';
import { clauseAudio } from './clause-audio.ts';
import { Flite } from './flite.ts';
import type { LaneModel, ModelReport, TtsJob, TtsResult, WarmupStep } from './messages.ts';
import { verifiedModelFile } from './model-files.ts';
import { timed } from './timed.ts';

const SHORT_CLAUSE = 'Yes.';
const LONG_CLAUSE = 'Thank you for calling. The next free appointment is on Tuesday at half past three.';

export class TtsLane implements LaneModel<TtsJob, TtsResult> {
  readonly models: readonly ModelReport[];
  readonly #flite: Flite;
  readonly #voices: readonly string[];

  private constructor(flite: Flite, voices: readonly string[], loadMs: number) {
    this.models = [{ model: 'flite', transform: null, device: 'cpu', graph: 'none', loadMs, notes: [] }];
    this.#flite = flite;
    this.#voices = voices;
  }

  /** @throws SetupError, RangeError when Flite does not have one of the voices. */
  static async load(voices: readonly string[]): Promise<TtsLane> {
    const begun = performance.now();
    const flite = await Flite.load(await verifiedModelFile('flite'));
    const unknown = voices.find((voice) => !flite.voices.includes(voice));
    if (unknown !== undefined) {
      throw new RangeError(`Unknown voice "${unknown}": Flite has ${flite.voices.join(', ')}.`);
    }
    return new TtsLane(flite, voices, performance.now() - begun);
  }

  /**
   * The engine's optimizing compiler needs the rounds: the first clause takes three times as long as the third. The
   * voices share most of its code, so one round is enough for all but the first.
   */
  async warmUp(): Promise<readonly WarmupStep[]> {
    const steps: WarmupStep[] = [];
    for (const [index, voice] of this.#voices.entries()) {
      const rounds = index === 0 ? 2 : 1;
      for (let round = 1; round <= rounds; round += 1) {
        for (const text of [SHORT_CLAUSE, LONG_CLAUSE]) {
          const name = `${voice}, ${text.length} characters, round ${round}`;
          steps.push(await timed(name, () => this.run({ text, voice })));
        }
      }
    }
    return steps;
  }

  run({ text, voice }: TtsJob): Promise<TtsResult> {
    return Promise.resolve({ audio: encodeMulaw(clauseAudio(this.#flite.speak(text, voice))) });
  }

  forget(): void {
    // Nothing is kept between clauses.
  }

  release(): Promise<void> {
    return Promise.resolve();
  }
}
