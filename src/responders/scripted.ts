// The scripted agent as a responder: understands the answer, asks the flow what comes next, and speaks it clause by clause.
import { advance, askAgain, promptSilence, startOf } from '../dialogue/flow-run.ts';
import type { Flow, FlowState, FlowTurn, Understood } from '../dialogue/flow.ts';
import type { Said } from '../dialogue/said.ts';
import {
  emptyTranscript,
  heardPartOf,
  lastSaid,
  withAgentClause,
  withCallerSaid,
  withHeard,
  type HeardPart,
} from '../dialogue/transcript.ts';
import type { Clock } from '../ports/clock.ts';
import { CallError } from '../ports/errors.ts';
import type {
  CallFacts,
  Conversation,
  Expecting,
  HeardExtent,
  PhraseKind,
  ReplyPart,
  Responder,
  ResponderInput,
} from '../ports/responder.ts';
import type { Agent } from './agents.ts';
import { expectingAt } from './expecting.ts';
import { clausesIn, owesQuestion, unheardNotices, withOwed } from './notices.ts';
import { understandKeys } from './understanding/keys.ts';
import { understand } from './understanding/understand.ts';

export interface ScriptedDeps {
  readonly agents: ReadonlyMap<string, Agent>;
  readonly clock: Clock;
}

export function createScriptedResponder(deps: ScriptedDeps): Responder {
  return {
    has: (name) => deps.agents.has(name),
    open(name, facts) {
      const agent = deps.agents.get(name);
      if (agent === undefined) {
        throw new CallError(
          'no-such-agent',
          `There is no agent ${name}; known: ${[...deps.agents.keys()].join(', ')}.`,
        );
      }
      const { outboundFlow } = agent;
      const isOutbound = facts.direction === 'outbound' && outboundFlow !== null;
      return new ScriptedConversation(
        isOutbound ? { ...agent, flow: outboundFlow } : agent,
        facts,
        deps.clock,
      );
    },
  };
}

/** What an agent says first in calls that we make, its places filled; null where it has no such words. */
export function outboundGreeting(
  agents: ReadonlyMap<string, Agent>,
  name: string,
  variables: Readonly<Record<string, string>>,
): string | null {
  const flow = agents.get(name)?.outboundFlow ?? null;
  return flow === null ? null : startOf(flow, variables).say.join(' ');
}

/** Turns kept of a conversation; the oldest are dropped. Only the last one is ever said again. */
const MAX_ENTRIES = 100;

/** What a reply changes once the caller has heard some of it. */
interface Pending {
  readonly turn: number;
  readonly state: FlowState;
  readonly heard: string | null;
  readonly clauses: readonly Said[];
  /** An interrupted goodbye is said anew when it is reached again; notices that it cut off are not owed. */
  readonly ends: boolean;
  /** Prompts and goodbyes are not what a caller wants to hear who asks "what did you say?". */
  readonly repeatable: boolean;
}

/** What is said next; see Pending for `repeatable`. */
interface Next {
  readonly next: FlowTurn;
  readonly repeatable: boolean;
}

/** Replies are computed from the committed state alone; only the newest reply can still be committed. */
class ScriptedConversation implements Conversation {
  readonly voice: string;
  readonly #agent: Agent;
  readonly #facts: CallFacts;
  readonly #clock: Clock;
  /** Null until the caller has heard some of the greeting. */
  #state: FlowState | null = null;
  #transcript = emptyTranscript(MAX_ENTRIES);
  #pending: Pending | null = null;
  /** Notices of the last reply that the caller has not heard to their end; the next reply begins with them. */
  #owed: readonly Said[] = [];

  constructor(agent: Agent, facts: CallFacts, clock: Clock) {
    this.voice = agent.voice;
    this.#agent = agent;
    this.#facts = facts;
    this.#clock = clock;
  }

