// Whole conversations with each agent, word for word where it matters, and the rules of speculation.
import { describe, expect, it } from 'vitest';
import { CallError } from '../../src/ports/errors.ts';
import { replyControl, openAgents, PaperCall, replyOf } from '../support/conversation.ts';

const responder = openAgents();
const BOOKED =
  'You are booked for Thursday, December third at four p.m., and we can reach you at five five five, zero one two three. Goodbye.';

describe('front-desk', () => {
  it('books an appointment with a correction and repeats all of it in one last reply', async () => {
    const call = new PaperCall(responder, 'front-desk');
    expect((await call.greet()).text).toMatch(
      /^Hello, this is Willow Street Clinic\. .*What would you like\?$/,
    );
    const replies = await call.sayAll([
      'What are your opening ours?',
      "Yes. I'd like to book an appointment.",
      'Next Thursday.',
      'Half past three.',
      'five five five, oh one two three',
      "No, make it for o'clock.",
      "Yes, that's right.",
      "No, that's all. Thank you.",
    ]);
    expect(replies.map((reply) => reply.text)).toEqual([
      'We are open Monday to Friday, from eight in the morning to seven in the evening. Anything else I can do for you?',
      'Of course. What day would you like to come in?',
      'All right. What time suits you on that day?',
      'Thank you. What phone number can we reach you at?',
      'Let me check. Thursday, December third, at half past three, and your number is five five five, zero one two three. Is that right?',
      'Let me check. Thursday, December third, at four p.m., and your number is five five five, zero one two three. Is that right?',
      'Great, that is booked. Is there anything else I can do for you?',
      BOOKED,
    ]);
    expect(replies.map((reply) => reply.outcome)).toEqual([
      ...Array.from({ length: 7 }, () => null),
      'booked',
    ]);
    expect(call.conversation.collected()).toEqual({
      date: '2026-12-03',
      time: '16:00',
      phone: '5550123',
      booking: 'confirmed',
    });
  });

  it('takes day and time out of one sentence', async () => {
    const call = new PaperCall(responder, 'front-desk');
    await call.greet();
    const reply = await call.say('Can I book an appointment for Thursday December 3rd at 4 p.m.?');
    expect(reply.text).toBe('Thank you. What phone number can we reach you at?');
  });

  it.each([
    [
      'no, the number is wrong, it is 555 0199',
      /half past three, and your number is five five five, zero one nine nine/,
    ],
    ['No, on Friday at two.', /Friday, November twenty seventh, at two p\.m\./],
    ['the time is wrong', /What time suits you/],
    ['no, the day', /What day would you like/],
    ['No.', /What should I change/],
    ['no, on Thursday the third', /Let me check\. Thursday, December third, at half past three/],
    ['yes, Thursday at half past three', /that is booked/],
    ['no, make it ten p.m.', /We have times from eight a\.m\. to half past six\./],
    ['um', /Sorry, I did not catch that\. I have Thursday/],
    ['can you repeat that please', /^Let me check\. Thursday/],
  ])('at the confirmation understands %j', async (line, expected) => {
    const call = new PaperCall(responder, 'front-desk');
    await call.greet();
    await call.sayAll(['book', 'december third', '3.30', '5550123']);
    expect((await call.say(line)).text).toMatch(expected);
  });

  it('asks for a wrong slot alone and then confirms again', async () => {
    const call = new PaperCall(responder, 'front-desk');
    await call.greet();
    await call.sayAll(['book', 'december third', '3.30', '5550123', 'no', 'the time']);
    expect((await call.say('four')).text).toMatch(/^Let me check\. Thursday, December third, at four p\.m\./);
    await call.sayAll(['no', 'the number']);
    expect((await call.say('555 0199')).text).toMatch(/zero one nine nine\. Is that right\?$/);
    expect((await call.say('yes')).text).toMatch(/booked/);
  });

  it('refuses a day that has passed, with the reason', async () => {
    const call = new PaperCall(responder, 'front-desk');
    await call.greet();
    await call.say('an appointment');
    expect((await call.say('yesterday')).text).toBe('That day has passed. What day would you like?');
  });

  it('forgets a booking that is begun anew and not confirmed', async () => {
    const call = new PaperCall(responder, 'front-desk');
    await call.greet();
    await call.sayAll([
      'book',
      'december third',
      '3.30',
      '5550123',
      'yes',
      'change my appointment',
      'friday',
    ]);
    const last = await call.say('goodbye');
    expect(last.text).toBe('Thank you for calling Willow Street Clinic. Goodbye.');
    expect(last.outcome).toBe('completed');
  });

  it('repeats all that it said last, not the question alone', async () => {
    const call = new PaperCall(responder, 'front-desk');
    const greeting = await call.greet();
    expect((await call.say('what did you say?')).text).toBe(greeting.text);
    const hours = await call.say('opening hours');
    await call.sayAll(['um', null]);
    expect((await call.say('say that again')).text).toBe(hours.text);
    expect((await call.say('repeat that please')).text).toBe(hours.text);
  });

  it('takes a message and a name', async () => {
    const call = new PaperCall(responder, 'front-desk');
    await call.greet();
    const replies = await call.sayAll([
      'leave a massage',
      'Please tell Dr. Brown that I will be late.',
      'My name is Violet King.',
      'nope',
    ]);
    expect(replies[2]?.text).toMatch(/^Thanks, Violet King\./);
    expect(replies[3]?.outcome).toBe('message-left');
    expect(call.conversation.collected()).toMatchObject({
      message: 'Please tell Dr. Brown that I will be late.',
      name: 'Violet King',
    });
  });

  it('prompts a silent caller and then hangs up', async () => {
    const call = new PaperCall(responder, 'front-desk');
    await call.greet();
    const replies = await call.sayAll([null, null, null, null]);
    expect(replies.map((reply) => reply.outcome)).toEqual([null, null, null, 'completed']);
    expect(replies[1]?.text).toBe('Take your time. Opening hours, an appointment, or a message?');
  });

  it('gives up on a caller whom it never understands', async () => {
    const call = new PaperCall(responder, 'front-desk');
    await call.greet();
    const replies = await call.sayAll(['blue', '', 'um', 'the weather']);
    expect(replies.map((reply) => reply.outcome)).toEqual([null, null, null, 'completed']);
    expect(replies[3]?.text).toMatch(/having trouble hearing you/);
  });
});

