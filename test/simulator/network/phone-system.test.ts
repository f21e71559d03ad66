// The simulated telephone network in time that jumps: what becomes of calls, what is told of it, and in which order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chanceOf } from '../../../src/simulator/network/chance.ts';
import {
  FaultLottery,
  MANY_FAULTS,
  NO_FAULTS,
  type NetworkFaults,
} from '../../../src/simulator/network/faults.ts';
import {
  isFinal,
  PhoneSystem,
  type Callback,
  type PhoneCall,
  type PhoneCallRequest,
} from '../../../src/simulator/network/phone-system.ts';
import {
  calleeAt,
  USUAL_SHARES,
  type Answering,
  type Callee,
} from '../../../src/simulator/network/population.ts';
import { VirtualClock } from '../../../src/simulator/network/virtual-clock.ts';

const START = Date.parse('2026-11-23T18:00:00Z');
const ANNA = '+12125550101';

const PERSON: Answering = {
  kind: 'answers',
  ringMs: 3_000,
  who: 'person',
  verdict: { answeredBy: 'human', afterMs: 4_000 },
  persona: 0,
  patienceMs: 60_000,
};

interface Rig {
  readonly clock: VirtualClock;
  readonly system: PhoneSystem;
  readonly told: { readonly at: number; readonly fields: Callback['fields'] }[];
  readonly answered: PhoneCall[];
  readonly ended: PhoneCall[];
  run(): void;
}

function rig(
  callee: (number: string, nth: number) => Callee,
  faults: NetworkFaults = NO_FAULTS,
  callsPerSecond = 1,
): Rig {
  const clock = new VirtualClock(START);
  const told: Rig['told'] = [];
  const answered: PhoneCall[] = [];
  const ended: PhoneCall[] = [];
  let sids = 0;
  const system = new PhoneSystem({
    clock,
    accountSid: `AC${'1'.repeat(32)}`,
    callsPerSecond,
    callee,
    faults: new FaultLottery(faults, 1),
    newSid: () => (sids++).toString(16).padStart(32, '0'),
    deliver: ({ fields }) => told.push({ at: clock.now() - START, fields }),
    onAnswered: (call) => answered.push(call),
    onEnded: (call) => ended.push(call),
  });
  const run = (): void => {
    while (clock.nextAt() !== null) clock.step();
  };
  return { clock, system, told, answered, ended, run };
}

const request = (to: string, changes: Partial<PhoneCallRequest> = {}): PhoneCallRequest => ({
  to,
  from: '+15005550006',
  url: 'https://parley.example/twilio/voice',
  statusCallback: 'https://parley.example/twilio/status',
  amdCallback: 'https://parley.example/twilio/amd',
  recordingCallback: null,
  ringTimeoutMs: 20_000,
  timeLimitMs: 120_000,
  ...changes,
});

const statusesOf = ({ told }: Rig): readonly (string | undefined)[] =>
  told.map(({ fields }) => fields['CallStatus']).filter((status) => status !== undefined);

