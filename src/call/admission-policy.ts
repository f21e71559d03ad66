// Decides from the state of the models and of the socket thread whether calls may be taken: a pure state machine.
import { ms, type Ms } from '../audio/units.ts';

/** What the server feels at one moment. */
export interface Vitals {
  readonly models: 'warming-up' | 'lane-down' | 'ready';
  /** The longest wait of late in front of each lane. */
  readonly waitsMs: { readonly vad: number; readonly stt: number; readonly tts: number };
  /** Of the socket thread, p99 of late. */
  readonly eventLoopDelayMs: number;
}

export interface AdmissionLimits {
  readonly maxVadWaitMs: Ms;
  readonly maxSttWaitMs: Ms;
  readonly maxTtsWaitMs: Ms;
  readonly maxEventLoopDelayMs: Ms;
  /** After lateness everything must be below this share of its limit ... */
  readonly reopenShare: number;
  /** ... for this long, so that readiness does not flap with every call that ends. */
  readonly reopenAfterMs: Ms;
}

/** `full` is none of these: it follows from the slots alone. */
export type AdmissionState =
  | { readonly kind: 'warming-up' | 'open' | 'lane-down' }
  /** `lateAt`: when something was last seen above its share. */
  | { readonly kind: 'late'; readonly lateAt: Ms }
  | { readonly kind: 'draining' | 'lane-failed' };

export type AdmissionEvent =
  | { readonly type: 'felt'; readonly at: Ms; readonly vitals: Vitals }
  | { readonly type: 'stop-asked' }
  | { readonly type: 'lane-failed' };

export const STARTING: AdmissionState = { kind: 'warming-up' };

/** A stop and a failed lane are for good; everything else follows the vitals. */
export function admissionStep(
  state: AdmissionState,
  event: AdmissionEvent,
  limits: AdmissionLimits,
): AdmissionState {
  switch (event.type) {
    case 'lane-failed':
      return { kind: 'lane-failed' };
    case 'stop-asked':
      return state.kind === 'lane-failed' ? state : { kind: 'draining' };
    case 'felt':
      return feel(state, event.at, event.vitals, limits);
  }
}

function feel(state: AdmissionState, at: Ms, vitals: Vitals, limits: AdmissionLimits): AdmissionState {
  switch (state.kind) {
    case 'lane-failed':
    case 'draining':
      return state;
    case 'warming-up':
    case 'lane-down':
    case 'open':
      if (vitals.models !== 'ready') return { kind: downKind(state, vitals.models) };
      return lateness(vitals, limits) > 1 ? { kind: 'late', lateAt: at } : { kind: 'open' };
    case 'late':
      if (vitals.models !== 'ready') return { kind: 'lane-down' };
      if (lateness(vitals, limits) > limits.reopenShare) return { kind: 'late', lateAt: at };
      return ms(at - state.lateAt) >= limits.reopenAfterMs ? { kind: 'open' } : state;
  }
}

/** Models that were ready once and are not now were lost, whatever they are doing about it. */
function downKind(state: AdmissionState, models: 'warming-up' | 'lane-down'): 'warming-up' | 'lane-down' {
  return state.kind === 'warming-up' ? models : 'lane-down';
}

/** The worst wait as a share of its limit. */
function lateness({ waitsMs, eventLoopDelayMs }: Vitals, limits: AdmissionLimits): number {
  return Math.max(
    waitsMs.vad / limits.maxVadWaitMs,
    waitsMs.stt / limits.maxSttWaitMs,
    waitsMs.tts / limits.maxTtsWaitMs,
    eventLoopDelayMs / limits.maxEventLoopDelayMs,
  );
}
