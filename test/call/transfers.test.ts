// Calls that are handed on: carried out when the stream ends for it, forgotten otherwise, and back with all that was said.
import { beforeEach, describe, expect, it } from 'vitest';
import { CallJournal } from '../../src/call/call-journal.ts';
import { PlannedTransfers, returned, type ParkedCall } from '../../src/call/transfers.ts';
import type { Conversation, ReplyPart, ResponderInput } from '../../src/ports/responder.ts';
import { replyControl } from '../support/conversation.ts';
import { ManualClock } from '../support/manual-clock.ts';

const PLAN = { to: '+15550100111', announcement: null, ringS: 20 };
const FACTS = { callSid: 'CA1', from: 'a', to: 'b', direction: 'inbound', variables: {} } as const;

function conversation(asked: ResponderInput[] = []): Conversation {
  return {
    voice: 'slt',
    wantsAudio: false,
    expecting: () => ({ phrases: [], fit: () => 'unknown', keys: () => 'none' }),
    phrase: () => '',
    // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
    async *reply(_turn, input): AsyncIterable<ReplyPart> {
      asked.push(input);
      yield { kind: 'clause', text: 'Yes.' };
    },
    mayPrepare: () => true,
    settle: () => undefined,
    collected: () => ({}),
    counters: () => ({}),
  };
}

describe('a planned transfer', () => {
  let clock: ManualClock;
  let transfers: PlannedTransfers<string>;
  let parked: ParkedCall<string>;
  beforeEach(() => {
    clock = new ManualClock();
    transfers = new PlannedTransfers(clock);
    parked = {
      start: 'start',
      conversation: conversation(),
      journal: new CallJournal('desk', FACTS, new Date(0)),
    };
  });

  it('is carried out when the stream has ended for it, and not before', () => {
    transfers.plan('CA1', PLAN);
    expect(transfers.planOf('CA1')).toBeNull();
    transfers.ended('CA1', 'transferred', parked);
    expect(transfers.planOf('CA1')).toEqual(PLAN);
    expect(transfers.startOf('CA1')).toBe('start');
  });

  it.each([[null], ['completed']])('is forgotten when the call ended otherwise: %j', (result) => {
    transfers.plan('CA1', PLAN);
    transfers.ended('CA1', result, parked);
    expect(transfers.planOf('CA1')).toBeNull();
    expect(transfers.takeBack('CA1')).toBeNull();
  });

  it('brings the call back once', () => {
    transfers.plan('CA1', PLAN);
    transfers.ended('CA1', 'transferred', parked);
    expect(transfers.takeBack('CA1')).toBe(parked);
    expect(transfers.takeBack('CA1')).toBeNull();
  });

  it('is forgotten after hours, and leaves no timer', () => {
    transfers.plan('CA1', PLAN);
    transfers.ended('CA1', 'transferred', parked);
    clock.advance(4 * 3_600_000);
    expect(transfers.planOf('CA1')).toBeNull();
  });

  it('tells the caller who is back why, in the place of a greeting', async () => {
    const asked: ResponderInput[] = [];
    const back = returned(conversation(asked), 'busy');
    for (const input of [{ kind: 'greeting' }, { kind: 'heard', text: 'Well.' }] as const) {
      for await (const part of back.reply(1, input, replyControl())) expect(part.kind).toBe('clause');
    }
    expect(asked).toEqual([
      { kind: 'returned', because: 'busy' },
      { kind: 'heard', text: 'Well.' },
    ]);
  });

  it('goes on in the same record', () => {
    const { journal } = parked;
    journal.openTurn(1, 'Hello?');
    journal.updateTurn(1, { replied: 'One moment.' });
    journal.end('completed', 'transferred', new Date(1));
    journal.reopen();
    journal.openTurn(1, null);
    journal.updateTurn(1, { replied: 'The line is busy.' });
    expect(journal.snapshot()).toMatchObject({ outcome: 'in-progress', result: null, endedAt: null });
    expect(journal.snapshot().turns.map(({ replied }) => replied)).toEqual([
      'One moment.',
      'The line is busy.',
    ]);
  });
});
