// The Transcriber port on the speech-to-text lane.
import { LINE_HZ, samplesToMs } from '../audio/units.ts';
import { CallError } from '../ports/errors.ts';
import type { TranscribeRequest, Transcriber, Transcript } from '../ports/transcriber.ts';
import { NOTHING_HEARD } from './recognition.ts';
import type { RequestQueue } from './request-queue.ts';

/** Moonshine is trained on up to 30 s. */
const LONGEST_MS = 30_000;

export class LaneTranscriber implements Transcriber {
  readonly #queue: RequestQueue<'stt'>;

  constructor(queue: RequestQueue<'stt'>) {
    this.#queue = queue;
  }

  async transcribe(request: TranscribeRequest, signal: AbortSignal): Promise<Transcript> {
    const { audio, expected, priority } = request;
    const lengthMs = samplesToMs(audio.samples.length, LINE_HZ);
    if (lengthMs > LONGEST_MS) {
      throw new CallError(
        'bad-audio',
        `${Math.round(lengthMs)} ms of audio; at most ${LONGEST_MS} are heard.`,
      );
    }
    // A batch in form already: several calls' items may share a run.
    const job = { items: [{ samples: audio.samples, expected }] };
    const { result, waitMs, inferMs } = await this.#queue.submit(job, priority === 'final', signal);
    const item = result.items[0] ?? NOTHING_HEARD;
    return { ...item, waitMs, inferMs };
  }
}
