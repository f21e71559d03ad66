// The way of a call from its webhook to its end over real tokens, slots and sessions, in every order, with every accident.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeMulaw } from '../../src/audio/mulaw.ts';
import { ms, pcm } from '../../src/audio/units.ts';
import { AdmissionDesk } from '../../src/call/admission-desk.ts';
import { CallBook } from '../../src/call/call-book.ts';
import { PlannedTransfers } from '../../src/call/transfers.ts';
import { CallSlots } from '../../src/call/call-slots.ts';
import { LiveCalls } from '../../src/call/live-calls.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CallError } from '../../src/ports/errors.ts';
import type { LineEvent, MediaChannel } from '../../src/ports/media-channel.ts';
import type { CallFacts, Conversation } from '../../src/ports/responder.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';
import { StreamTokens, type StreamGrant } from '../../src/twilio/stream-tokens.ts';
import { FakeInference } from '../support/fake-inference.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingLogger, RecordingMeter } from '../support/recorded-telemetry.ts';

const LIMIT = 4;
const TTL_MS = 30_000;
const FRAME = encodeMulaw(pcm(8000, new Int16Array(160)));

/** What goes wrong with a call. */
type Accident = 'none' | 'no-agent' | 'no-models' | 'lost-record' | 'detector-bug';

interface Stream {
  readonly deliver: (event: LineEvent) => void;
  closedWith: string | null;
}

class Reception {
  readonly clock = new ManualClock();
  readonly meter = new RecordingMeter();
  readonly inference = new FakeInference();
  readonly slots = new CallSlots(this.clock, { slots: LIMIT, answerTtlMs: ms(TTL_MS) });
  readonly tokens = new StreamTokens(this.clock, LIMIT);
  readonly book = new CallBook();
  readonly desk: AdmissionDesk;
  readonly calls: LiveCalls;
  accident: Accident = 'none';

  constructor() {
    const { clock, meter, inference, slots, book } = this;
    const logger = new RecordingLogger();
    this.desk = new AdmissionDesk({
      slots,
      limits: loadConfig(null).admission,
      vitals: () => ({ models: 'ready', waitsMs: inference.waits(), eventLoopDelayMs: 0 }),
      clock,
      logger,
    });
    this.calls = new LiveCalls({
      slots,
      book,
      responder: { has: () => true, open: () => this.#conversation() },
      modelsOf: (callSid) => {
        if (this.accident === 'no-models') throw new Error('scripted');
        const models = inference.modelsOf(callSid);
        if (this.accident !== 'detector-bug') return models;
        const open = (): never => {
          throw new Error('scripted');
        };
        const { transcriber, synthesizer } = models;
        return { transcriber, synthesizer, detector: { open } };
      },
      transfers: new PlannedTransfers(this.clock),
      optOuts: { add: () => Promise.resolve() },
      archive: null,
      policy: DEFAULT_TURN_POLICY,
      leadMs: ms(400),
      stallMs: ms(1000),
      maySpeculate: () => true,
      clock,
      logger,
      meter,
    });
  }

  /** As the webhook does; null is a refusal. */
  answer(callSid: string): string | null {
    const again = this.tokens.pendingFor(callSid);
    if (again !== null) return again;
    const admission = this.desk.admit(callSid);
    return admission.ok ? this.tokens.mint(grantFor(callSid), admission.until) : null;
  }

  /** As the media socket does; null is a refused token. @throws whatever the call throws. */
  start(callSid: string, token: string): Stream | null {
    const redemption = this.tokens.redeem(token, callSid);
    if (!redemption.ok) return null;
    const stream = { closedWith: null as string | null };
    const channel: MediaChannel = {
      callSid,
      streamSid: 'MZ1',
      send: () => undefined,
      mark: () => undefined,
      clear: () => undefined,
      close: (_, reason) => {
        stream.closedWith ??= reason;
      },
    };
    const deliver = this.calls.begin({ ...redemption.grant, streamSid: 'MZ1' }, channel);
    return Object.assign(stream, { deliver });
  }

  #conversation(): Conversation {
    if (this.accident === 'no-agent') throw new CallError('no-such-agent', 'scripted');
    const { accident } = this;
    return {
      voice: 'slt',
      wantsAudio: false,
      mayPrepare: () => true,
      counters: () => ({}),
      expecting: () => ({ phrases: [], fit: () => 'unknown', keys: () => 'none' }),
      phrase: (kind) => `(${kind})`,
      reply: async function* () {
        await Promise.resolve();
        yield { kind: 'clause', text: 'Hello.' };
      },
      settle: () => undefined,
      collected: () => {
        if (accident === 'lost-record') throw new Error('scripted');
        return {};
      },
    };
  }
}

