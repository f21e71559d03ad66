// The Synthesizer port on the text-to-speech lane.
import { LINE_HZ, pcm, type Pcm } from '../audio/units.ts';
import { CallError } from '../ports/errors.ts';
import type { SpeakRequest, Synthesizer } from '../ports/synthesizer.ts';
import type { TtsJob, TtsResult } from './messages.ts';
import { PRIORITY } from './priority.ts';
import type { Batching, RequestQueue } from './request-queue.ts';

const MAX_CHARACTERS = 1_000;

/** One clause at a time: the program speaks one after the other anyway. */
export const TTS_BATCHING: Batching<'tts', TtsJob, TtsResult> = {
  kind: 'tts',
  rows: 1,
  weight: 1,
  weigh: () => 1,
  gatherMs: 0,
  job: ([first]) => first ?? { text: '', voice: '' },
  results: (result) => [result],
};

export class LaneSynthesizer implements Synthesizer {
  readonly #queue: RequestQueue<'tts', TtsJob, TtsResult>;
  readonly #voices: readonly string[];

  constructor(queue: RequestQueue<'tts', TtsJob, TtsResult>, voices: readonly string[]) {
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
    const { result } = await this.#queue.submit(
      { text, voice },
      first ? PRIORITY.firstClause : PRIORITY.laterClause,
      signal,
    );
    if (result.samples.length > 0) yield pcm(LINE_HZ, result.samples);
  }
}
