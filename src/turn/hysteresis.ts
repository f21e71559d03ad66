// From one speech probability per window to the edges of speech, with the in-between states visible.
import type { Ms } from '../audio/units.ts';
import type { TurnPolicy } from './policy.ts';

export type VadState =
  | { readonly kind: 'quiet' }
  /** Speech is likely, but not yet for minSpeechMs. */
  | { readonly kind: 'starting'; readonly onset: Ms }
  | { readonly kind: 'speaking'; readonly onset: Ms; readonly lastSpeech: Ms }
  /** Silence, but not yet for minSilenceMs. */
  | { readonly kind: 'stopping'; readonly onset: Ms; readonly lastSpeech: Ms };

export type VadEdge =
  | { readonly type: 'speech-start'; readonly onset: Ms }
  | { readonly type: 'speech-end'; readonly onset: Ms; readonly lastSpeech: Ms };

/** One judged window: `from` and `to` are its ends on the media clock. */
export interface JudgedWindow {
  readonly from: Ms;
  readonly to: Ms;
  readonly probability: number;
}

export const QUIET: VadState = { kind: 'quiet' };

export function judge(
  state: VadState,
  window: JudgedWindow,
  policy: TurnPolicy,
): readonly [VadState, VadEdge | null] {
  const { probability, from, to } = window;
  switch (state.kind) {
    case 'quiet':
      if (probability < policy.speechOn) return [state, null];
      return started({ kind: 'starting', onset: from }, to, policy);
    case 'starting':
      if (probability < policy.speechOff) return [QUIET, null];
      return started(state, to, policy);
    case 'speaking':
      if (probability >= policy.speechOff) return [{ ...state, lastSpeech: to }, null];
      return stopped({ kind: 'stopping', onset: state.onset, lastSpeech: state.lastSpeech }, to, policy);
    case 'stopping':
      if (probability >= policy.speechOn) {
        return [{ kind: 'speaking', onset: state.onset, lastSpeech: to }, null];
      }
      return stopped(state, to, policy);
  }
}

function started(
  state: Extract<VadState, { kind: 'starting' }>,
  to: Ms,
  policy: TurnPolicy,
): readonly [VadState, VadEdge | null] {
  if (to - state.onset < policy.minSpeechMs) return [state, null];
  return [
    { kind: 'speaking', onset: state.onset, lastSpeech: to },
    { type: 'speech-start', onset: state.onset },
  ];
}

function stopped(
  state: Extract<VadState, { kind: 'stopping' }>,
  to: Ms,
  policy: TurnPolicy,
): readonly [VadState, VadEdge | null] {
  if (to - state.lastSpeech < policy.minSilenceMs) return [state, null];
  return [QUIET, { type: 'speech-end', onset: state.onset, lastSpeech: state.lastSpeech }];
}

/** The onset of speech that is going on now, or null. */
export function speechOnset(state: VadState): Ms | null {
  return state.kind === 'speaking' || state.kind === 'stopping' ? state.onset : null;
}
