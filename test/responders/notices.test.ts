// Texts that are played to their end, and replies that a caller cuts off: what is owed, what is remembered, what is said again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Conversation } from '../../src/ports/responder.ts';
import { loadAgent } from '../../src/responders/agents.ts';
import { fixedPrompts } from '../../src/responders/fixed-prompts.ts';
import { openAgents, replyOf, type Reply } from '../support/conversation.ts';

const BANK = `name: bank
language: en-US
voice: slt
timezone: America/New_York
greeting: Hello, this is the bank.
start: recorded
goodbye: bye
giveUp: bye
silence: [Hello?]
reprompts:
  - Sorry. {{question}}
  - Once more. {{question}}
phrases: { filler: Let me look. }
anywhere:
  bye: { wordings: [goodbye], go: bye }
  repeat: { wordings: [say that again], repeat: true }
steps:
  recorded:
    say: This call is recorded, as the law wants it.
    uninterruptible: true
    go: menu
  menu:
    say: Balance or card? Say which.
    again: Balance or card?
    answer: phrases
    options:
      balance: { wordings: [balance], go: consent }
      card: { wordings: [card], go: many }
  consent:
    say: All numbers are from yesterday, do you agree?
    uninterruptible: true
    answer: yes-no
    yes: many
    no: bye
  many:
    say: How many?
    answer: number
    into: many
    min: 1
    max: 5
    go: thanks
  thanks:
    say: Thanks for {{many}}.
    go: menu
  bye:
    say: Fees apply. Goodbye.
    uninterruptible: true
    end: done
`;