function grantFor(callSid: string): StreamGrant {
  const facts: CallFacts = { callSid, from: 'a', to: 'b', direction: 'inbound', variables: {} };
  return { ...facts, agent: 'test' };
}

/** Lets the guard of a media socket do its work: what a call throws ends its stream. */
function deliverGuarded(stream: Stream, event: LineEvent): boolean {
  try {
    stream.deliver(event);
    return true;
  } catch {
    stream.deliver({ type: 'closed', reason: 'socket-closed' });
    return false;
  }
}

describe('a call', () => {
  it('keeps one slot and one agent when its webhook comes again while it is connected', () => {
    const reception = new Reception();
    const first = reception.start('CA1', reception.answer('CA1')!)!;
    const again = reception.answer('CA1')!;
    expect(reception.answer('CA1')).toBe(again);
    expect(reception.slots.taken).toBe(1);
    reception.start('CA1', again);
    expect(first.closedWith).toBe('hang-up');
    expect(reception.calls.size).toBe(1);
    expect(reception.slots.taken).toBe(1);
  });

  it.each(['no-agent', 'no-models'] as const)('that cannot begin (%s) gives its slot back', (accident) => {
    const reception = new Reception();
    const token = reception.answer('CA1')!;
    reception.accident = accident;
    expect(() => reception.start('CA1', token)).toThrow();
    expect(reception.slots.taken).toBe(0);
    expect(reception.calls.size).toBe(0);
    expect(reception.meter.gauges.get('calls_in_progress') ?? 0).toBe(0);
  });

  it('whose record cannot be written gives its slot back, and its line', () => {
    const reception = new Reception();
    reception.accident = 'lost-record';
    const stream = reception.start('CA1', reception.answer('CA1')!)!;
    stream.deliver({ type: 'closed', reason: 'stop' });
    expect(reception.slots.taken).toBe(0);
    expect(stream.closedWith).toBe('hang-up');
    expect(reception.book.get('CA1')).toMatchObject({ outcome: 'caller-hung-up', state: 'ended' });
  });

  it('ended by the server is named, and its slot is free', () => {
    const reception = new Reception();
    const streams = ['CA1', 'CA2'].map((callSid) => reception.start(callSid, reception.answer(callSid)!)!);
    reception.answer('CA3');
    expect(reception.calls.endAll('lane-failed')).toEqual(['CA1', 'CA2']);
    expect(streams.map((stream) => stream.closedWith)).toEqual(['failure', 'failure']);
    expect(reception.slots.answered()).toEqual(['CA3']);
    expect(reception.slots.taken).toBe(1);
  });
});

const EVENTS = [
  'webhook',
  'webhook',
  'start',
  'start',
  'frame',
  'stop',
  'socket-died',
  'call-over',
  'lane-dies',
  'lane-back',
  'wait',
  'end-all',
] as const;

const event = fc.record({
  kind: fc.constantFrom(...EVENTS),
  call: fc.integer({ min: 0, max: 9 }),
  accident: fc.constantFrom<Accident>(
    'none',
    'none',
    'none',
    'no-agent',
    'no-models',
    'lost-record',
    'detector-bug',
  ),
  waitMs: fc.integer({ min: 1, max: 15_000 }),
});
type Event = typeof event extends fc.Arbitrary<infer Value> ? Value : never;

interface Modelled {
  token: string | null;
  until: number;
  stream: Stream | null;
}

/** Keeps its own account of every call, and compares after every event. */
class Account {
  readonly reception = new Reception();
  readonly #calls = new Map<string, Modelled>();
  events = 0;

