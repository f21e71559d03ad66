// The simulated telephone network: the same every time, as lively as its faults, and fast in simulated time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FaultLottery, MANY_FAULTS, NO_FAULTS } from '../../../src/simulator/network/faults.ts';
import { answerTo, personaAt, REMINDED } from '../../../src/simulator/network/personas.ts';
import { PhoneSystem, type Callback } from '../../../src/simulator/network/phone-system.ts';
import { calleeAt, USUAL_SHARES, type Callee } from '../../../src/simulator/network/population.ts';
import { VirtualClock } from '../../../src/simulator/network/virtual-clock.ts';

describe('a clock that jumps', () => {
  it('runs every timer once, in the order of time and then of setting, unless it was cancelled', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean())), (timers) => {
        const clock = new VirtualClock(0);
        const ran: number[] = [];
        const cancels = timers.map(([time], i) => clock.at(time, () => ran.push(i)));
        timers.forEach(([, cancelled], i) => {
          if (cancelled) cancels[i]?.();
        });
        while (clock.nextAt() !== null) clock.step();
        const kept = timers.flatMap(([time, cancelled], i) => (cancelled ? [] : [{ time, i }]));
        expect(ran).toEqual(kept.toSorted((a, b) => a.time - b.time || a.i - b.i).map(({ i }) => i));
      }),
    );
  });
});

function network(callee: (number: string, nth: number) => Callee, faults = NO_FAULTS) {
  const clock = new VirtualClock(1_000_000);
  const callbacks: Callback[] = [];
  let sids = 0;
  const system: PhoneSystem = new PhoneSystem({
    clock,
    accountSid: 'AC0',
    callsPerSecond: 1,
    callee,
    faults: new FaultLottery(faults, 3),
    newSid: () => String((sids += 1)),
    deliver: (callback) => callbacks.push(callback),
    onAnswered: (call, { patienceMs }) =>
      clock.at(clock.now() + patienceMs, () => system.end(call, 'completed')),
  });
  const dial = (to: string) =>
    system.create({
      to,
      from: '+15005550006',
      url: 'https://p.example/twilio/voice?attempt=a',
      statusCallback: 'https://p.example/twilio/status?attempt=a',
      amdCallback: 'https://p.example/twilio/amd?attempt=a',
      recordingCallback: null,
      ringTimeoutMs: 20_000,
      timeLimitMs: 60_000,
    });
  const finish = (): void => {
    while (clock.nextAt() !== null) clock.step();
  };
  return { clock, system, callbacks, dial, finish };
}

describe('the telephone network', () => {
  it.each([
    ['busy', { kind: 'busy', afterMs: 500 }, ['initiated', 'ringing', 'busy']],
    ['no answer', { kind: 'no-answer' }, ['initiated', 'ringing', 'no-answer']],
    ['failed', { kind: 'failed', afterMs: 500 }, ['initiated', 'failed']],
  ] as const)('tells the statuses of a call: %s', (_name, callee, statuses) => {
    const { callbacks, dial, finish } = network(() => callee);
    dial('+12125550101');
    finish();
    expect(callbacks.map(({ fields }) => fields['CallStatus'])).toEqual(statuses);
    expect(callbacks.map(({ fields }) => fields['SequenceNumber'])).toEqual(
      statuses.map((_, i) => String(i)),
    );
  });

  it('tells nothing of a call that is cancelled in the queue', () => {
    const { callbacks, system, dial, finish } = network(() => ({ kind: 'no-answer' }));
    const call = dial('+12125550101');
    expect(system.end(call, 'canceled')).toBe(true);
    expect(system.end(call, 'completed')).toBe(false);
    finish();
    expect(callbacks).toEqual([]);
  });

  it('ends every call of a bad network, the same way each time, 20,000 of them in no time', () => {
    const run = () => {
      const { system, callbacks, dial, finish } = network(
        (number, nth) => calleeAt(9, USUAL_SHARES, number, nth),
        MANY_FAULTS,
      );
      for (let i = 0; i < 20_000; i += 1) dial(`+1212${String(5_000_000 + (i % 15_000))}`);
      finish();
      return { ends: system.calls.map(({ status }) => status), callbacks: callbacks.length };
    };
    const first = run();
    expect(new Set(first.ends)).toEqual(new Set(['completed', 'busy', 'failed', 'no-answer']));
    expect(run()).toEqual(first);
    const all = first.ends.length * 3.4;
    expect(first.callbacks).toBeGreaterThan(all * 0.9);
  });
});

describe('the people', () => {
  it('are the same for the same luck, and say what they mean', () => {
    const [confirms] = REMINDED;
    expect(personaAt(REMINDED, 0)).toBe(confirms);
    expect(personaAt(REMINDED, 0.999).name).toBe('hangs up');
    const moves = REMINDED.find(({ name }) => name === 'moves')!;
    expect(answerTo(moves, 'So that is Tuesday, December first, at nine a.m. Is that right?')).toEqual({
      say: 'Yes, that is correct.',
    });
    expect(answerTo(moves, 'So that is Thursday, at five p.m. Is that right?')).toEqual({ say: 'No.' });
    expect(answerTo(moves, 'One moment, please.')).toBeNull();
  });
});
