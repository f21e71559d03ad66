// The settings of turn-taking: ranges, meanings, and the order that they must be in.
import { z } from 'zod';
import { duration, probability } from './quantities.ts';

export const turn = z.strictObject({
  speechOn: probability('Speech probability at which speech may begin.'),
  speechOff: probability('Speech probability below which speech may end. Below `speechOn`.'),
  minSpeechMs: duration(32, 1_000, 'Shorter speech is a click, not a caller.'),
  minSilenceMs: duration(
    32,
    2_000,
    'Silence after which the answer is prepared on speculation. Below `shortWaitMs`.',
  ),
  shortWaitMs: duration(
    64,
    5_000,
    'Silence that ends the turn after words that answer the question or are surely complete.',
  ),
  baseWaitMs: duration(64, 10_000, 'The same after words that say little about it. At least `shortWaitMs`.'),
  longWaitMs: duration(
    64,
    20_000,
    'The same after words that must go on, and at most. At least `baseWaitMs`, below `idleMs`.',
  ),
  finishedFrom: probability('Probability of the end from which words sound finished. At most `surelyFrom`.'),
  surelyFrom: probability('Probability of the end from which they surely are complete.'),
  minInterruptMs: duration(
    64,
    5_000,
    'Speech over the voice of the agent that pauses the agent. Above `minSpeechMs`, below `maxPauseMs`.',
  ),
  maxPauseMs: duration(
    100,
    10_000,
    'Then the agent goes on, unless words were heard. Below `thinkingDeadlineMs`.',
  ),
  echoGuardDb: z
    .number()
    .min(0)
    .max(100)
    .describe('While the agent is heard, what is quieter than its voice by more than this is its echo.'),
  greetingProtectionMs: duration(
    0,
    60_000,
    'Speech within this time from the start of the greeting does not pause it.',
  ),
  askAgainMs: duration(
    32,
    5_000,
    'Speech without words is answered from this length on. Above `minSpeechMs`.',
  ),
  prerollMs: duration(0, 1_000, 'Audio kept from before the onset of speech.'),
  partMs: duration(
    2_000,
    18_000,
    'Longer speech is transcribed in parts, cut at pauses. Below `maxUtteranceMs`.',
  ),
  maxUtteranceMs: duration(
    1_000,
    300_000,
    'Speech of one turn at most; then it is answered. Below `maxCallMs`.',
  ),
  fillerAfterMs: duration(
    200,
    30_000,
    'From the end of the turn, without any audio: then a filler. Below `thinkingDeadlineMs`.',
  ),
  thinkingDeadlineMs: duration(
    500,
    30_000,
    'From the end of the turn to the first audio of the reply; then an apology.',
  ),
  playoutSlackMs: duration(100, 10_000, 'Wait for a mark of Twilio past the computed end of playout.'),
  verdictGraceMs: duration(
    100,
    10_000,
    'Without a verdict for this long, deadlines are kept without the detector. Above `minSilenceMs`.',
  ),
  idleMs: duration(1_000, 120_000, 'Silence on an open line after which the agent speaks again.'),
  keyGapMs: duration(200, 30_000, 'Silence after a telephone key that ends the keys; `#` ends them at once.'),
  maxCallMs: duration(10_000, 86_400_000, 'Length of a call; then the agent says goodbye.'),
  callWarningMs: duration(
    0,
    600_000,
    'How long before that the caller is warned, and how long after it the call is cut. Below `maxCallMs`.',
  ),
});

type TurnKey = keyof z.output<typeof turn>;

export interface TurnOrder {
  readonly low: TurnKey;
  readonly high: TurnKey;
  /** Whether the two may be equal. */
  readonly orEqual: boolean;
}

const below = (low: TurnKey, high: TurnKey): TurnOrder => ({ low, high, orEqual: false });
const atMost = (low: TurnKey, high: TurnKey): TurnOrder => ({ low, high, orEqual: true });

/** What no single number can tell. Settings that violate one of these contradict themselves. */
export const TURN_ORDER: readonly TurnOrder[] = [
  below('speechOff', 'speechOn'),
  below('minSilenceMs', 'shortWaitMs'),
  atMost('shortWaitMs', 'baseWaitMs'),
  atMost('baseWaitMs', 'longWaitMs'),
  below('longWaitMs', 'idleMs'),
  atMost('finishedFrom', 'surelyFrom'),
  below('minSpeechMs', 'minInterruptMs'),
  below('minSpeechMs', 'askAgainMs'),
  below('minInterruptMs', 'maxPauseMs'),
  below('maxPauseMs', 'thinkingDeadlineMs'),
  below('minSilenceMs', 'verdictGraceMs'),
  below('partMs', 'maxUtteranceMs'),
  below('maxUtteranceMs', 'maxCallMs'),
  below('fillerAfterMs', 'thinkingDeadlineMs'),
  below('callWarningMs', 'maxCallMs'),
];