  play({ kind, call, accident, waitMs }: Event): void {
    const { reception } = this;
    const callSid = `CA${call}`;
    const modelled = this.#of(callSid);
    this.events += 1;
    switch (kind) {
      case 'webhook':
        this.#webhook(callSid, modelled);
        break;
      case 'start':
        this.#start(callSid, modelled, accident);
        break;
      case 'frame':
        if (modelled.stream === null) break;
        if (!deliverGuarded(modelled.stream, { type: 'media', at: ms(171), audio: FRAME }))
          modelled.stream = null;
        break;
      case 'stop':
      case 'socket-died':
        modelled.stream?.deliver({ type: 'closed', reason: kind === 'stop' ? 'stop' : 'socket-closed' });
        modelled.stream = null;
        break;
      case 'call-over':
        reception.tokens.revoke(callSid);
        reception.slots.forgetAnswer(callSid);
        modelled.token = null;
        break;
      case 'lane-dies':
        reception.inference.ready = false;
        break;
      case 'lane-back':
        reception.inference.ready = true;
        break;
      case 'wait':
        reception.clock.advance(waitMs);
        // A detector with a bug in it costs its call, should silence have to be fed to it meanwhile.
        for (const one of this.#calls.values()) if (one.stream?.closedWith != null) one.stream = null;
        break;
      case 'end-all':
        // Rare, or no call would live long.
        if (waitMs > 500) break;
        reception.calls.endAll('draining');
        for (const one of this.#calls.values()) one.stream = null;
    }
    this.#compare();
  }

  #of(callSid: string): Modelled {
    const modelled = this.#calls.get(callSid) ?? { token: null, until: 0, stream: null };
    this.#calls.set(callSid, modelled);
    return modelled;
  }

  #holds = (call: Modelled): boolean => call.stream !== null || this.#waits(call);
  #waits = (call: Modelled): boolean => call.token !== null && call.until > this.reception.clock.now();

  get taken(): number {
    return [...this.#calls.values()].filter(this.#holds).length;
  }

  #webhook(callSid: string, modelled: Modelled): void {
    const before = this.taken;
    const waiting = this.#waits(modelled);
    const token = this.reception.answer(callSid);
    expect(token !== null).toBe(this.#holds(modelled) || before < LIMIT);
    if (waiting) expect(token).toBe(modelled.token);
    else if (token !== null) {
      modelled.token = token;
      modelled.until = this.reception.clock.now() + TTL_MS;
    }
  }

  #start(callSid: string, modelled: Modelled, accident: Accident): void {
    if (modelled.token === null) return;
    const waiting = this.#waits(modelled);
    this.reception.accident = accident;
    try {
      const stream = this.reception.start(callSid, modelled.token);
      expect(stream !== null).toBe(waiting);
      if (stream !== null) modelled.stream = stream;
    } catch (error) {
      if (accident !== 'no-agent' && accident !== 'no-models') throw error;
      modelled.stream = null;
    } finally {
      this.reception.accident = 'none';
      if (waiting) modelled.token = null;
    }
  }

  #compare(): void {
    const { slots, calls, meter } = this.reception;
    const live = [...this.#calls.values()].filter((call) => call.stream !== null).length;
    expect(slots.taken).toBe(this.taken);
    expect(slots.taken).toBeLessThanOrEqual(LIMIT);
    expect(calls.size).toBe(live);
    expect(meter.gauges.get('calls_in_progress') ?? 0).toBe(live);
  }

  end(): void {
    for (const { stream } of this.#calls.values()) stream?.deliver({ type: 'closed', reason: 'stop' });
    this.reception.clock.advance(TTL_MS);
    expect(this.reception.slots.taken).toBe(0);
    expect(this.reception.calls.size).toBe(0);
    expect(this.reception.clock.pending).toBe(0);
  }
}

it('over random opens, closes, crashes and expiries the slots are exactly the calls, and none at the end', () => {
  let events = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 100, maxLength: 300 }), (history) => {
      const account = new Account();
      for (const next of history) account.play(next);
      account.end();
      events += account.events;
    }),
    { numRuns: 100 },
  );
  expect(events).toBeGreaterThan(10_000);
}, 60_000);
