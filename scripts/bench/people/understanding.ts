// Whether words that were heard do in a conversation with an agent what the words that were said do.
import type { Conversation, Responder } from '../../../src/ports/responder.ts';
import { containsPattern } from '../../../src/simulator/patterns.ts';
import { normalizeWords } from '../../../src/simulator/word-error-rate.ts';
import type { Plan } from './plans.ts';
import type { Topic } from './recorded-lines.ts';

export interface AskedQuestion {
  readonly topic: Topic;
  /** What speech to text is told to expect. */
  readonly phrases: readonly string[];
  /** Whether the agent replies and notes the same to both, and that as planned. */
  readonly understands: (said: string, heard: string) => Promise<boolean>;
}

/** Any words that answer a topic: the way to the questions that come after it. */
export type WordsOn = (topic: Topic) => string;

/** The questions of an agent, each after those before it were answered. */
export function questionsOf(plan: Plan, responder: Responder, wordsOn: WordsOn): Promise<AskedQuestion[]> {
  return Promise.all(
    plan.lines.map(async ([topic, expect], index): Promise<AskedQuestion> => {
      const before = plan.lines.slice(0, index).map(([earlier]) => wordsOn(earlier));
      const said = (words: string): Promise<Outcome> => outcomeOf(responder, plan.agent, [...before, words]);
      return {
        topic,
        phrases: (await said('')).expected,
        understands: async (saidWords, heard) => {
          const [wanted, got] = await Promise.all([said(saidWords), said(heard)]);
          return containsPattern(wanted.reply, expect) && wanted.meaning === got.meaning;
        },
      };
    }),
  );
}

interface Outcome {
  /** Before the last words. */
  readonly expected: readonly string[];
  readonly reply: string;
  readonly meaning: string;
}

async function outcomeOf(responder: Responder, agent: string, words: readonly string[]): Promise<Outcome> {
  const facts = { callSid: 'CA0', from: '', to: '', direction: 'inbound', variables: {} } as const;
  const conversation = responder.open(agent, facts);
  await replyTo(conversation, 0, null);
  let reply = '';
  let expected: readonly string[] = [];
  for (const [index, text] of words.entries()) {
    expected = conversation.expecting(null).phrases;
    reply = await replyTo(conversation, index + 1, text);
  }
  const noted = Object.entries(conversation.collected()).map(([name, value]) => [
    name,
    ...normalizeWords(value),
  ]);
  return { expected, reply, meaning: JSON.stringify([normalizeWords(reply), noted]) };
}

/** Null is the greeting. The caller hears all of the reply. */
async function replyTo(conversation: Conversation, turn: number, text: string | null): Promise<string> {
  const input = text === null ? ({ kind: 'greeting' } as const) : ({ kind: 'heard', text } as const);
  const clauses: string[] = [];
  const control = { signal: new AbortController().signal, released: Promise.resolve() };
  for await (const part of conversation.reply(turn, input, control)) {
    if (part.kind === 'clause') clauses.push(part.text);
  }
  const reply = clauses.join(' ');
  conversation.settle(turn, 'all', reply);
  return reply;
}
