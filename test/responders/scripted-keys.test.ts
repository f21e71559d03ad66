// Conversations by telephone keys, by silence, and what the agent says that it expects meanwhile.
import { describe, expect, it } from 'vitest';
import { openAgents, PaperCall, replyOf, type Reply } from '../support/conversation.ts';

const responder = openAgents();

async function callOf(agent: string, ...lines: readonly string[]): Promise<PaperCall> {
  const call = new PaperCall(responder, agent);
  await call.greet();
  await call.sayAll(lines);
  return call;
}

async function pressed(call: PaperCall, ...answers: readonly string[]): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const digits of answers) replies.push(await call.press(digits));
  return replies;
}

describe('a call by keys', () => {
  it('books an appointment', async () => {
    const call = await callOf('front-desk');
    const replies = await pressed(call, '2', '1203', '1600', '5550123', '1', '4');
    expect(replies.map(({ text }) => text)).toEqual([
      'Of course. What day would you like to come in?',
      'All right. What time suits you on that day?',
      'Thank you. What phone number can we reach you at?',
      'Let me check. Thursday, December third, at four p.m., and your number is five five five, zero one two three. Is that right?',
      'Great, that is booked. Is there anything else I can do for you?',
      'You are booked for Thursday, December third at four p.m., and we can reach you at five five five, zero one two three. Goodbye.',
    ]);
    expect(replies.at(-1)?.outcome).toBe('booked');
    expect(call.conversation.collected()).toMatchObject({
      date: '2026-12-03',
      time: '16:00',
      phone: '5550123',
    });
  });

  it('mixes with words, and answers a survey', async () => {
    const call = await callOf('survey', 'sure');
    await pressed(call, '4');
    await call.say('five');
    const replies = await pressed(call, '9', '2');
    expect(replies[0]?.text).toMatch(/^Please say a number from one to five\. From one to five/);
    expect(call.conversation.collected()).toEqual({ service: '4', waiting: '5', recommend: '2' });
  });

  it.each([
    ['nothing at all', ''],
    ['a key without a meaning', '9'],
    ['too many of them', '12'],
  ])('asks again after %s', async (_name, digits) => {
    const call = await callOf('front-desk');
    const reply = await call.press(digits);
    expect(reply.text).toBe('Sorry, I did not catch that. Opening hours, an appointment, or a message?');
    expect((await call.press(digits)).text).toMatch(/^I'm sorry, once more\./);
  });

  it.each([
    ['book-date', ['2'], '0631', /^Sorry, I did not catch that\. What day/],
    ['book-date', ['2'], '1101', /^That day has passed\. What day/],
    ['book-time', ['2', '1203'], '0400', /^We have times from eight a\.m\. to half past six\. What time/],
    ['book-phone', ['2', '1203', '1600'], '555', /^I need at least seven digits\. What is your phone/],
    ['change', ['2', '1203', '1600', '5550123', '2'], '2', /^All right\. What time suits you/],
    ['message-name', ['3'], '5', /^Sorry, I did not catch that\. What is your message/],
  ])('has the limits of words at %s', async (_step, before, digits, expected) => {
    const call = await callOf('front-desk');
    await pressed(call, ...before);
    expect((await call.press(digits)).text).toMatch(expected);
  });

  it('may begin before the greeting was heard', async () => {
    const facts = { callSid: 'CA1', from: '', to: '', direction: 'inbound', variables: {} } as const;
    const conversation = responder.open('front-desk', facts);
    await replyOf(conversation, 1, { kind: 'greeting' });
    conversation.settle(1, 'none', '');
    expect(conversation.expecting(1).keys('2')).toBe('whole');
    expect((await replyOf(conversation, 2, { kind: 'keys', digits: '8' })).text).toMatch(/^Hello, this is/);
    expect((await replyOf(conversation, 3, { kind: 'keys', digits: '2' })).text).toMatch(/^Of course/);
  });

  it('changes nothing until its reply was heard', async () => {
    const { conversation } = await callOf('front-desk', 'book');
    await replyOf(conversation, 10, { kind: 'keys', digits: '1203' });
    expect(conversation.collected()).toEqual({});
    conversation.settle(10, 'none', '');
    expect(conversation.expecting(null).keys('1203')).toBe('whole');
    await replyOf(conversation, 11, { kind: 'keys', digits: '1204' });
    conversation.settle(11, 'all', '');
    expect(conversation.collected()).toEqual({ date: '2026-12-04' });
  });
});

describe('what is expected', () => {
  it('is what the question asks that is being played, once its turn is named', async () => {
    const { conversation } = await callOf('front-desk', 'book');
    await replyOf(conversation, 10, { kind: 'heard', text: 'Thursday' });
    expect(conversation.expecting(null).fit('half past')).toBe('part');
    expect(conversation.expecting(null).fit('Friday')).toBe('whole');
    const playing = conversation.expecting(10);
    expect([playing.fit('half past'), playing.fit('half past three'), playing.fit('Friday')]).toEqual([
      'part',
      'whole',
      'possible',
    ]);
    expect([playing.keys('15'), playing.keys('1530'), playing.keys('*')]).toEqual(['part', 'whole', 'none']);
    expect(conversation.expecting(9).fit('Friday')).toBe('whole');
  });

  it('is the question before a goodbye that is being said', async () => {
    const { conversation } = await callOf('front-desk', 'book', 'Thursday', 'four', '5550123');
    expect((await replyOf(conversation, 20, { kind: 'heard', text: 'goodbye' })).outcome).toBe('completed');
    const expected = conversation.expecting(20);
    expect(expected.phrases).toContain('Yes.');
    expect([
      expected.fit('no, make it'),
      expected.fit('yes'),
      expected.keys('1'),
      expected.keys('3'),
    ]).toEqual(['part', 'whole', 'whole', 'none']);
  });
});

describe('a silent caller', () => {
  it.each([
    ['front-desk', 3, 'completed'],
    ['survey', 2, 'incomplete'],
    ['appointment-reminder', 2, null],
  ])('is prompted by %s, prompted again, and bidden goodbye', async (agent, prompts, outcome) => {
    const call = await callOf(agent);
    const replies = await call.sayAll(Array.from({ length: prompts + 1 }, () => null));
    expect(replies.slice(0, -1).map((reply) => reply.outcome)).toEqual(
      Array.from({ length: prompts }, () => null),
    );
    expect(new Set(replies.map(({ text }) => text)).size).toBe(prompts + 1);
    expect(replies.at(-1)?.text).toMatch(/Goodbye\.$/);
    if (outcome !== null) expect(replies.at(-1)?.outcome).toBe(outcome);
    expect(replies.at(-1)?.outcome).not.toBeNull();
  });

  it.each([
    ['words', (call: PaperCall) => call.say('book')],
    ['keys', (call: PaperCall) => call.press('2')],
    ['words that are not understood', (call: PaperCall) => call.say('blue')],
    ['keys that mean nothing', (call: PaperCall) => call.press('9')],
  ])('begins anew after %s', async (_name, answer) => {
    const call = await callOf('front-desk');
    const [first] = await call.sayAll([null, null, null]);
    await answer(call);
    const again = await call.sayAll([null, null, null, null]);
    expect(again[0]?.text).toBe(first?.text);
    expect(again.map((reply) => reply.outcome)).toEqual([null, null, null, 'completed']);
  });

  it('may still answer the question that the prompt was about', async () => {
    const call = await callOf('front-desk', 'book');
    await call.sayAll([null, null]);
    expect((await call.press('1203')).text).toMatch(/^All right\. What time/);
  });
});
