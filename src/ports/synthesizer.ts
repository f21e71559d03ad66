// Text to speech as a call sees it: one clause in, line audio out.
import type { Mulaw8k } from '../audio/units.ts';

export interface SpeakRequest {
  /** One clause or sentence, as it is to be spoken; at most 1,000 characters. */
  readonly text: string;
  /** A voice name that the synthesizer knows; the agent file names it. */
  readonly voice: string;
  /** The first clause of a reply overtakes later ones in the queue. */
  readonly first: boolean;
}

export interface Synthesizer {
  /**
   * Yields line audio in playing order, in one or several pieces; none at all is a failure of the voice, not of the caller.
   * The bytes may be shared with other calls: they must not be written to.
   * @throws CallError `lane-timeout`, `lane-crashed`, `lane-unavailable`, `queue-full`, `cancelled`.
   */
  speak(request: SpeakRequest, signal: AbortSignal): AsyncIterable<Mulaw8k>;
}
