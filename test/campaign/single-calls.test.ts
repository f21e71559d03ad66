// A single outbound call: what keeps it from being dialled, and how it is followed to its end.
import { describe, expect, it } from 'vitest';
import { SingleCalls } from '../../src/campaign/single-calls.ts';
import {
  DialError,
  type CallControl,
  type DialErrorCode,
  type DialRequest,
  type NetworkCall,
} from '../../src/ports/call-control.ts';
import type { DoNotCallEntry } from '../../src/ports/do-not-call.ts';
import { RecordingLogger } from '../support/recorded-telemetry.ts';

const ANNA = '+12125550101';
const REQUEST = { to: ANNA, from: '+15005550006', agent: 'front-desk', variables: { name: 'Anna' } };

const networkCall = (callSid: string, to = ANNA): NetworkCall => ({
  callSid,
  to,
  from: REQUEST.from,
  status: 'queued',
  answeredBy: null,
  createdAt: 1_000,
  startedAt: null,
  endedAt: null,
  durationS: null,
});

function rig(
  options: { fails?: DialErrorCode; found?: readonly NetworkCall[]; listed?: DoNotCallEntry } = {},
): {
  calls: SingleCalls;
  dialled: DialRequest[];
} {
  const dialled: DialRequest[] = [];
  const control: CallControl = {
    dial: (request) => {
      dialled.push(request);
      if (options.fails !== undefined) return Promise.reject(new DialError(options.fails, 'no'));
      return Promise.resolve(networkCall(`CA${dialled.length}`));
    },
    hangUp: () => Promise.resolve(),
    fetch: () => Promise.resolve(null),
    placedTo: () => Promise.resolve(options.found ?? []),
    check: () => Promise.resolve(),
  };
  let ids = 0;
  const calls = new SingleCalls({
    control,
    doNotCall: {
      add: () => Promise.resolve(),
      addAll: () => Promise.resolve(0),
      remove: () => Promise.resolve(false),
      find: (number) => Promise.resolve(options.listed?.number === number ? options.listed : null),
      page: () => Promise.resolve([]),
    },
    hasAgent: (name) => name === 'front-desk',
    addressesOf: (id) => ({ answerUrl: `https://a.example/${id}`, statusUrl: `https://s.example/${id}` }),
    opening: { kind: 'at-once' },
    ringTimeoutS: 30,
    timeLimitS: 600,
    now: () => 10_000,
    newId: () => `id${(ids += 1)}`,
    logger: new RecordingLogger(),
  });
  return { calls, dialled };
}

describe('a single call', () => {
  it('is dialled, connected and ended by its agent', async () => {
    const { calls, dialled } = rig();
    const { id } = await calls.dial(REQUEST);
    expect(dialled).toMatchObject([{ to: ANNA, answerUrl: 'https://a.example/id1', amdUrl: null }]);
    expect(calls.get(id)?.state).toEqual({ kind: 'placed', callSid: 'CA1', status: 'queued' });
    calls.status(id, 'CA1', 'ringing');
    expect(calls.get(id)?.state).toMatchObject({ kind: 'placed', status: 'ringing' });
    const plan = calls.planFor(id);
    expect(plan).toMatchObject({ agent: 'front-desk', variables: { name: 'Anna' } });
    plan?.plan.watch.connected();
    expect(calls.get(id)?.state.kind).toBe('talking');
    plan?.plan.watch.ended({ by: 'agent', result: 'booked', collected: {}, messageLeft: false });
    calls.status(id, 'CA1', 'completed');
    expect(calls.get(id)?.state).toEqual({ kind: 'ended', callSid: 'CA1', outcome: 'booked' });
    expect(calls.planFor(id)).toBeNull();
  });

  it.each(['busy', 'no-answer', 'failed', 'canceled'] as const)('ends %s, and stays so', async (status) => {
    const { calls } = rig();
    const { id } = await calls.dial(REQUEST);
    expect(calls.status(id, 'CA1', status)).toBe(true);
    expect(calls.status(id, 'CA1', 'ringing')).toBe(true);
    expect(calls.get(id)?.state).toEqual({ kind: 'ended', callSid: 'CA1', outcome: status });
  });

  it('is not made to a number on the list, or for an agent that there is not', async () => {
    const listed = { number: ANNA, at: Date.UTC(2026, 0, 2), source: 'command', note: '' };
    const { calls, dialled } = rig({ listed });
    await expect(calls.dial(REQUEST)).rejects.toMatchObject({
      code: 'do-not-call',
      message: 'This number is on the do-not-call list since 2026-01-02.',
    });
    await expect(calls.dial({ ...REQUEST, agent: 'nobody' })).rejects.toMatchObject({
      code: 'unknown-agent',
    });
    expect(dialled).toEqual([]);
  });

  it('says what the network refuses, and forgets the call', async () => {
    const { calls } = rig({ fails: 'caller-id-not-owned' });
    await expect(calls.dial(REQUEST)).rejects.toMatchObject({ code: 'caller-id-not-owned' });
    expect(calls.get('id1')).toBeNull();
  });

  it('is found again when the answer of the network is lost, and never dialled twice', async () => {
    const { calls, dialled } = rig({ fails: 'answer-lost', found: [networkCall('CA9')] });
    const { id } = await calls.dial(REQUEST);
    expect(calls.get(id)?.state).toMatchObject({ callSid: 'CA9' });
    expect(dialled).toHaveLength(1);
    const lost = rig({ fails: 'answer-lost' });
    await expect(lost.calls.dial(REQUEST)).rejects.toMatchObject({ code: 'answer-lost' });
  });

  it('leaves statuses of other calls to others', () => {
    expect(rig().calls.status('unknown', 'CA1', 'completed')).toBe(false);
  });

  it('makes room for a new call by forgetting one that has ended', async () => {
    const { calls } = rig();
    const first = await calls.dial(REQUEST);
    for (let i = 1; i < 1_000; i += 1) await calls.dial(REQUEST);
    await expect(calls.dial(REQUEST)).rejects.toMatchObject({ code: 'too-many' });
    calls.status(first.id, 'CA1', 'busy');
    await calls.dial(REQUEST);
    expect(calls.get(first.id)).toBeNull();
  });
});
