// When calls are taken: what the server feels in, one named state out, and no flapping.
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import {
  admissionStep,
  STARTING,
  type AdmissionLimits,
  type AdmissionState,
  type Vitals,
} from '../../src/call/admission-policy.ts';
import { loadConfig } from '../../src/config/load.ts';

const LIMITS: AdmissionLimits = {
  maxVadWaitMs: ms(100),
  maxSttWaitMs: ms(300),
  maxTtsWaitMs: ms(200),
  maxEventLoopDelayMs: ms(50),
  reopenShare: 0.5,
  reopenAfterMs: ms(3_000),
};

interface Felt {
  readonly models?: Vitals['models'];
  readonly vad?: number;
  readonly stt?: number;
  readonly tts?: number;
  readonly loop?: number;
}

const feel = (state: AdmissionState, at: number, felt: Felt = {}): AdmissionState => {
  const { models = 'ready', vad = 0, stt = 0, tts = 0, loop = 0 } = felt;
  const vitals: Vitals = { models, waitsMs: { vad, stt, tts }, eventLoopDelayMs: loop };
  return admissionStep(state, { type: 'felt', at: ms(at), vitals }, LIMITS);
};
const OPEN: AdmissionState = { kind: 'open' };

describe('the admission of calls', () => {
  it('opens when the models are warm for the first time', () => {
    expect(feel(STARTING, 0, { models: 'warming-up' })).toEqual(STARTING);
    expect(feel(STARTING, 0)).toEqual(OPEN);
  });

  it('tells a lost lane from the first start', () => {
    expect(feel(STARTING, 0, { models: 'lane-down' })).toEqual({ kind: 'lane-down' });
    expect(feel(OPEN, 0, { models: 'lane-down' })).toEqual({ kind: 'lane-down' });
    // A host that has not counted the restart yet.
    expect(feel(OPEN, 0, { models: 'warming-up' })).toEqual({ kind: 'lane-down' });
    expect(feel({ kind: 'late', lateAt: ms(0) }, 0, { models: 'lane-down' })).toEqual({ kind: 'lane-down' });
    expect(feel({ kind: 'lane-down' }, 0)).toEqual(OPEN);
  });

  it.each([
    ['a window of audio', { vad: 100 }, { vad: 101 }],
    ['speech to text', { stt: 300 }, { stt: 301 }],
    ['text to speech', { tts: 200 }, { tts: 201 }],
    ['the socket thread', { loop: 50 }, { loop: 50.1 }],
  ])('closes when %s is later than its limit', (_, onTime, late) => {
    expect(feel(OPEN, 7, onTime)).toEqual(OPEN);
    expect(feel(OPEN, 7, late)).toEqual({ kind: 'late', lateAt: 7 });
    expect(feel({ kind: 'lane-down' }, 7, late)).toEqual({ kind: 'late', lateAt: 7 });
    expect(feel(STARTING, 7, late)).toEqual({ kind: 'late', lateAt: 7 });
  });

  it('opens again only when everything has been well inside its limit for a while', () => {
    const late: AdmissionState = { kind: 'late', lateAt: ms(1_000) };
    expect(feel(late, 3_999, { stt: 150 })).toEqual(late);
    expect(feel(late, 4_000, { stt: 150 })).toEqual(OPEN);
    expect(feel(late, 4_000, { stt: 151 })).toEqual({ kind: 'late', lateAt: 4_000 });
    expect(feel(late, 4_000, { stt: 150, loop: 30 })).toEqual({ kind: 'late', lateAt: 4_000 });
  });

  it('does not flap while a wait goes up and down around its limit', () => {
    let state: AdmissionState = OPEN;
    const kinds = Array.from({ length: 60 }, (_, second) => {
      state = feel(state, second * 1_000, { stt: second % 2 === 0 ? 310 : 290 });
      return state.kind;
    });
    expect(new Set(kinds)).toEqual(new Set(['late']));
  });

  it('closes for good at a stop signal and at the end of a lane, the latter above all', () => {
    const draining = admissionStep(OPEN, { type: 'stop-asked' }, LIMITS);
    expect(draining).toEqual({ kind: 'draining' });
    expect(feel(draining, 0)).toBe(draining);
    const failed = admissionStep(draining, { type: 'lane-failed' }, LIMITS);
    expect(failed).toEqual({ kind: 'lane-failed' });
    expect(feel(failed, 0)).toBe(failed);
    expect(admissionStep(failed, { type: 'stop-asked' }, LIMITS)).toBe(failed);
  });
});

it('the default limits leave an answer of 620 ms under a second, one wait at its limit at a time', () => {
  const { admission, turn, audio } = loadConfig(null);
  const answerMs = 620;
  for (const wait of [admission.maxVadWaitMs, admission.maxSttWaitMs, admission.maxTtsWaitMs]) {
    expect(answerMs + wait + admission.maxEventLoopDelayMs).toBeLessThan(1_000);
  }
  expect(admission.maxEventLoopDelayMs).toBeLessThan(audio.leadMs);
  expect(admission.maxVadWaitMs).toBeLessThan(turn.minSilenceMs);
});
