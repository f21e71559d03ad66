// Calls that we make and opt-outs of any call: what is said, what is written before it, and what the attempt is told.
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { GuardedConversation } from '../../src/call/guarded-conversation.ts';
import type { CallEnding, OutboundWatch } from '../../src/ports/outbound.ts';
import type { Conversation, HeardExtent, ReplyPart, ResponderInput } from '../../src/ports/responder.ts';
import { CallRig } from '../support/call-rig.ts';
import { replyControl } from '../support/conversation.ts';
import { RecordingLogger } from '../support/recorded-telemetry.ts';

class Watch implements OutboundWatch {
  readonly told: string[] = [];
  ending: CallEnding | null = null;
  connected(): void {
    this.told.push('connected');
  }
  firstAudio(): void {
    if (!this.told.includes('first audio')) this.told.push('first audio');
  }
  personSpoke(): void {
    this.told.push('person spoke');
  }
  ended(ending: CallEnding): void {
    this.told.push(`ended by ${ending.by}`);
    this.ending = ending;
  }
}

interface Guarded {
  readonly conversation: GuardedConversation;
  readonly asked: ResponderInput[];
  readonly settled: [number, HeardExtent][];
  readonly added: string[];
  readonly watch: Watch;
  readonly logger: RecordingLogger;
}

function guarded(
  options: { outbound?: boolean; fails?: boolean; greetsLater?: boolean; open?: true } = {},
): Guarded {
  const asked: ResponderInput[] = [];
  const settled: [number, HeardExtent][] = [];
  const added: string[] = [];
  const watch = new Watch();
  const logger = new RecordingLogger();
  const inner: Conversation = {
    voice: 'slt',
    wantsAudio: false,
    mayPrepare: () => true,
    counters: () => ({}),
    expecting: () => ({
      phrases: ['yes', 'no'],
      ...(options.open === true && { open: true as const }),
      fit: (text) => (text === 'Yes.' ? 'whole' : 'unknown'),
      keys: (digits) => (digits === '1' ? 'whole' : 'none'),
    }),
    phrase: () => 'Sorry.',
    // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
    async *reply(_turn, input): AsyncIterable<ReplyPart> {
      asked.push(input);
      yield { kind: 'clause', text: 'Fine.' };
    },
    settle: (turn, extent) => {
      settled.push([turn, extent]);
    },
    collected: () => ({}),
  };
  const conversation = new GuardedConversation(inner, {
    callSid: 'CA1',
    number: '+12125550101',
    optOuts: {
      add: ({ number, how }) => {
        added.push(`${number} ${how}`);
        return options.fails === true ? Promise.reject(new Error('away')) : Promise.resolve();
      },
    },
    watch: options.outbound === false ? null : watch,
    greetsLater: options.greetsLater === true,
    logger,
  });
  return { conversation, asked, settled, added, watch, logger };
}

async function said(
  conversation: Conversation,
  turn: number,
  input: ResponderInput,
): Promise<readonly ReplyPart[]> {
  const parts: ReplyPart[] = [];
  for await (const part of conversation.reply(turn, input, replyControl())) parts.push(part);
  return parts;
}

const heard = (text: string): ResponderInput => ({ kind: 'heard', text });

