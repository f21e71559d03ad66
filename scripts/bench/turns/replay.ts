// Replays an end-of-turn policy over heard turns: which pauses it would have taken for the end, and when it ends a turn.
import { LINE_HZ, ms, samplesToMs, type Ms } from '../../../src/audio/units.ts';
import { VAD_WINDOW_SAMPLES } from '../../../src/ports/speech-detector.ts';
import { endOfTurnWaitMs, waitFrom, type EndOfTurnPolicy } from '../../../src/turn/end-of-turn.ts';
import type { HeardSilence, HeardTurn } from './listen.ts';
import { fitOf } from './questions.ts';
import type { RecipeTurn, TurnPause } from './recipe.ts';

const WINDOW_MS = samplesToMs(VAD_WINDOW_SAMPLES, LINE_HZ);
/** Speech that the detector has lost this long before a pause was lost, not paused. */
const LOST_MS = 300;
/** Speech is heard again this long after it begins, at most: a decision until then still falls into the pause. */
const ONSET_MS = 250;

export type Waiting =
  /** The plain timer: that much silence after the detector's last window of speech, whatever was said. */
  | { readonly kind: 'fixed'; readonly silenceMs: number }
  | { readonly kind: 'words'; readonly policy: EndOfTurnPolicy };

/** What is kept of a recipe's turn once it has been heard. */
export interface ReplayTurn extends Pick<
  RecipeTurn,
  'name' | 'group' | 'voice' | 'question' | 'pauses' | 'endMs'
> {
  readonly heard: HeardTurn;
  /** Of each silence, where the last sound before it ends by its level; null where that does not tell. */
  readonly lastSoundMs: readonly (Ms | null)[];
}

export interface TurnOutcome {
  readonly turn: ReplayTurn;
  /** Pauses in which the turn would have been ended. */
  readonly cut: readonly TurnPause[];
  /** Ends that fall neither into a pause nor behind the last speech: into speech that the detector does not hear. */
  readonly cutElsewhere: number;
  /** From the last sample of speech to the decision; null where it was taken before. */
  readonly delayMs: number | null;
}

/** Each silence on its own: what follows a false end is judged as if it had not been. */
export function replay(turn: ReplayTurn, waiting: Waiting): TurnOutcome {
  const cut = new Set<TurnPause>();
  let cutElsewhere = 0;
  for (const [index, silence] of turn.heard.silences.entries()) {
    const at = decisionMs(turn, index, waiting);
    if (at === null) continue;
    if (at >= turn.endMs) return { turn, cut: [...cut], cutElsewhere, delayMs: at - turn.endMs };
    const pause = turn.pauses.find(
      ({ fromMs, toMs }) => silence.lastSpeechMs >= fromMs - LOST_MS && at >= fromMs && at < toMs + ONSET_MS,
    );
    if (pause === undefined) cutElsewhere += 1;
    else cut.add(pause);
  }
  return { turn, cut: [...cut], cutElsewhere, delayMs: null };
}

/** The window with which the turn is ended; null where the caller goes on before. */
function decisionMs(turn: ReplayTurn, index: number, waiting: Waiting): number | null {
  const silence = turn.heard.silences[index];
  if (silence === undefined) return null;
  const { resumedMs } = silence;
  const dueMs = Math.max(silence.askedMs, overAtMs(turn, index, silence, waiting));
  let at = Math.ceil(dueMs / WINDOW_MS) * WINDOW_MS;
  while (turn.heard.doubtMs.includes(at)) at += WINDOW_MS;
  return resumedMs !== null && at >= resumedMs ? null : at;
}

/** Until the words are known nothing is decided: without them there is nothing to answer. */
function overAtMs(turn: ReplayTurn, index: number, silence: HeardSilence, waiting: Waiting): number {
  const lastSpeech = ms(silence.lastSpeechMs);
  if (waiting.kind === 'fixed') return lastSpeech + waiting.silenceMs;
  const { policy } = waiting;
  const knownMs = silence.askedMs + silence.inferMs;
  if (knownMs > lastSpeech + policy.longWaitMs) return lastSpeech + policy.longWaitMs;
  const { text, ending } = silence;
  const spokenMs = ms(lastSpeech - silence.onsetMs);
  const heard = { text, fit: fitOf(turn.question, text), spokenMs, ending, likelihood: null };
  const from = waitFrom(lastSpeech, turn.lastSoundMs[index] ?? null);
  return Math.max(knownMs, from + endOfTurnWaitMs(heard, policy));
}
