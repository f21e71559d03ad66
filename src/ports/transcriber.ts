// Speech to text as a call sees it: one stretch of caller audio in, its words out.
import type { Pcm } from '../audio/units.ts';

/** `final` overtakes `speculative` in the queue. */
export type TranscribePriority = 'final' | 'speculative';

export interface TranscribeRequest {
  /** The caller's speech with a little silence around it; at most 30 s. */
  readonly audio: Pcm<8000>;
  readonly priority: TranscribePriority;
  /** Once aborted, a speculative request is as urgent as a final one: the caller waits for it now. */
  readonly urgent?: AbortSignal;
  /** Short answers that fit what was asked last ("yes", "no"); empty when anything may come. */
  readonly expected: readonly string[];
}

export interface Transcript {
  /** Empty when no words were heard. */
  readonly text: string;
  /** The expected phrase that fits the audio best, when one does; `text` is then that phrase. */
  readonly matched: string | null;
  /**
   * How sure the model is, 0 to 1: of words that were heard freely the mean probability of a token; of a phrase that had to
   * be weighed its share among the phrases expected and the free transcript; 0 for no text.
   */
  readonly confidence: number;
  /**
   * The probability, 0 to 1, that the speaker has finished, from how the voice sounds where the audio ends; 0 for no text.
   * Absent from a model that cannot tell.
   */
  readonly ending?: number;
  /** Time in the queue and in the model. */
  readonly waitMs: number;
  readonly inferMs: number;
}

export interface Transcriber {
  /** @throws CallError `lane-timeout`, `lane-crashed`, `lane-unavailable`, `queue-full`, `cancelled`. */
  transcribe(request: TranscribeRequest, signal: AbortSignal): Promise<Transcript>;
}
