// From one speech probability per window to the edges of speech, with the in-between states visible.
import type { Ms } from '../audio/units.ts';
import { addWindow, NO_EVIDENCE, type Evidence } from './evidence.ts';
import type { TurnPolicy } from './policy.ts';

/** Speech that goes on, or may just have ended. */
interface Burst {
  readonly onset: Ms;
  readonly lastSpeech: Ms;
  readonly evidence: Evidence;
}

export type VadState =
  | { readonly kind: 'quiet' }
  /** Speech is likely, but not yet for minSpeechMs. */
  | { readonly kind: 'starting'; readonly onset: Ms; readonly evidence: Evidence }
  | ({ readonly kind: 'speaking' } & Burst)
  /** Silence, but not yet for minSilenceMs. */
  | ({ readonly kind: 'stopping' } & Burst);

export type VadEdge =
  { readonly type: 'speech-start'; readonly onset: Ms } | ({ readonly type: 'speech-end' } & Burst);

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
    case 'quiet': {
      if (probability < policy.speechOn) return [state, null];
      const evidence = addWindow(NO_EVIDENCE, window);
      return started({ kind: 'starting', onset: from, evidence }, to, policy);
    }
    case 'starting':
      if (probability < policy.speechOff) return [QUIET, null];
      return started({ ...state, evidence: addWindow(state.evidence, window) }, to, policy);
    case 'speaking':
      if (probability < policy.speechOff) return stopped({ ...state, kind: 'stopping' }, to, policy);
      return [{ ...state, lastSpeech: to, evidence: addWindow(state.evidence, window) }, null];
    case 'stopping':
      if (probability < policy.speechOn) return stopped(state, to, policy);
      return [
        { ...state, kind: 'speaking', lastSpeech: to, evidence: addWindow(state.evidence, window) },
        null,
      ];
  }
}

function started(
  state: Extract<VadState, { kind: 'starting' }>,
  to: Ms,
  policy: TurnPolicy,
): readonly [VadState, VadEdge | null] {
  if (to - state.onset < policy.minSpeechMs) return [state, null];
  return [
    { ...state, kind: 'speaking', lastSpeech: to },
    { type: 'speech-start', onset: state.onset },
  ];
}

function stopped(
  state: Extract<VadState, { kind: 'stopping' }>,
  to: Ms,
  policy: TurnPolicy,
): readonly [VadState, VadEdge | null] {
  if (to - state.lastSpeech < policy.minSilenceMs) return [state, null];
  const { onset, lastSpeech, evidence } = state;
  return [QUIET, { type: 'speech-end', onset, lastSpeech, evidence }];
}

/** The onset of speech that is going on now, or null. */
export function speechOnset(state: VadState): Ms | null {
  return state.kind === 'speaking' || state.kind === 'stopping' ? state.onset : null;
}
