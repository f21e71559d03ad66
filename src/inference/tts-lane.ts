// Text to speech: one clause in, its line audio out.
import { clauseAudio } from './clause-audio.ts';
import { Flite } from './flite.ts';
import type { LaneModel, ModelReport, TtsJob, TtsResult, WarmupStep } from './messages.ts';
import { verifiedModelFile } from './model-files.ts';
import { speakableText } from './speakable-text.ts';
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

  /** The engine's optimizing compiler needs both rounds: the first clause takes three times as long as the third. */
  async warmUp(): Promise<readonly WarmupStep[]> {
    const steps: WarmupStep[] = [];
    for (const voice of this.#voices) {
      for (let round = 1; round <= 2; round += 1) {
        for (const text of [SHORT_CLAUSE, LONG_CLAUSE]) {
          const name = `${voice}, ${text.length} characters, round ${round}`;
          steps.push(await timed(name, () => this.run({ text, voice })));
        }
      }
    }
    return steps;
  }

  run(job: TtsJob): Promise<TtsResult> {
    const text = speakableText(job.text);
    const samples = text === '' ? new Int16Array(0) : clauseAudio(this.#flite.speak(text, job.voice)).samples;
    return Promise.resolve({ samples });
  }

  forget(): void {
    // Nothing is kept between clauses.
  }

  release(): Promise<void> {
    return Promise.resolve();
  }
}
