// The moments of one turn, and the stages between them that add up to the wait the caller had.
import type { Ms } from '../audio/units.ts';
import type { StagesMs } from '../ports/call-log.ts';

export type TurnMoment = 'decided' | 'transcribed' | 'firstClause' | 'firstAudio' | 'firstSent';

/** Moments on the wall clock; each is stamped once, the first time. */
export class TurnStages {
  readonly #lastSpeech: Ms;
  readonly #at = new Map<TurnMoment, Ms>();

  constructor(lastSpeech: Ms) {
    this.#lastSpeech = lastSpeech;
  }

  stamp(moment: TurnMoment, now: Ms): void {
    if (!this.#at.has(moment)) this.#at.set(moment, now);
  }

  /**
   * Work done on speculation costs the caller nothing before the decision: a stage counts only the part that came
   * after everything before it was ready. Null until the first frame was sent.
   */
  stages(): StagesMs | null {
    const sent = this.#at.get('firstSent');
    if (sent === undefined) return null;
    let reached: number = this.#lastSpeech;
    const spent = (moment: TurnMoment): number => {
      const next = Math.max(reached, Math.min(sent, this.#at.get(moment) ?? reached));
      const length = next - reached;
      reached = next;
      return Math.round(length * 10) / 10;
    };
    return {
      endpointWait: spent('decided'),
      stt: spent('transcribed'),
      responder: spent('firstClause'),
      tts: spent('firstAudio'),
      firstFrame: spent('firstSent'),
    };
  }
}
