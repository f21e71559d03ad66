// Calls that we made are taken where others wait: their telephones rang already.
import { describe, expect, it } from 'vitest';
import { AdmissionDesk } from '../../src/call/admission-desk.ts';
import type { Vitals } from '../../src/call/admission-policy.ts';
import { CallSlots } from '../../src/call/call-slots.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ms } from '../../src/audio/units.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingLogger } from '../support/recorded-telemetry.ts';

function open(vitals: Vitals, slots = 3): AdmissionDesk {
  const clock = new ManualClock();
  const held = new CallSlots(clock, { slots, answerTtlMs: ms(30_000) });
  const desk = new AdmissionDesk({
    slots: held,
    limits: loadConfig(null).admission,
    vitals: () => vitals,
    clock,
    logger: new RecordingLogger(),
  });
  // With a call in progress lateness counts.
  desk.admit('CA0');
  held.connect('CA0');
  return desk;
}

const LATE: Vitals = {
  models: 'ready',
  waitsMs: { vad: 5_000, stt: 5_000, tts: 5_000 },
  eventLoopDelayMs: 1,
};

describe('a call that we made', () => {
  it('is taken while others are refused for lateness', () => {
    const desk = open(LATE);
    expect(desk.admit('CA1')).toEqual({ ok: false, reason: 'late' });
    expect(desk.admit('CA2', 'made')).toMatchObject({ ok: true });
  });

  it('is refused where every slot is taken, and while the server ends', () => {
    const full = open(LATE, 1);
    expect(full.admit('CA1', 'made')).toEqual({ ok: false, reason: 'full' });
    const ending = open(LATE);
    ending.drain();
    expect(ending.admit('CA1', 'made')).toEqual({ ok: false, reason: 'draining' });
  });
});
