// Properties over all agents: no answer leads to a dead end, every conversation can end, and speculation leaves no trace.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, promptSilence, startOf } from '../../src/dialogue/flow-run.ts';
import type { FlowState, FlowTurn } from '../../src/dialogue/flow.ts';
import { loadAgents, type Agent } from '../../src/responders/agents.ts';
import { understand } from '../../src/responders/understanding/understand.ts';
import { AGENTS_FOLDER, FIXED_DATE, openAgents, PaperCall, replyOf } from '../support/conversation.ts';

const agents = loadAgents(AGENTS_FOLDER);
const responder = openAgents(agents);

const line = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'yes',
      'no',
      'um',
      '',
      'four',
      '5',
      'next Tuesday',
      'december third',
      'half past three',
      '555 0123',
      'no, make it four',
      'book',
      'message',
      'opening hours',
      'Violet King',
      'goodbye',
      'repeat that',
      'operator',
      'cancel',
      'move it',
      'the time',
      'yesterday',
      'next week',
      'no the number is wrong',
      'stop calling me',
      'the third at four',
      'midnight',
      'nothing else',
      'seventeen',
      'on Friday at nine',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 80 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
);
const lines = fc.array(line, { maxLength: 14 });
const agent = fc.constantFrom(...agents.values());
/** What happens in one turn, and how many words of the reply are heard; -1: nothing of it. */
const event = fc.record({
  input: fc.oneof(
    { weight: 3, arbitrary: line.map((text) => ({ kind: 'heard', text }) as const) },
    {
      weight: 3,
      arbitrary: fc
        .oneof(
          fc.constantFrom('', '1', '2', '3', '4', '5', '*', '1203', '1430', '0229', '5550123', '2125550199'),
          fc.string({ maxLength: 6 }),
        )
        .map((digits) => ({ kind: 'keys', digits }) as const),
    },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 1, max: 9 }).map((count) => ({ kind: 'silence', count }) as const),
    },
  ),
  heardWords: fc.integer({ min: -1, max: 30 }),
});

function next({ flow, timezone, country }: Agent, state: FlowState, text: string): FlowTurn {
  return advance(flow, state, understand(text, flow, state, { now: FIXED_DATE, timezone, country }));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

describe('every agent', () => {
  it('always says something, leaves no place unfilled, and stands at a known step', () => {
    fc.assert(
      fc.property(agent, lines, (who, said) => {
        let turn = startOf(who.flow, {});
        for (const text of said) {
          if (turn.end !== null) break;
          turn = next(who, deepFreeze(turn.state), text);
          expect(turn.say.join(' ').trim()).not.toBe('');
          expect(turn.say.join(' ')).not.toMatch(/\{\{\s*[a-z][\w-]*\s*\}\}|undefined/iu);
          expect(who.flow.steps.has(turn.state.step)).toBe(true);
          expect(turn.expect.phrases.length).toBeLessThanOrEqual(24);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('says back what only looks like a place of the file as it was heard', () => {
    const echo = agents.get('echo-test')!;
    const start = startOf(echo.flow, {});
    expect(next(echo, start.state, '{{0').say).toEqual(['You said: {{0']);
    expect(next(echo, start.state, '{{heard}}').say).toEqual(['You said: {{heard}}']);
  });

  it('comes to an end from anywhere when nothing is understood, and when nobody speaks', () => {
    fc.assert(
      fc.property(agent, lines, (who, said) => {
        let turn = startOf(who.flow, {});
        for (const text of said) if (turn.end === null) turn = next(who, turn.state, text);
        const { flow } = who;
        if (turn.end !== null) return;
        expect(promptSilence(flow, turn.state, flow.silence.times + 1).end).not.toBeNull();
        let bound = 0;
        for (const { reprompts } of flow.steps.values()) bound += reprompts.times + 1;
        while (turn.end === null && bound > 0) {
          turn = advance(flow, turn.state, { kind: 'nothing' });
          bound -= 1;
        }
        expect(turn.end).not.toBeNull();
      }),
      { numRuns: 100 },
    );
  });

  it('goes on whatever is said and pressed, wherever its replies are cut off', async () => {
    await fc.assert(
      fc.asyncProperty(agent, fc.array(event, { maxLength: 14 }), async (who, events) => {
        const { conversation } = new PaperCall(responder, who.name);
        for (const [turn, { input, heardWords }] of events.entries()) {
          const reply = await replyOf(conversation, turn, input);
          expect(reply.text.trim()).not.toBe('');
          const words = reply.text.split(' ');
          for (const during of [null, turn]) {
            const expected = conversation.expecting(during);
            const text = input.kind === 'heard' ? input.text : '';
            expect(['whole', 'part', 'possible', 'unknown']).toContain(expected.fit(text));
            expect(['whole', 'part', 'none']).toContain(
              expected.keys(input.kind === 'keys' ? input.digits : '1'),
            );
            expect(expected.phrases.length).toBeLessThanOrEqual(24);
          }
          const extent = heardWords < 0 ? 'none' : heardWords >= words.length ? 'all' : 'some';
          const before = conversation.collected();
          conversation.settle(turn, extent, words.slice(0, Math.max(0, heardWords)).join(' '));
          if (extent === 'none') expect(conversation.collected()).toEqual(before);
        }
      }),
      { numRuns: 200 },
    );
  }, 30_000);

  it('gives the same turn for the same state and words, whatever was guessed in between', async () => {
    await fc.assert(
      fc.asyncProperty(agent, lines, line, line, async (who, said, guess, final) => {
        const plain = new PaperCall(responder, who.name);
        const guessing = new PaperCall(responder, who.name);
        await plain.greet();
        await guessing.greet();
        await plain.sayAll(said);
        for (const text of said) await guessing.say(text);
        const before = guessing.conversation.collected();
        const expected = guessing.conversation.expecting(null).phrases;
        await replyOf(guessing.conversation, 1000, { kind: 'heard', text: guess });
        guessing.conversation.settle(1000, 'none', '');
        await replyOf(guessing.conversation, 1001, { kind: 'silence', count: 1 });
        expect(guessing.conversation.collected()).toEqual(before);
        expect(guessing.conversation.expecting(null).phrases).toEqual(expected);
        const input = { kind: 'heard', text: final } as const;
        const reply = await replyOf(guessing.conversation, 1002, input);
        expect(reply).toEqual(await replyOf(plain.conversation, 1002, input));
      }),
      { numRuns: 60 },
    );
  });
});
