// Speech over the agent's voice: what is known of it, window by window.
import { strongest } from './evidence.ts';
import { isOpen, type Overlap, type Speech, type TurnState } from './state.ts';

/**
 * The caller's speech over the agent's voice so far, with the window that was just judged. Bursts that nobody has
 * listened to yet are one stretch; a burst after one that was dismissed is a new one.
 */
export function overlapOf(state: TurnState, known: Overlap | null): Overlap | null {
  const { vad } = state;
  if (vad.kind !== 'speaking' && vad.kind !== 'stopping') return known;
  const { lastSpeech } = vad;
  const isNewBurst = known?.dismissed != null && vad.onset > known.speech.lastSpeech;
  if (known === null || isNewBurst) {
    const { onset, evidence } = vad;
    return { speech: { onset, lastSpeech, cuts: [], evidence, overAgent: true }, dismissed: null };
  }
  const evidence = strongest(known.speech.evidence, vad.evidence);
  return { ...known, speech: { ...known.speech, lastSpeech, evidence } };
}

/** A remainder shorter than this holds no word. */
const MIN_REMAINDER_MS = 200;

/** What of it nobody has listened to, or could: it is answered when the reply is over. */
export function unanswered({ speech, dismissed }: Overlap): Speech | null {
  if (dismissed === null) return speech;
  if (isOpen(dismissed) || dismissed.answer === 'failed') return speech;
  if (speech.lastSpeech - dismissed.to < MIN_REMAINDER_MS) return null;
  return { ...speech, onset: dismissed.to };
}
