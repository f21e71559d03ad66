// The Synthesizer port on the text-to-speech lane.
import { LINE_HZ, pcm, type Pcm } from '../audio/units.ts';
import { CallError } from '../ports/errors.ts';
import type { SpeakRequest, Synthesizer } from '../ports/synthesizer.ts';
import type { RequestQueue } from './request-queue.ts';

const MAX_CHARACTERS = 1_000;

export class LaneSynthesizer implements Synthesizer {
  readonly #queue: RequestQueue<'tts'>;
  readonly #voices: readonly string[];

  constructor(queue: RequestQueue<'tts'>, voices: readonly string[]) {
    this.#queue = queue;
    this.#voices = voices;
  }

  /** One piece, or none when nothing in the text can be spoken. Also throws `responder-failed` for a request that no voice can meet. */
  async *speak(request: SpeakRequest, signal: AbortSignal): AsyncGenerator<Pcm<8000>, void, undefined> {
    const { text, voice, first } = request;
    if (!this.#voices.includes(voice)) {
      const known = this.#voices.join(', ');
      throw new CallError('responder-failed', `Unknown voice "${voice}"; the configuration has ${known}.`);
    }
    if (text.length > MAX_CHARACTERS) {
      throw new CallError(
        'responder-failed',
        `A clause of ${text.length} characters; ${MAX_CHARACTERS} is the most.`,
      );
    }
    const { result } = await this.#queue.submit({ text, voice }, first, signal);
    if (result.samples.length > 0) yield pcm(LINE_HZ, result.samples);
  }
}