describe('appointment-reminder', () => {
  const variables = { name: 'Violet', date: '2026-12-03', time: '16:00' };

  it.each([
    [['Yes, I can.'], 'confirmed', /We will see you Thursday, December third at four p\.m\. Goodbye\.$/],
    [["No, I can't.", 'cancel it', 'yes please'], 'cancelled', /cancelled/],
    [
      ['I would like to move it', 'Friday', 'at ten', 'yes'],
      'moved',
      /Friday, November twenty seventh at ten a\.m\. Goodbye\.$/,
    ],
    [['can we move it to Friday at ten', 'no, at eleven', 'yes'], 'moved', /eleven a\.m\./],
    [['You have the wrong number.'], 'wrong-number', /off the list/],
  ])('after %j ends with %s', async (lines, outcome, text) => {
    const call = new PaperCall(responder, 'appointment-reminder', variables);
    expect((await call.greet()).text).toBe(
      'Hello Violet, this is Willow Street Clinic. You have an appointment Thursday, December third at four p.m. Can you still come?',
    );
    const last = (await call.sayAll(lines)).at(-1);
    expect(last?.outcome).toBe(outcome);
    expect(last?.text).toMatch(text);
  });

  it('speaks of its defaults when the call brings none', async () => {
    const call = new PaperCall(responder, 'appointment-reminder');
    expect((await call.greet()).text).toMatch(/^Hello there, .* appointment tomorrow at ten a\.m\. Can/);
  });
});

describe('survey', () => {
  it('collects three numbers and a text', async () => {
    const call = new PaperCall(responder, 'survey');
    await call.greet();
    const replies = await call.sayAll(['sure', 'for', 'seven', '5', 'too', 'Shorter waiting times please.']);
    expect(replies[2]?.text).toMatch(/^Please say a number from one to five\. From one to five/);
    expect(replies.at(-1)?.outcome).toBe('completed');
    expect(call.conversation.collected()).toEqual({
      service: '4',
      waiting: '5',
      recommend: '2',
      comment: 'Shorter waiting times please.',
    });
  });

  it.each([
    'Stop calling me.',
    'please take me off your list',
    "Don't call me again!",
    'remove me from your list',
  ])('lets the caller opt out at every question with %j', async (line) => {
    for (let answered = 0; answered <= 4; answered += 1) {
      const call = new PaperCall(responder, 'survey');
      await call.greet();
      await call.sayAll(['yes', '5', '4', '3'].slice(0, answered));
      const reply = await call.say(line);
      expect(reply.outcome).toBe('opted-out');
      expect(call.conversation.collected()).toMatchObject({ 'opt-out': 'yes' });
    }
  });
});

