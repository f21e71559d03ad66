// The numbers that decide who has the floor: each says what it bounds, where it comes from and what it must satisfy.
import { ms, type Ms } from '../audio/units.ts';

export interface TurnPolicy {
  /** Speech probability at which speech may begin. Silero's own default. */
  readonly speechOn: number;
  /** Probability below which speech may end: Silero's default is speechOn - 0.15. Must be < speechOn. */
  readonly speechOff: number;
  /** Speech shorter than this is a click, not a caller. Three windows of 32 ms. */
  readonly minSpeechMs: Ms;
  /** Silence after which speech counts as ended and the answer is prepared on speculation. Must be < endSilenceMs. */
  readonly minSilenceMs: Ms;
  /**
   * Silence after which the caller's turn is over. Silero's probability falls 100-150 ms after the last sound, so the
   * caller's own silence is then 550-600 ms: longer than most pauses inside a sentence.
   */
  readonly endSilenceMs: Ms;
  /** Speech over the agent's voice that stops the agent. Must be > minSpeechMs. */
  readonly minInterruptMs: Ms;
  /**
   * Speech without words is answered ("sorry?") from this length on; shorter, it was a noise.
   * Recorded single words are judged as speech for 160 ms and more. Must be > minSpeechMs.
   */
  readonly askAgainMs: Ms;
  /** Audio kept from before the onset: the detector hears a soft first consonant late. */
  readonly prerollMs: Ms;
  /** One turn's audio at most; then the turn is ended and answered. Moonshine is trained on up to 30 s. */
  readonly maxUtteranceMs: Ms;
  /** From the end of the turn to the first audio of the reply; then the caller hears an apology. */
  readonly thinkingDeadlineMs: Ms;
  /** Past the byte clock's end of playout, how long to wait for Twilio's mark. */
  readonly playoutSlackMs: Ms;
  /** Without a verdict for this long, deadlines are kept without the detector. Must be > minSilenceMs. */
  readonly verdictGraceMs: Ms;
  /** Silence on an open line after which the agent speaks again. */
  readonly idleMs: Ms;
}

export const DEFAULT_TURN_POLICY: TurnPolicy = {
  speechOn: 0.5,
  speechOff: 0.35,
  minSpeechMs: ms(96),
  minSilenceMs: ms(128),
  endSilenceMs: ms(450),
  minInterruptMs: ms(400),
  askAgainMs: ms(128),
  prerollMs: ms(300),
  maxUtteranceMs: ms(28_000),
  thinkingDeadlineMs: ms(5_000),
  playoutSlackMs: ms(1_000),
  verdictGraceMs: ms(1_000),
  idleMs: ms(8_000),
};