describe('a conversation with a guard', () => {
  it('writes an opt-out before a word of the confirmation, confirms it to the end, and hangs up', async () => {
    const { conversation, added, asked } = guarded();
    const reply = conversation
      .reply(3, heard('Take me off your list.'), replyControl())
      [Symbol.asyncIterator]();
    const first = await reply.next();
    expect(added).toEqual(['+12125550101 words']);
    expect(first.value).toMatchObject({ kind: 'clause', uninterruptible: true });
    const parts = await said(conversation, 4, heard('Take me off your list.'));
    expect(parts.at(-1)).toEqual({ kind: 'hang-up', outcome: 'opted-out' });
    expect(asked).toEqual([]);
  });

  it('confirms it even when the list cannot be reached, and says so in the log', async () => {
    const { conversation, logger } = guarded({ fails: true });
    const parts = await said(conversation, 3, heard('Stop calling me.'));
    expect(parts.at(-1)).toEqual({ kind: 'hang-up', outcome: 'opted-out' });
    expect(logger.of('opt-out not stored yet')).toHaveLength(1);
  });

  it('takes the star key for an opt-out in calls that we made only', async () => {
    const made = guarded();
    expect(made.conversation.expecting(null).keys('*')).toBe('whole');
    expect(made.conversation.expecting(null).keys('1')).toBe('whole');
    await said(made.conversation, 1, { kind: 'keys', digits: '*' });
    expect(made.added).toEqual(['+12125550101 key']);
    const came = guarded({ outbound: false });
    expect(came.conversation.expecting(null).keys('*')).toBe('none');
    await said(came.conversation, 1, { kind: 'keys', digits: '*' });
    expect(came.added).toEqual([]);
    await said(came.conversation, 2, heard('Please stop calling me.'));
    expect(came.added).toEqual(['+12125550101 words']);
  });

  it('greets whoever speaks first, whatever that sounds like, and takes no answer to what was not asked', async () => {
    const { conversation, asked } = guarded({ greetsLater: true });
    const expecting = conversation.expecting(null);
    expect(expecting.phrases).toContain('hello');
    expect(expecting.phrases).not.toContain('no');
    expect(expecting.fit('Hello?')).toBe('whole');
    expect(expecting.fit('Hi, this is Anna Lind from the office')).toBe('possible');
    await said(conversation, 1, heard('No.'));
    conversation.settle(1, 'none', '');
    await said(conversation, 2, heard('No, hello?'));
    conversation.settle(2, 'some', 'Hello');
    await said(conversation, 3, heard('Yes.'));
    expect(asked).toEqual([{ kind: 'greeting' }, { kind: 'greeting' }, { kind: 'heard', text: 'Yes.' }]);
    expect(conversation.expecting(null).phrases).toContain('no');
  });

  it('greets after silence, which counts as no prompt', async () => {
    const { conversation, asked } = guarded({ greetsLater: true });
    await said(conversation, 1, { kind: 'silence', count: 1 });
    conversation.settle(1, 'all', 'Fine.');
    await said(conversation, 2, { kind: 'silence', count: 2 });
    await said(conversation, 3, heard('Yes.'));
    await said(conversation, 4, { kind: 'silence', count: 2 });
    expect(asked).toEqual([
      { kind: 'greeting' },
      { kind: 'silence', count: 1 },
      { kind: 'heard', text: 'Yes.' },
      { kind: 'silence', count: 2 },
    ]);
  });

  it('lets nobody wait for the greeting who wants no calls', async () => {
    const { conversation, added } = guarded({ greetsLater: true });
    await said(conversation, 1, heard('Stop calling me.'));
    expect(added).toEqual(['+12125550101 words']);
  });

  it('tells of a person once anything but a machine’s greeting was answered where anything may be an answer', async () => {
    const { conversation, watch } = guarded({ open: true });
    await said(conversation, 1, heard('You have reached my voice mail.'));
    conversation.settle(1, 'all', 'Fine.');
    expect(watch.told).toEqual([]);
    await said(conversation, 2, heard('What is it about?'));
    conversation.settle(2, 'some', 'Fine.');
    expect(watch.told).toEqual(['person spoke']);
  });

  it('tells of a person once an answer to the question was answered, not of a machine’s greeting', async () => {
    const { conversation, watch, settled } = guarded();
    await said(conversation, 1, heard('You have reached my voice mail.'));
    conversation.settle(1, 'all', 'Fine.');
    expect(watch.told).toEqual([]);
    await said(conversation, 2, heard('Yes.'));
    conversation.settle(2, 'none', '');
    expect(watch.told).toEqual([]);
    await said(conversation, 3, heard('Yes.'));
    conversation.settle(3, 'all', 'Fine.');
    expect(watch.told).toEqual(['person spoke']);
    expect(settled).toEqual([
      [1, 'all'],
      [2, 'none'],
      [3, 'all'],
    ]);
  });
});

describe('a call that we made', () => {
  const start = async (watch: Watch): Promise<CallRig> => {
    const opening = { kind: 'after-hello', withinMs: ms(1_500) } as const;
    return new CallRig({ outbound: { opening, watch } }).start();
  };

  it('greets after the hello and tells its attempt', async () => {
    const watch = new Watch();
    const rig = await start(watch);
    await rig.hush(300);
    expect(rig.asked).toEqual([]);
    await rig.speak(500);
    await rig.hush(1_500);
    expect(rig.asked[0]?.input).toEqual({ kind: 'heard', text: 'hello' });
    expect(watch.told).toContain('first audio');
    rig.receive({ type: 'closed', reason: 'stop' });
    expect(watch.ending).toMatchObject({ by: 'caller', result: null, messageLeft: false });
  });

  it('greets nobody who says nothing later than the hold', async () => {
    const watch = new Watch();
    const rig = await start(watch);
    await rig.hush(1_700);
    expect(rig.asked[0]?.input).toEqual({ kind: 'silence', count: 1 });
  });

  it('leaves a message with a machine, cut off what it was saying, and ends as such', async () => {
    const watch = new Watch();
    const rig = await start(watch);
    await rig.hush(1_700);
    expect(rig.session.state).toBe('agentSpeaking');
    rig.session.machineAnswered({ kind: 'leave-message', text: 'Please call us back.' });
    await rig.hush(6_000);
    expect(rig.session.state).toBe('ended');
    expect(watch.ending).toMatchObject({ by: 'machine', result: 'message-left', messageLeft: true });
    expect(rig.onClosedCalls).toBe(1);
  });

  it('hangs up on a machine without a word', async () => {
    const watch = new Watch();
    const rig = await start(watch);
    await rig.hush(300);
    rig.session.machineAnswered({ kind: 'hang-up' });
    expect(rig.session.state).toBe('ended');
    expect(watch.ending).toMatchObject({ by: 'machine', result: null, messageLeft: false });
  });
});
