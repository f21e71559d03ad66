// What is made ready beforehand is what the shipped agents really say: two calls that differ only in what the caller tells.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadAgents } from '../../src/responders/agents.ts';
import { fixedPrompts } from '../../src/responders/fixed-prompts.ts';
import { spokenNumber } from '../../src/dialogue/spoken.ts';
import { AGENTS_FOLDER, openAgents, PaperCall } from '../support/conversation.ts';

const agents = loadAgents(AGENTS_FOLDER);
const responder = openAgents(agents);
const prompts = fixedPrompts(agents.values());
const ready = new Set(prompts.map(({ voice, text }) => `${voice}: ${text}`));

type Told = Readonly<Record<'day' | 'time' | 'phone' | 'name' | 'number' | 'words', string>>;
const ONE: Told = {
  day: 'Thursday',
  time: 'four p.m.',
  phone: 'five five five, zero one two three',
  name: 'Maria',
  number: 'two',
  words: 'the red door is open',
};
const OTHER: Told = {
  day: 'Friday',
  time: 'nine fifteen a.m.',
  phone: 'six six seven, eight nine nine zero',
  name: 'Robert',
  number: 'five',
  words: 'please bring more chairs along',
};

/** A line that is null is a silence; what is in brackets is pressed. */
const LINES: readonly ((told: Told) => string | null)[] = [
  ({ day }) => day,
  ({ time }) => time,
  ({ phone }) => phone,
  ({ name }) => `My name is ${name}.`,
  ({ number }) => number,
  ({ words }) => words,
  ({ day, time }) => `I need an appointment on ${day} at ${time}.`,
  ({ time }) => `No, make it ${time}.`,
  ...[
    ...[
      'Yes.',
      'No.',
      'Hours.',
      'Book an appointment.',
      'Leave a message.',
      'The time.',
      'The day is wrong.',
    ],
    ...['Move it.', 'Cancel it.', 'Nothing else.', 'Repeat that.', 'Goodbye.', 'An operator, please.', 'Hm.'],
    ...['You have the wrong number.', 'Stop calling me.', 'Keep it.', 'The number.', 'Yes please.'],
  ].map((line) => () => line),
  ...['', '1', '2', '3', '4', '5', '9', '1101', '0400', '555'].map((keys) => () => `[${keys}]`),
  () => null,
];

interface Played {
  /** The clauses of every reply, until the agent hangs up. */
  readonly replies: readonly (readonly string[])[];
  /** What the agent has taken down at any time. */
  readonly values: readonly string[];
}

async function played(agent: string, lines: readonly number[], told: Told): Promise<Played> {
  const call = new PaperCall(responder, agent);
  const replies = [await call.greet()];
  const values: string[] = [];
  for (const line of lines) {
    if (replies.at(-1)?.outcome !== null) break;
    const said = LINES[line]!(told);
    const keys = /^\[(.*)\]$/.exec(said ?? '')?.[1];
    replies.push(await (keys === undefined ? call.say(said) : call.press(keys)));
    const collected = Object.values(call.conversation.collected());
    // A number is taken down in figures and said in words.
    const inWords = collected
      .filter((value) => /^\d{1,4}$/.test(value))
      .map((value) => spokenNumber(Number(value)));
    values.push(...collected, ...inWords);
  }
  return { replies: replies.map(({ clauses }) => clauses), values };
}

/** Both callers may have given the same line for a name or a message. */
const holdsAny = (clause: string, values: readonly string[]): boolean =>
  values.some((value) => ` ${clause} `.toLowerCase().includes(value.toLowerCase().replace(/\W+$/, '')));

describe('the fixed prompts', () => {
  it('hold every clause that the shipped agents say whatever they are told', async () => {
    let clauses = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...agents.keys()),
        fc.array(fc.nat(LINES.length - 1), { maxLength: 14 }),
        async (agent, lines) => {
          const [one, other] = [await played(agent, lines, ONE), await played(agent, lines, OTHER)];
          const { voice } = agents.get(agent)!;
          for (const [turn, reply] of one.replies.entries()) {
            const same = new Set(other.replies[turn]);
            // The echo test says back what both have said.
            const echo = reply[0]?.startsWith('You said:') === true;
            for (const clause of echo ? [] : reply.filter((text) => same.has(text))) {
              if (holdsAny(clause, one.values)) continue;
              expect([...ready]).toContain(`${voice}: ${clause}`);
              clauses += 1;
            }
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(clauses).toBeGreaterThan(1_000);
  }, 60_000);

  it('hold nothing that somebody tells', () => {
    const texts = prompts.map(({ text }) => text).join(' ');
    for (const sample of [
      'Xavier',
      'Yolanda',
      'four p.m.',
      'December',
      'zero',
      'That is not possible',
      '{{',
    ]) {
      expect(texts).not.toContain(sample);
    }
  });

  it('begin with what calls say of their own accord, then the greetings', () => {
    expect(prompts.slice(0, 8).map(({ text }) => text)).toEqual([
      'Sorry, something went wrong on my side. Could you say that again?',
      'One moment, please.',
      'Just so you know, we have about one minute left on this call.',
      'I am sorry, our time is up. Thank you for calling. Goodbye.',
      'Hello there, this is Willow Street Clinic.',
      'Hello, this is the echo test.',
      'Hello, this is Willow Street Clinic.',
      'Hello, this is Willow Street Clinic.',
    ]);
  });

  it('are in the voice of their agent', () => {
    const [first, ...others] = agents.values();
    const phrases = { ...first!.phrases, filler: 'Let me look.' };
    const mixed = [{ ...first!, voice: 'rms', phrases }, ...others];
    const voiced = fixedPrompts(mixed);
    const voicesOf = (said: string): string[] =>
      voiced.filter(({ text }) => text === said).map(({ voice }) => voice);
    expect(voicesOf(phrases.apology)).toEqual(['rms', 'slt']);
    expect(voicesOf('Let me look.')).toEqual(['rms']);
    expect(voicesOf('One moment, please.')).toEqual(['slt']);
    expect(voiced.find(({ text }) => text.startsWith('Hello there'))?.voice).toBe('rms');
    expect(fixedPrompts([])).toEqual([]);
  });
});
