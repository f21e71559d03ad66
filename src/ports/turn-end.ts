// Whether a caller has finished, as far as the sound of the voice tells: a port for an acoustic turn model.
import type { Pcm } from '../audio/units.ts';

export interface TurnEndDetector {
  /**
   * The probability, 0 to 1, that the speaker has finished with the end of `audio`: the last seconds of the turn, the
   * silence after it included. Asked once per short silence; an answer after the decision is not used.
   * @throws CallError `lane-timeout`, `lane-crashed`, `lane-unavailable`, `queue-full`, `cancelled`.
   */
  judge(audio: Pcm<8000>, signal: AbortSignal): Promise<number>;
}