const folder = mkdtempSync(join(tmpdir(), 'notices-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function agentOf(text: string): ReturnType<typeof loadAgent> {
  writeFileSync(join(folder, 'bank.yaml'), text);
  return loadAgent(join(folder, 'bank.yaml'));
}

class Call {
  readonly conversation: Conversation;
  #turn = 0;

  constructor(text = BANK) {
    const facts = { callSid: 'CA1', from: '', to: '', direction: 'inbound', variables: {} } as const;
    this.conversation = openAgents(new Map([['bank', agentOf(text)]])).open('bank', facts);
  }

  /** The reply to a line, or to a silence, of which the caller hears the first words or all. */
  async say(line: string | null, heardWords: number | 'all' | 'none' = 'all'): Promise<Reply> {
    this.#turn += 1;
    const reply = await replyOf(
      this.conversation,
      this.#turn,
      line === null ? { kind: 'silence', count: 1 } : { kind: 'heard', text: line },
    );
    this.#settle(reply, heardWords);
    return reply;
  }

  async greet(heardWords: number | 'all' | 'none' = 'all'): Promise<Reply> {
    this.#turn += 1;
    const reply = await replyOf(this.conversation, this.#turn, { kind: 'greeting' });
    this.#settle(reply, heardWords);
    return reply;
  }

  #settle(reply: Reply, heardWords: number | 'all' | 'none'): void {
    if (typeof heardWords === 'string')
      this.conversation.settle(this.#turn, heardWords, heardWords === 'all' ? reply.text : '');
    else {
      const heard = reply.text.split(' ').slice(0, heardWords).join(' ');
      this.conversation.settle(this.#turn, 'some', heard);
    }
  }
}

const NOTICE = 'This call is recorded, as the law wants it.';

describe('a protected step', () => {
  it('marks its own clauses and no others', async () => {
    const call = new Call();
    expect(await call.greet()).toMatchObject({
      clauses: ['Hello, this is the bank.', NOTICE, 'Balance or card?', 'Say which.'],
      uninterruptible: [NOTICE],
    });
    expect(await call.say('balance')).toMatchObject({
      clauses: ['All numbers are from yesterday,', 'do you agree?'],
      uninterruptible: ['All numbers are from yesterday,', 'do you agree?'],
    });
    expect(await call.say('hm what')).toMatchObject({
      text: 'Sorry. All numbers are from yesterday, do you agree?',
      uninterruptible: [],
    });
    expect(await call.say('goodbye')).toMatchObject({
      uninterruptible: ['Fees apply.', 'Goodbye.'],
      outcome: 'done',
    });
  });

  it('may be the greeting alone', async () => {
    const text = BANK.replace(
      'greeting: Hello, this is the bank.',
      'greeting: { say: "Hello, this is the bank.", uninterruptible: true }',
    ).replace('wants it.\n    uninterruptible: true', 'wants it.');
    const greeting = await new Call(text).greet();
    expect(greeting.clauses).toEqual(['Hello, this is the bank.', NOTICE, 'Balance or card?', 'Say which.']);
    expect(greeting.uninterruptible).toEqual(['Hello, this is the bank.']);
  });

  it('is made ready as it is cut', async () => {
    const ready = new Set(fixedPrompts([agentOf(BANK)]).map(({ text }) => text));
    const call = new Call();
    const replies = [
      await call.greet(2),
      await call.say('card'),
      await call.say('balance'),
      await call.say('goodbye'),
    ];
    for (const clause of replies.flatMap(({ clauses }) => clauses)) expect([...ready]).toContain(clause);
    expect(ready.has('Let me look.')).toBe(true);
    expect(call.conversation.phrase('filler')).toBe('Let me look.');
    expect(call.conversation.phrase('apology')).toMatch(/^Sorry, something went wrong/);
  });

  it('is said with the next reply, when the caller cut off what led up to it', async () => {
    const call = new Call();
    await call.greet(2);
    const reply = await call.say('card');
    expect(reply).toMatchObject({ text: `${NOTICE} How many?`, uninterruptible: [NOTICE] });
    expect((await call.say('two')).text).toBe('Thanks for two. Balance or card? Say which.');
  });

  it('is said with whatever is said next, until it was heard to its end', async () => {
    const call = new Call();
    await call.greet('none');
    expect((await call.say('card', 'none')).text).toBe(`${NOTICE} How many?`);
    expect((await call.say('card', 3)).text).toBe(`${NOTICE} How many?`);
    expect((await call.say(null, 4)).text).toBe(`${NOTICE} Hello?`);
    expect((await call.say('purple', 9)).text).toBe(`${NOTICE} Sorry. How many?`);
    expect((await call.say('purple')).text).toBe('Once more. How many?');
  });

  it('is said once where the reply holds it anyway', async () => {
    const call = new Call();
    await call.greet(2);
    expect((await call.say('say that again')).text).toBe(
      `Hello, this is the bank. ${NOTICE} Balance or card? Say which.`,
    );
  });

  it('is not owed to a caller who says goodbye', async () => {
    const call = new Call();
    await call.greet(2);
    expect(await call.say('goodbye', 1)).toMatchObject({ text: 'Fees apply. Goodbye.', outcome: 'done' });
    expect((await call.say('card')).text).toBe(`${NOTICE} How many?`);
  });

  it('that asks is not answered before it was heard', async () => {
    const call = new Call();
    await call.greet();
    await call.say('balance', 3);
    const again = await call.say('yes', 'all');
    expect(again.text).toBe('All numbers are from yesterday, do you agree?');
    expect(again.uninterruptible).toEqual(again.clauses);
    expect((await call.say('yes')).text).toBe('How many?');
  });

  it('that asks lets the caller go at any time', async () => {
    const call = new Call();
    await call.greet();
    await call.say('balance', 3);
    expect((await call.say('goodbye')).outcome).toBe('done');
  });

  it('that asks first is asked with the whole greeting', async () => {
    const call = new Call(
      BANK.replace('start: recorded', 'start: consent').replace(
        'balance], go: consent',
        'balance], go: recorded',
      ),
    );
    await call.greet('none');
    expect((await call.say('yes', 3)).text).toBe(
      'Hello, this is the bank. All numbers are from yesterday, do you agree?',
    );
    expect((await call.say('yes')).text).toBe('All numbers are from yesterday, do you agree?');
    expect((await call.say('yes')).text).toBe('How many?');
  });
});

const told = fc.record({
  line: fc.constantFrom(
    'card',
    'balance',
    'yes',
    'no',
    'two',
    'nine',
    'purple',
    'say that again',
    'goodbye',
    null,
  ),
  heardWords: fc.oneof(fc.constantFrom('all' as const, 'none' as const), fc.nat(20)),
});

describe('whoever hears a reply of this call to its end', () => {
  it('has heard the notice to its end, wherever the replies before it were cut off', async () => {
    let judged = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(told, { minLength: 1, maxLength: 10 }), async (turns) => {
        const call = new Call();
        let heardNotice = false;
        for (const [index, { line, heardWords }] of turns.entries()) {
          const { text, outcome } =
            index === 0 ? await call.greet(heardWords) : await call.say(line, heardWords);
          const words = heardWords === 'all' ? text.length : heardWords === 'none' ? 0 : heardWords;
          heardNotice ||= text.split(' ').slice(0, words).join(' ').includes(NOTICE);
          if (outcome !== null) continue;
          if (heardWords === 'all') {
            expect(heardNotice).toBe(true);
            judged += 1;
          }
        }
      }),
      { numRuns: 500 },
    );
    expect(judged).toBeGreaterThan(300);
  });
});

describe('a notice that is cut between two of its clauses', () => {
  it('is said again from its beginning', async () => {
    const call = new Call();
    await call.greet(0);
    await call.say('card', 'This call is recorded,'.split(' ').length);
    expect((await call.say('card')).text).toContain(NOTICE);
  });
});

describe('a caller who interrupts', () => {
  it('before the question was heard answers it all the same', async () => {
    const call = new Call();
    await call.greet();
    await call.say('card');
    expect((await call.say('two', 2)).text).toBe('Thanks for two. Balance or card? Say which.');
    expect(call.conversation.collected()).toEqual({ many: '2' });
    expect((await call.say('card')).text).toBe('How many?');
  });

  it('and is not understood hears the question', async () => {
    const call = new Call();
    await call.greet();
    await call.say('card');
    await call.say('two', 2);
    expect((await call.say('wait, what')).text).toBe('Sorry. Balance or card?');
  });

  it('hears all of it again who asks, wherever it was cut', async () => {
    for (const heardWords of [0, 1, 3, 4, 7]) {
      const call = new Call();
      await call.greet();
      await call.say('card');
      const { text } = await call.say('two', heardWords);
      expect((await call.say('say that again')).text).toBe(text);
    }
  });

  it('of a repetition, hears the same again', async () => {
    const call = new Call();
    const { text } = await call.greet();
    expect((await call.say('say that again', 12)).text).toBe(text);
    expect((await call.say('say that again')).text).toBe(text);
  });
});
