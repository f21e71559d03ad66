// Slots: one per call from the answer to the end of the stream, counted exactly over every order of events.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { CallSlots } from '../../src/call/call-slots.ts';
import { ManualClock } from '../support/manual-clock.ts';

const TTL_MS = 30_000;

function setup(slots = 2): { clock: ManualClock; slots: CallSlots } {
  const clock = new ManualClock();
  return { clock, slots: new CallSlots(clock, { slots, answerTtlMs: ms(TTL_MS) }) };
}

describe('slots', () => {
  it('are taken by answers until none is left', () => {
    const { slots } = setup();
    expect(slots.take('CA1')).toBe(TTL_MS);
    expect(slots.take('CA2')).toBe(TTL_MS);
    expect(slots.take('CA3')).toBeNull();
    expect(slots.taken).toBe(2);
    expect(slots.answered()).toEqual(['CA1', 'CA2']);
  });

  it('are taken once by a call, however often its webhook comes, and for the time of the first', () => {
    const { clock, slots } = setup();
    slots.take('CA1');
    clock.advance(1_000);
    expect(slots.take('CA1')).toBe(TTL_MS);
    slots.connect('CA1');
    expect(slots.take('CA1')).toBe(1_000 + TTL_MS);
    expect(slots.taken).toBe(1);
  });

  it('are free again when the stream does not come in time', () => {
    const { clock, slots } = setup();
    slots.take('CA1');
    clock.advance(TTL_MS - 1);
    expect(slots.taken).toBe(1);
    clock.advance(1);
    expect(slots.taken).toBe(0);
    expect(slots.connect('CA1')).toBeNull();
  });

  it('stay with the call while its stream runs, and are given back once', () => {
    const { clock, slots } = setup(1);
    slots.take('CA1');
    const giveBack = slots.connect('CA1')!;
    clock.advance(10 * TTL_MS);
    expect(slots.taken).toBe(1);
    giveBack();
    expect(slots.taken).toBe(0);
    slots.take('CA2');
    giveBack();
    expect(slots.taken).toBe(1);
  });

  it('pass from a stream to the next one of the same call', () => {
    const { slots } = setup(1);
    slots.take('CA1');
    const first = slots.connect('CA1')!;
    slots.take('CA1');
    const second = slots.connect('CA1')!;
    first();
    expect(slots.taken).toBe(1);
    second();
    expect(slots.taken).toBe(0);
  });

  it('wait for the next stream when the first ends before it, but not for ever', () => {
    const { clock, slots } = setup(1);
    slots.take('CA1');
    const first = slots.connect('CA1')!;
    slots.take('CA1');
    first();
    expect(slots.taken).toBe(1);
    clock.advance(TTL_MS);
    expect(slots.taken).toBe(0);
  });

  it('are free at once when the call is known to be over before its stream, and not before a running stream ends', () => {
    const { slots } = setup();
    slots.take('CA1');
    slots.forgetAnswer('CA1');
    expect(slots.taken).toBe(0);
    slots.take('CA2');
    const giveBack = slots.connect('CA2')!;
    slots.take('CA2');
    slots.forgetAnswer('CA2');
    expect(slots.answered()).toEqual([]);
    expect(slots.taken).toBe(1);
    giveBack();
    expect(slots.taken).toBe(0);
  });

  it('tell when all are free, by a stream that ends or an answer that expires, and leave no timer', async () => {
    const { clock, slots } = setup();
    slots.take('CA1');
    slots.take('CA2');
    const giveBack = slots.connect('CA2')!;
    let free = false;
    const told = slots.allFree().then(() => {
      free = true;
    });
    clock.advance(TTL_MS);
    await Promise.resolve();
    expect(free).toBe(false);
    giveBack();
    await told;
    expect(clock.pending).toBe(0);
  });
});

interface ModelCall {
  /** End of the wait for a stream, or null. */
  until: number | null;
  streams: (() => void)[];
}

/** Counts as the documentation says, by walking over all calls. */
class Model {
  readonly calls = new Map<string, ModelCall>();

  of(callSid: string): ModelCall {
    const call = this.calls.get(callSid) ?? { until: null, streams: [] };
    this.calls.set(callSid, call);
    return call;
  }

  taken(now: number): number {
    return [...this.calls.values()].filter(
      ({ until, streams }) => streams.length > 0 || (until !== null && until > now),
    ).length;
  }
}

const event = fc.record({
  kind: fc.constantFrom('take', 'take', 'connect', 'connect', 'end', 'stale-end', 'forget', 'wait'),
  call: fc.integer({ min: 0, max: 7 }),
  waitMs: fc.integer({ min: 1, max: 20_000 }),
});

describe('over random orders of events', () => {
  it('the count is the number of calls that are answered or connected, and never above the limit', () => {
    const limit = 4;
    fc.assert(
      fc.property(fc.array(event, { minLength: 50, maxLength: 300 }), (events) => {
        const { clock, slots } = setup(limit);
        const model = new Model();
        const stale: (() => void)[] = [];
        for (const { kind, call, waitMs } of events) {
          const callSid = `CA${call}`;
          const modelled = model.of(callSid);
          const pending = modelled.until !== null && modelled.until > clock.now();
          switch (kind) {
            case 'take': {
              const room = pending || modelled.streams.length > 0 || model.taken(clock.now()) < limit;
              expect(slots.take(callSid) !== null).toBe(room);
              if (room && !pending) modelled.until = clock.now() + TTL_MS;
              break;
            }
            case 'connect': {
              if (!pending) break;
              stale.push(...modelled.streams);
              modelled.streams = [slots.connect(callSid)!];
              modelled.until = null;
              break;
            }
            case 'end':
              for (const end of modelled.streams.splice(0)) end();
              break;
            case 'stale-end':
              for (const end of stale.splice(0)) end();
              break;
            case 'forget':
              slots.forgetAnswer(callSid);
              modelled.until = null;
              break;
            case 'wait':
              clock.advance(waitMs);
          }
          expect(slots.taken).toBe(model.taken(clock.now()));
          expect(slots.taken).toBeLessThanOrEqual(limit);
        }
        for (const { streams } of model.calls.values()) for (const end of streams) end();
        clock.advance(TTL_MS);
        expect(slots.taken).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