describe('echo-test', () => {
  it('says back what it hears for as long as the caller likes', async () => {
    const call = new PaperCall(responder, 'echo-test');
    await call.greet();
    for (let turn = 0; turn < 60; turn += 1) {
      const line = turn % 10 === 9 ? '' : `This is sentence number ${turn}.`;
      const expected = line === '' ? 'I did not hear any words.' : `You said: ${line}`;
      expect(await call.say(line)).toMatchObject({ text: expected, outcome: null });
    }
    expect(call.conversation.expecting(null).phrases).toContain('Goodbye.');
    expect((await call.say('say goodbye to my friend')).outcome).toBeNull();
    expect((await call.say('Good-bye.')).outcome).toBe('completed');
  });

  it('stays through silences for a while, and not for ever', async () => {
    const call = new PaperCall(responder, 'echo-test');
    await call.greet();
    const replies = await call.sayAll(Array.from({ length: 21 }, () => null));
    expect(replies.slice(0, 20).every((reply) => reply.text.startsWith('I am still here.'))).toBe(true);
    expect(replies[20]?.outcome).toBe('completed');
  });
});

describe('speculation', () => {
  const signal = new AbortController().signal;
  const heard = (text: string) => ({ kind: 'heard', text }) as const;

  it('changes nothing until a reply was heard', async () => {
    const { conversation } = await atDateQuestion();
    const guess = await replyOf(conversation, 10, heard('next'));
    expect(guess.text).toMatch(/^Sorry/);
    conversation.settle(10, 'none', '');
    const better = await replyOf(conversation, 11, heard('next Thursday'));
    expect(conversation.collected()).toEqual({});
    conversation.settle(11, 'some', better.clauses[0] ?? '');
    expect(conversation.collected()).toEqual({ date: '2026-12-03' });
  });

  it('takes an earlier reply that was never settled as not heard', async () => {
    const { conversation } = await atDateQuestion();
    await replyOf(conversation, 10, heard('tomorrow'));
    await replyOf(conversation, 11, heard('tomorrow, no, on Friday'));
    conversation.settle(10, 'all', 'too late');
    expect(conversation.collected()).toEqual({});
    conversation.settle(11, 'all', '');
    expect(conversation.collected()).toEqual({ date: '2026-11-27' });
    conversation.settle(11, 'none', '');
    expect(conversation.collected()).toEqual({ date: '2026-11-27' });
  });

  it('knows what is expected from what was asked and heard', async () => {
    const call = new PaperCall(responder, 'survey');
    await call.greet();
    expect(call.conversation.expecting(null).phrases).toEqual(
      expect.arrayContaining(['Yes.', 'No.', 'Goodbye.']),
    );
    await call.say('yes');
    expect(call.conversation.expecting(null).phrases.slice(0, 5)).toEqual([
      'One.',
      'Two.',
      'Three.',
      'Four.',
      'Five.',
    ]);
    expect(call.conversation.expecting(null).phrases.length).toBeLessThanOrEqual(24);
  });

  it('goes back to the question when its goodbye is interrupted', async () => {
    const call = new PaperCall(responder, 'front-desk');
    await call.greet();
    await call.sayAll(['book', 'december third', '4 pm', '5550123', 'yes']);
    const { conversation } = call;
    expect((await replyOf(conversation, 20, heard('no thanks'))).outcome).toBe('booked');
    conversation.settle(20, 'some', 'You are booked');
    expect((await replyOf(conversation, 21, heard('wait, what are your opening hours?'))).text).toMatch(
      /^We are open/,
    );
    conversation.settle(21, 'none', '');
    expect((await replyOf(conversation, 22, heard('bye'))).text).toBe(BOOKED);
  });

  it('greets a caller who spoke before the greeting was heard', async () => {
    const facts = { callSid: 'CA1', from: '', to: '', direction: 'inbound', variables: {} } as const;
    const conversation = responder.open('front-desk', facts);
    await replyOf(conversation, 1, { kind: 'greeting' });
    conversation.settle(1, 'none', '');
    expect((await replyOf(conversation, 2, heard('hello?'))).text).toMatch(/^Hello, this is/);
    expect((await replyOf(conversation, 3, heard('I want to book an appointment'))).text).toMatch(
      /^Of course/,
    );
  });

  it('stops at an abort and names an unknown agent', async () => {
    const { conversation } = await atDateQuestion();
    const gone = conversation.reply(10, heard('friday'), replyControl(AbortSignal.abort()));
    await expect(gone[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'cancelled' });
    const facts = { callSid: 'CA1', from: '', to: '', direction: 'inbound', variables: {} } as const;
    expect(() => responder.open('nobody', facts)).toThrow(CallError);
    expect(responder.has('nobody')).toBe(false);
    expect(responder.has('survey')).toBe(true);
    expect(signal.aborted).toBe(false);
  });

  async function atDateQuestion(): Promise<PaperCall> {
    const call = new PaperCall(responder, 'front-desk');
    await call.greet();
    await call.say('book an appointment');
    return call;
  }
});
