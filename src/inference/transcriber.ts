// The Transcriber port on the speech-to-text lane.
import { LINE_HZ, samplesToMs } from '../audio/units.ts';
import { CallError } from '../ports/errors.ts';
import type { TranscribeRequest, Transcriber, Transcript } from '../ports/transcriber.ts';
import type { SttItem, SttText } from './messages.ts';
import { PRIORITY } from './priority.ts';
import type { Batching, RequestQueue } from './request-queue.ts';
import { STT_ROWS, STT_SECONDS } from './settings.ts';

/** Moonshine is trained on up to 30 s. */
const LONGEST_MS = 30_000;

export const sttBatching = (gatherMs: number): Batching<'stt', SttItem, SttText> => ({
  kind: 'stt',
  rows: STT_ROWS,
  weight: STT_SECONDS * LINE_HZ,
  weigh: ({ samples }) => samples.length,
  gatherMs,
  job: (items) => ({ items }),
  results: ({ items }) => items,
});

export class LaneTranscriber implements Transcriber {
  readonly #queue: RequestQueue<'stt', SttItem, SttText>;

  constructor(queue: RequestQueue<'stt', SttItem, SttText>) {
    this.#queue = queue;
  }

  async transcribe(request: TranscribeRequest, signal: AbortSignal): Promise<Transcript> {
    const { audio, expected } = request;
    const lengthMs = samplesToMs(audio.samples.length, LINE_HZ);
    if (lengthMs > LONGEST_MS) {
      throw new CallError(
        'bad-audio',
        `${Math.round(lengthMs)} ms of audio; at most ${LONGEST_MS} are heard.`,
      );
    }
    const priority = request.priority === 'final' ? PRIORITY.finalText : PRIORITY.speculativeText;
    const item = { samples: audio.samples, expected };
    const { result, waitMs, inferMs } = await this.#queue.submit(item, priority, signal);
    return { ...result, waitMs, inferMs };
  }
}