  expecting(during: number | null): Expecting {
    const playing = this.#pending?.turn === during ? this.#pending.state : null;
    const state = playing ?? this.#state ?? this.#start().state;
    return expectingAt(this.#agent, state, this.#clock.date());
  }

  phrase(kind: PhraseKind): string {
    return this.#agent.phrases[kind];
  }

  // The port allows responders that wait for their words; this one never does.
  // eslint-disable-next-line @typescript-eslint/require-await
  async *reply(turn: number, input: ResponderInput, signal: AbortSignal): AsyncIterable<ReplyPart> {
    throwIfAborted(signal);
    const { next, repeatable } = this.#next(input);
    const clauses = this.#clausesOf(next);
    const heard = saidBy(input);
    const ends = next.end !== null;
    this.#pending = { turn, state: this.#committable(next), heard, clauses, ends, repeatable };
    for (const { text, uninterruptible } of clauses) {
      throwIfAborted(signal);
      yield { kind: 'clause', text, ...(uninterruptible && { uninterruptible }) };
    }
    if (next.end !== null) yield { kind: 'hang-up', outcome: next.end };
  }

  settle(turn: number, extent: HeardExtent, heardText: string): void {
    const pending = this.#pending;
    if (pending?.turn !== turn) return;
    this.#pending = null;
    if (extent === 'none') return;
    const texts = pending.clauses.map(({ text }) => text);
    const heard = extent === 'all' ? wholeOf(texts) : heardPartOf(texts, heardText);
    this.#owed = pending.ends ? this.#owedNow() : unheardNotices(pending.clauses, heard.whole);
    this.#state = pending.state;
    this.#record(pending, heard);
  }

  collected(): Readonly<Record<string, string>> {
    const slots = Object.entries(this.#state?.slots ?? {});
    const given = { ...this.#flow.variables, ...this.#facts.variables };
    return Object.fromEntries(
      slots.filter(([name]) => !(name in given)).map(([name, value]) => [name, value.plain]),
    );
  }

  get #flow(): Flow {
    return this.#agent.flow;
  }

  #start(): FlowTurn {
    return startOf(this.#flow, this.#facts.variables);
  }

  #next(input: ResponderInput): Next {
    const start = this.#start();
    if (input.kind === 'greeting') return { next: start, repeatable: true };
    const state = this.#state ?? start.state;
    if (input.kind === 'silence') {
      const unheard = this.#state === null && input.count <= this.#flow.silence.times;
      const next = unheard ? start : promptSilence(this.#flow, state, input.count);
      return { next, repeatable: unheard };
    }
    const understood = this.#understood(input, state);
    return this.#unasked(understood, state) ?? this.#answered(understood, state);
  }

  /** The question itself where the caller cannot have answered it: not the greeting nor a notice was heard. */
  #unasked(understood: Understood, state: FlowState): Next | null {
    if (understood.kind === 'anywhere') return null;
    const question = askAgain(this.#flow, state);
    const owed = owesQuestion(this.#owedNow(), question);
    // Whoever spoke before the greeting was heard and was not understood still gets the greeting.
    if (this.#state === null && (owed || understood.kind === 'nothing')) {
      return { next: this.#start(), repeatable: true };
    }
    return owed ? { next: question, repeatable: true } : null;
  }

  #answered(understood: Understood, state: FlowState): Next {
    const next = advance(this.#flow, state, understood);
    if (this.#asksAgain(understood)) return { next: this.#repeated(next), repeatable: false };
    const prompt = understood.kind === 'nothing' || understood.kind === 'refused';
    return { next, repeatable: !prompt && next.end === null };
  }

  #understood(input: Extract<ResponderInput, { kind: 'heard' | 'keys' }>, state: FlowState): Understood {
    const { timezone, country, flow } = this.#agent;
    const at = { now: this.#clock.date(), timezone, country };
    if (input.kind === 'heard') return understand(input.text, flow, state, at);
    const step = flow.steps.get(state.step);
    return step === undefined ? { kind: 'nothing' } : understandKeys(input.digits, step, at);
  }

  #asksAgain(understood: Understood): boolean {
    if (understood.kind !== 'anywhere') return false;
    return this.#flow.anywhere.some((phrase) => phrase.name === understood.name && phrase.go === null);
  }

  /** All that was said before the question ("We are open … Anything else?") instead of the question alone. */
  #repeated(next: FlowTurn): FlowTurn {
    const said = lastSaid(this.#transcript);
    if (said === null) return next;
    const uninterruptible = said.flatMap((clause, index) => (clause.uninterruptible ? [index] : []));
    return { ...next, say: said.map(({ text }) => text), uninterruptible };
  }

  /** Who says goodbye is let go without what is owed. */
  #clausesOf(next: FlowTurn): readonly Said[] {
    const clauses = clausesIn(next);
    return next.end === null ? withOwed(this.#owedNow(), clauses) : clauses;
  }

  /** Of a greeting that was not heard at all, every notice. */
  #owedNow(): readonly Said[] {
    return this.#state === null ? unheardNotices(clausesIn(this.#start()), 0) : this.#owed;
  }

  #record({ turn, heard, clauses, repeatable }: Pending, part: HeardPart): void {
    if (heard !== null) this.#transcript = withCallerSaid(this.#transcript, turn, heard);
    if (!repeatable) return;
    for (const clause of clauses) this.#transcript = withAgentClause(this.#transcript, turn, clause);
    this.#transcript = withHeard(this.#transcript, turn, part);
  }

  /** A caller who interrupts a goodbye is back at the question before it, with everything that was collected. */
  #committable(next: FlowTurn): FlowState {
    if (next.end === null) return next.state;
    const before = this.#state ?? this.#start().state;
    return { ...before, slots: next.state.slots };
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new CallError('cancelled', 'The reply was cancelled.');
}

/** What the caller said or pressed, for the transcript. */
function saidBy(input: ResponderInput): string | null {
  if (input.kind === 'heard') return input.text;
  return input.kind === 'keys' ? input.digits : null;
}

function wholeOf(clauses: readonly string[]): HeardPart {
  return { whole: clauses.length, begun: null };
}
