// The Synthesizer port: checks what is asked for and has it spoken, by the lane or by what stands in front of it.
import { mulaw8k, type Mulaw8k } from '../audio/units.ts';
import { CallError } from '../ports/errors.ts';
import type { SpeakRequest, Synthesizer } from '../ports/synthesizer.ts';
import type { TtsJob, TtsResult } from './messages.ts';
import { SPEECH_PRIORITY, type SpeechPriority } from './priority.ts';
import type { Batching, RequestQueue } from './request-queue.ts';
import { speakableText } from './speakable-text.ts';
import type { ClauseSource } from './speech-cache.ts';

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

/** The text-to-speech lane. */
export class LaneSpeech implements ClauseSource {
  readonly #queue: RequestQueue<'tts', TtsJob, TtsResult>;

  constructor(queue: RequestQueue<'tts', TtsJob, TtsResult>) {
    this.#queue = queue;
  }

  async speak(job: TtsJob, priority: SpeechPriority, signal: AbortSignal): Promise<Mulaw8k> {
    const { result } = await this.#queue.submit(job, SPEECH_PRIORITY[priority], signal);
    // A copy of its own: what comes from the lane is a view of the whole message, and maybe of its neighbours.
    return mulaw8k(result.audio.slice());
  }
}

export class LaneSynthesizer implements Synthesizer {
  readonly #source: ClauseSource;
  readonly #voices: readonly string[];

  constructor(source: ClauseSource, voices: readonly string[]) {
    this.#source = source;
    this.#voices = voices;
  }

  /** One piece, or none when nothing in the text can be spoken. Also throws `responder-failed` for a request that no voice can meet. */
  async *speak(request: SpeakRequest, signal: AbortSignal): AsyncGenerator<Mulaw8k, void, undefined> {
    const { voice, first } = request;
    if (!this.#voices.includes(voice)) {
      const known = this.#voices.join(', ');
      throw new CallError('responder-failed', `Unknown voice "${voice}"; the configuration has ${known}.`);
    }
    if (request.text.length > MAX_CHARACTERS) {
      throw new CallError(
        'responder-failed',
        `A clause of ${request.text.length} characters; ${MAX_CHARACTERS} is the most.`,
      );
    }
    const text = speakableText(request.text);
    if (text === '') return;
    const audio = await this.#source.speak({ text, voice }, first ? 'first-clause' : 'later-clause', signal);
    if (audio.length > 0) yield audio;
  }
}
