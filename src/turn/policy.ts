// The numbers that decide who has the floor: each says what it bounds, where it comes from and what it must satisfy.
import { ms, type Ms } from '../audio/units.ts';
import { DEFAULT_END_OF_TURN_POLICY, type EndOfTurnPolicy } from './end-of-turn.ts';

export interface TurnPolicy extends EndOfTurnPolicy {
  /** Speech probability at which speech may begin. Silero's own default. */
  readonly speechOn: number;
  /** Probability below which speech may end: Silero's default is speechOn - 0.15. Must be < speechOn. */
  readonly speechOff: number;
  /** Speech shorter than this is a click, not a caller. Two windows of 32 ms. */
  readonly minSpeechMs: Ms;
  /**
   * Silence after which speech counts as ended and the answer is prepared on speculation. Two windows: Silero's
   * probability falls 100-150 ms after the last sound, so that the caller's own silence is then about 200 ms.
   */
  readonly minSilenceMs: Ms;
  /**
   * Speech over the agent's voice that pauses the agent. A pause is cheap, since what turns out to be no words is
   * followed by the rest of the reply. Three windows: of 178 sentences of people one is then found later than 265 ms after
   * its first sound (with four 8), and of 208 noises over the voice 6 pause it (3). Must be > minSpeechMs.
   */
  readonly minInterruptMs: Ms;
  /** A paused reply goes on after this, unless words were heard in the speech over it. */
  readonly maxPauseMs: Ms;
  /**
   * While the agent is heard, the caller counts as talking only in windows at most this much quieter than the loudest of
   * the agent's voice, which is at -14 dBFS. Residual echo of a telephone is 30 dB down and more; recorded people are at
   * -15 to -40 dBFS, and with 26 dB the softest of them are heard late.
   */
  readonly echoGuardDb: number;
  /** Speech in the first moments of the greeting does not pause it: callers answer a call with "hello?". */
  readonly greetingProtectionMs: Ms;
  /**
   * Speech without words is answered ("sorry?") from this length on; shorter, it was a noise.
   * Recorded single words are judged as speech for 160 ms and more.
   */
  readonly askAgainMs: Ms;
  /** Audio kept from before the onset: the detector hears a soft first consonant late. */
  readonly prerollMs: Ms;
  /** Longer speech is cut at a short pause and transcribed part by part: half of the 30 s that Moonshine is trained on. */
  readonly partMs: Ms;
  /** One turn's audio at most; then the turn is ended and answered. */
  readonly maxUtteranceMs: Ms;
  /** From the end of the turn, without any audio of the reply: then the caller hears a filler. Humans wait a second. */
  readonly fillerAfterMs: Ms;
  /** From the end of the turn to the first audio of the reply; then the caller hears an apology. */
  readonly thinkingDeadlineMs: Ms;
  /** Past the byte clock's end of playout, how long to wait for Twilio's mark. */
  readonly playoutSlackMs: Ms;
  /** Without a verdict for this long, deadlines are kept without the detector. */
  readonly verdictGraceMs: Ms;
  /** Silence on an open line after which the agent speaks again. */
  readonly idleMs: Ms;
  /** After a key, how long to wait for the next one. People take a second between keys, and longer to look a number up. */
  readonly keyGapMs: Ms;
  /** From the first audio; then the agent says that the time is up and hangs up. */
  readonly maxCallMs: Ms;
  /** How long before that the agent says so. A call that never comes to rest is ended this long after its time. */
  readonly callWarningMs: Ms;
}

export const DEFAULT_TURN_POLICY: TurnPolicy = {
  ...DEFAULT_END_OF_TURN_POLICY,
  speechOn: 0.5,
  speechOff: 0.35,
  minSpeechMs: ms(64),
  minSilenceMs: ms(64),
  minInterruptMs: ms(96),
  maxPauseMs: ms(600),
  echoGuardDb: 29,
  greetingProtectionMs: ms(1_000),
  askAgainMs: ms(128),
  prerollMs: ms(300),
  partMs: ms(15_000),
  maxUtteranceMs: ms(60_000),
  fillerAfterMs: ms(1_200),
  thinkingDeadlineMs: ms(5_000),
  playoutSlackMs: ms(1_000),
  verdictGraceMs: ms(1_000),
  idleMs: ms(8_000),
  keyGapMs: ms(2_500),
  maxCallMs: ms(3_600_000),
  callWarningMs: ms(60_000),
};