describe('the simulated telephone network', () => {
  it.each([
    ['busy', { kind: 'busy', afterMs: 500 }, ['initiated', 'ringing', 'busy']],
    ['failed', { kind: 'failed', afterMs: 500 }, ['initiated', 'failed']],
    ['no-answer', { kind: 'no-answer' }, ['initiated', 'ringing', 'no-answer']],
    ['completed', PERSON, ['initiated', 'ringing', 'in-progress', 'completed']],
  ] as const)('ends a call as %s and tells every step of it in order', (status, callee, steps) => {
    const network = rig(() => callee);
    const call = network.system.create(request(ANNA));
    expect(call).toMatchObject({ status: 'queued', startedAt: null, endedAt: null, queueMs: 0 });
    network.run();
    expect(call.status).toBe(status);
    expect(statusesOf(network)).toEqual(steps);
    expect(network.told.flatMap(({ fields }) => fields['SequenceNumber'] ?? [])).toEqual(
      steps.map((_, index) => String(index)),
    );
    expect(network.answered.length).toBe(status === 'completed' ? 1 : 0);
    expect(network.ended.length).toBe(network.answered.length);
  });

  it('tells where the recording of an answered call is, and of no other', () => {
    const recordingCallback = 'https://parley.example/twilio/recording';
    for (const [callee, recordings] of [
      [PERSON, 1],
      [{ kind: 'busy', afterMs: 500 }, 0],
    ] as const) {
      const network = rig(() => callee);
      const call = network.system.create(request(ANNA, { recordingCallback }));
      network.run();
      const told = network.told.filter(({ fields }) => fields['RecordingUrl'] !== undefined);
      expect(told).toHaveLength(recordings);
      for (const { fields } of told) {
        expect(fields).toMatchObject({ CallSid: call.sid, RecordingStatus: 'completed' });
      }
    }
  });

  it('ends a call at its time limit, whatever its callee does', () => {
    const network = rig(() => PERSON);
    const call = network.system.create(request(ANNA, { timeLimitMs: 30_000 }));
    network.run();
    expect((call.endedAt ?? 0) - (call.startedAt ?? 0)).toBe(30_000);
    expect(network.told.at(-1)?.fields).toMatchObject({
      CallStatus: 'completed',
      CallDuration: '30',
      Duration: '1',
      AnsweredBy: 'human',
      Direction: 'outbound-api',
      CallbackSource: 'call-progress-events',
    });
  });

  it('gives up ringing when it was told to, though the callee would have answered', () => {
    const network = rig(() => ({ ...PERSON, ringMs: 20_000 }));
    const call = network.system.create(request(ANNA, { ringTimeoutMs: 15_000 }));
    network.run();
    expect(call).toMatchObject({ status: 'no-answer', startedAt: null });
  });

  it('cancels a call in the queue without a word', () => {
    const network = rig(() => PERSON);
    network.system.create(request('+12125550100'));
    const waiting = network.system.create(request(ANNA));
    expect(network.system.end(waiting, 'canceled')).toBe(true);
    network.run();
    expect(network.told.filter(({ fields }) => fields['CallSid'] === waiting.sid)).toEqual([]);
    expect(waiting).toMatchObject({ status: 'canceled', startedAt: null });
  });

  it('does not end a call twice', () => {
    const network = rig(() => PERSON);
    const call = network.system.create(request(ANNA));
    network.run();
    expect(network.system.end(call, 'canceled')).toBe(false);
    expect(call.status).toBe('completed');
    expect(network.ended).toEqual([call]);
  });

  it('tells who answered even after the call', () => {
    const network = rig(() => PERSON);
    const call = network.system.create(request(ANNA));
    while (network.answered.length === 0) network.clock.step();
    network.system.end(call, 'completed');
    network.run();
    const order = network.told.map(({ fields }) => fields['CallStatus'] ?? fields['AnsweredBy']);
    expect(order.slice(-2)).toEqual(['completed', 'human']);
    expect(network.told.at(-1)?.fields).toMatchObject({ MachineDetectionDuration: '4000' });
  });

  it('begins no more calls in a second than the account may, and says how long each waits', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 900 }), { minLength: 2, maxLength: 60 }), (gaps) => {
        const network = rig(() => ({ kind: 'busy', afterMs: 100 }), NO_FAULTS, 2);
        for (const [nth, gapMs] of gaps.entries()) {
          network.clock.at(network.clock.now() + gapMs, () => undefined);
          network.clock.step();
          const call = network.system.create(request(`+1212555${nth}`));
          expect(call.queueMs).toBeGreaterThanOrEqual(0);
        }
        network.run();
        const begun = network.told.filter(({ fields }) => fields['CallStatus'] === 'initiated');
        expect(begun.length).toBe(gaps.length);
        const starts = network.system.calls.map(({ createdAt, queueMs }) => createdAt + queueMs);
        for (const [index, at] of starts.entries()) {
          expect(at - (starts[index - 2] ?? -Infinity)).toBeGreaterThanOrEqual(999);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('reaches a final state in every call, however bad the callbacks, and tells nothing after the last', () => {
    const network = rig((number, nth) => calleeAt(3, USUAL_SHARES, number, nth), MANY_FAULTS, 50);
    for (let nth = 0; nth < 2_000; nth += 1) network.system.create(request(`+1212${5_550_000 + nth}`));
    network.run();
    const counts = new Map<string, number>();
    for (const { fields } of network.told) {
      if (fields['CallStatus'] === undefined) continue;
      const key = `${fields['CallSid'] ?? ''} ${fields['SequenceNumber'] ?? ''}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(network.system.calls.every(({ status }) => isFinal(status))).toBe(true);
    expect([...counts.values()].some((count) => count === 2)).toBe(true);
    const lastOf = new Map(network.told.map(({ fields }) => [fields['CallSid'], fields]));
    const early = network.system.calls.filter(({ sid }) => {
      const status = lastOf.get(sid)?.['CallStatus'];
      return status !== undefined && !isFinal(status as PhoneCall['status']);
    });
    // Some last words are lost, and some come before earlier ones.
    expect(early.length).toBeGreaterThan(0);
  });

  it('leaves no timer when it is closed', () => {
    const network = rig(() => PERSON, MANY_FAULTS, 10);
    for (let nth = 0; nth < 50; nth += 1) network.system.create(request(`+1212555${nth}`));
    for (let step = 0; step < 200; step += 1) network.clock.step();
    network.system.close();
    expect(network.clock.nextAt()).toBeNull();
  });

  it('is the same for the same seed, and carries 20,000 calls', () => {
    const play = (): readonly string[] => {
      const network = rig((number, nth) => calleeAt(9, USUAL_SHARES, number, nth), MANY_FAULTS, 100);
      for (let nth = 0; nth < 20_000; nth += 1) network.system.create(request(`+1${2_120_000_000 + nth}`));
      network.run();
      return network.system.calls.map(({ sid, status, endedAt }) => `${sid} ${status} ${endedAt ?? 0}`);
    };
    const first = play();
    expect(first.length).toBe(20_000);
    expect(play()).toEqual(first);
  });
});

describe('time that jumps', () => {
  it('runs timers in the order of their times, those of one time in the order they were set', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ time: fc.nat({ max: 50 }), cancelled: fc.boolean() })), (timers) => {
        const clock = new VirtualClock(0);
        const ran: { readonly time: number; readonly order: number }[] = [];
        for (const [order, { time, cancelled }] of timers.entries()) {
          const cancel = clock.at(time, () => ran.push({ time: clock.now(), order }));
          if (cancelled) cancel();
        }
        while (clock.nextAt() !== null) clock.step();
        const expected = timers
          .map(({ time, cancelled }, order) => ({ time, order, cancelled }))
          .filter(({ cancelled }) => !cancelled)
          .toSorted((a, b) => a.time - b.time || a.order - b.order)
          .map(({ time, order }) => ({ time, order }));
        expect(ran).toEqual(expected);
      }),
    );
  });
});

describe('a population', () => {
  it('does the same at each attempt for the same seed, and something else for another', () => {
    const numbers = Array.from({ length: 300 }, (_, nth) => `+1212555${String(nth).padStart(4, '0')}`);
    const all = (seed: number): readonly Callee[] =>
      numbers.flatMap((number) => [1, 2, 3].map((nth) => calleeAt(seed, USUAL_SHARES, number, nth)));
    expect(all(1)).toEqual(all(1));
    expect(all(1)).not.toEqual(all(2));
    const person = all(1).filter((callee) => callee.kind === 'answers' && callee.who === 'person');
    expect(person.length / 900).toBeCloseTo(USUAL_SHARES.person, 1);
  });

  it('draws chances that are even', () => {
    const chance = chanceOf(5, 'even');
    const tenths = new Array<number>(10).fill(0);
    for (let nth = 0; nth < 10_000; nth += 1) {
      const slot = Math.floor(chance() * 10);
      tenths[slot] = (tenths[slot] ?? 0) + 1;
    }
    for (const count of tenths) expect(count).toBeGreaterThan(850);
  });
});
