// An agent with a language model on paper: its file, its services, and a conversation in which somebody says lines.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ms } from '../../src/audio/units.ts';
import type { CallbackRequest, TransferPlan } from '../../src/ports/call-services.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Conversation, HeardExtent, ReplyPart, ResponderInput } from '../../src/ports/responder.ts';
import { loadAgents, type Agent } from '../../src/responders/agents.ts';
import { openMinds, type Minds } from '../../src/responders/llm/minds.ts';
import { createScriptedResponder } from '../../src/responders/scripted.ts';
import { RecordingLogger } from './recorded-telemetry.ts';

/** Real time: the server under test is a real one. */
export const realClock: Clock = {
  now: () => ms(performance.now()),
  date: () => new Date('2026-11-26T15:00:00Z'),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

export interface Told {
  readonly optOuts: string[];
  readonly transfers: Map<string, TransferPlan>;
  readonly messages: { readonly to: string; readonly text: string }[];
  readonly callbacks: Map<string, CallbackRequest>;
}

export class ModelAgents {
  readonly folder = mkdtempSync(join(tmpdir(), 'parley-model-'));
  readonly logger = new RecordingLogger();
  readonly told: Told = { optOuts: [], transfers: new Map(), messages: [], callbacks: new Map() };
  #minds: Minds | null = null;
  #agents: ReadonlyMap<string, Agent> = new Map();

  write(name: string, yaml: string): void {
    writeFileSync(join(this.folder, name), yaml);
  }

  /** An agent of a model alone; `model` is YAML, two blanks deep. */
  agent(model: string, rest = ''): void {
    this.write(
      'desk.yaml',
      `name: desk\nlanguage: en-US\nvoice: slt\ntimezone: America/New_York\ngreeting: Hello, this is the desk. How can I help?\n${rest}model:\n${model}`,
    );
  }

  async load(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#agents = loadAgents(this.folder);
    const { told, logger } = this;
    this.#minds = await openMinds({
      agents: this.#agents.values(),
      environment,
      services: {
        clock: realClock,
        logger,
        optOuts: {
          add: ({ number }) => {
            told.optOuts.push(number);
            return Promise.resolve();
          },
        },
        transfers: {
          plan: (callSid, plan) => told.transfers.set(callSid, plan),
          drop: (callSid) => told.transfers.delete(callSid),
        },
        messenger: {
          send: (message) => {
            told.messages.push(message);
            return Promise.resolve();
          },
        },
        callbacks: {
          add: (request) => {
            const id = `c${told.callbacks.size + 1}`;
            told.callbacks.set(id, request);
            return Promise.resolve(id);
          },
          remove: (id) => Promise.resolve(told.callbacks.delete(id)),
          open: () => Promise.resolve([]),
          done: () => Promise.resolve(false),
        },
      },
    });
  }

  talk(variables: Readonly<Record<string, string>> = {}, agent = 'desk'): ModelTalk {
    const responder = createScriptedResponder({ agents: this.#agents, clock: realClock, minds: this.#minds });
    const facts = {
      callSid: 'CA1',
      from: '+12125550100',
      to: '+12125550199',
      direction: 'inbound',
      variables,
    } as const;
    return new ModelTalk(responder.open(agent, facts));
  }

  async close(): Promise<void> {
    await this.#minds?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Heard {
  readonly clauses: readonly string[];
  readonly text: string;
  readonly outcome: string | null;
  readonly parts: readonly ReplyPart[];
  /** When each clause came, from the question on. */
  readonly atMs: readonly number[];
}

export class ModelTalk {
  readonly conversation: Conversation;
  #turn = 0;

  constructor(conversation: Conversation) {
    this.conversation = conversation;
  }

  async greet(): Promise<Heard> {
    return this.hear({ kind: 'greeting' });
  }

  say(text: string): Promise<Heard> {
    return this.hear({ kind: 'heard', text });
  }

  async hear(input: ResponderInput): Promise<Heard> {
    const heard = await this.ask(input);
    this.settle('all', heard.text);
    return heard;
  }

  /** Without being settled. */
  async ask(input: ResponderInput, control = released()): Promise<Heard> {
    this.#turn += 1;
    const parts: ReplyPart[] = [];
    const atMs: number[] = [];
    const from = performance.now();
    for await (const part of this.conversation.reply(this.#turn, input, control)) {
      parts.push(part);
      if (part.kind === 'clause') atMs.push(performance.now() - from);
    }
    const clauses = parts.flatMap((part) => (part.kind === 'clause' ? [part.text] : []));
    const last = parts.at(-1);
    return {
      clauses,
      text: clauses.join(' '),
      outcome: last?.kind === 'hang-up' ? last.outcome : null,
      parts,
      atMs,
    };
  }

  settle(extent: HeardExtent, text: string): void {
    this.conversation.settle(this.#turn, extent, text);
  }
}

export const released = (signal: AbortSignal = new AbortController().signal) => ({
  signal,
  released: Promise.resolve(),
});
