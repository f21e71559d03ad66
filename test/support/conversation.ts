// A caller on paper for conversation tests: says lines to an agent of config/agents at a fixed date, and collects the replies.
import { fileURLToPath } from 'node:url';
import { ms } from '../../src/audio/units.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  Conversation,
  ReplyControl,
  ReplyPart,
  Responder,
  ResponderInput,
} from '../../src/ports/responder.ts';
import { loadAgents, type Agent } from '../../src/responders/agents.ts';
import { createScriptedResponder } from '../../src/responders/scripted.ts';

export const AGENTS_FOLDER = fileURLToPath(new URL('../../config/agents', import.meta.url));

/** A Monday, seven in the morning in New York. */
export const FIXED_DATE = new Date('2026-11-23T12:00:00Z');

export const fixedClock: Clock = {
  now: () => ms(0),
  date: () => FIXED_DATE,
  after: () => {
    throw new Error('Conversations keep no timers.');
  },
};

export function openAgents(agents: ReadonlyMap<string, Agent> = loadAgents(AGENTS_FOLDER)): Responder {
  return createScriptedResponder({ agents, clock: fixedClock, minds: null });
}

/** Of a reply that is wanted for certain. */
export const replyControl = (signal: AbortSignal = new AbortController().signal): ReplyControl => ({
  signal,
  released: Promise.resolve(),
});

export interface Reply {
  readonly text: string;
  readonly clauses: readonly string[];
  /** Those of the clauses that are played to their end. */
  readonly uninterruptible: readonly string[];
  readonly outcome: string | null;
}

export async function replyOf(
  conversation: Conversation,
  turn: number,
  input: ResponderInput,
): Promise<Reply> {
  const parts: ReplyPart[] = [];
  for await (const part of conversation.reply(turn, input, replyControl())) parts.push(part);
  const said = parts.flatMap((part) => (part.kind === 'clause' ? [part] : []));
  const clauses = said.map(({ text }) => text);
  const uninterruptible = said.flatMap((part) => (part.uninterruptible === true ? [part.text] : []));
  const last = parts.at(-1);
  const outcome = last?.kind === 'hang-up' ? last.outcome : null;
  return { text: clauses.join(' '), clauses, uninterruptible, outcome };
}

/** Plays a call in which everything is heard to its end; a line that is null is a silence. */
export class PaperCall {
  readonly conversation: Conversation;
  #turn = 0;
  #silences = 0;

  constructor(responder: Responder, agent: string, variables: Readonly<Record<string, string>> = {}) {
    const facts = { callSid: 'CA1', from: '+12125550100', to: '+12125550199', variables };
    this.conversation = responder.open(agent, { ...facts, direction: 'inbound' });
  }

  greet(): Promise<Reply> {
    return this.#play({ kind: 'greeting' });
  }

  say(line: string | null): Promise<Reply> {
    this.#silences = line === null ? this.#silences + 1 : 0;
    return this.#play(
      line === null ? { kind: 'silence', count: this.#silences } : { kind: 'heard', text: line },
    );
  }

  press(digits: string): Promise<Reply> {
    this.#silences = 0;
    return this.#play({ kind: 'keys', digits });
  }

  /** The replies to all lines; the last one is the reply to the last line. */
  async sayAll(lines: readonly (string | null)[]): Promise<Reply[]> {
    const replies: Reply[] = [];
    for (const line of lines) replies.push(await this.say(line));
    return replies;
  }

  async #play(input: ResponderInput): Promise<Reply> {
    this.#turn += 1;
    const reply = await replyOf(this.conversation, this.#turn, input);
    this.conversation.settle(this.#turn, 'all', reply.text);
    return reply;
  }
}
