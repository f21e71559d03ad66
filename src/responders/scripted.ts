// The scripted agent as a responder: understands the answer, asks the flow what comes next, and speaks it clause by clause.
import { clausesOf } from '../dialogue/clauses.ts';
import { advance, promptSilence, startOf } from '../dialogue/flow-run.ts';
import { expectationOf } from '../dialogue/expected.ts';
import type { Flow, FlowState, FlowTurn, Understood } from '../dialogue/flow.ts';
import {
  emptyTranscript,
  heardClauses,
  lastSaid,
  withAgentClause,
  withCallerSaid,
  withHeard,
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
      return new ScriptedConversation(agent, facts, deps.clock);
    },
  };
}

/** Turns kept of a conversation; the oldest are dropped. Only the last one is ever said again. */
const MAX_ENTRIES = 100;

/** Said where the agent file says nothing else. */
const PHRASES: Readonly<Record<PhraseKind, string>> = {
  apology: 'Sorry, something went wrong on my side. Could you say that again?',
  filler: 'One moment, please.',
  'time-warning': 'Just so you know, we have about one minute left on this call.',
  'time-up': 'I am sorry, our time is up. Thank you for calling. Goodbye.',
};

/** What a reply changes once the caller has heard some of it. */
interface Pending {
  readonly turn: number;
  readonly state: FlowState;
  readonly heard: string | null;
  readonly clauses: readonly string[];
  /** Prompts and goodbyes are not what a caller wants to hear who asks "what did you say?". */
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

  constructor(agent: Agent, facts: CallFacts, clock: Clock) {
    this.voice = agent.voice;
    this.#agent = agent;
    this.#facts = facts;
    this.#clock = clock;
  }

  expecting(during: number | null): Expecting {
    const playing = this.#pending?.turn === during ? this.#pending.state : null;
    const state = playing ?? this.#state ?? this.#start().state;
    const step = this.#flow.steps.get(state.step);
    const phrases = step === undefined ? [] : expectationOf(this.#flow, step).phrases;
    return { phrases, fit: () => 'unknown', keys: () => 'none' };
  }

  phrase(kind: PhraseKind): string {
    return PHRASES[kind];
  }

  // The port allows responders that wait for their words; this one never does.
  // eslint-disable-next-line @typescript-eslint/require-await
  async *reply(turn: number, input: ResponderInput, signal: AbortSignal): AsyncIterable<ReplyPart> {
    throwIfAborted(signal);
    const { next, repeatable } = this.#next(input);
    const clauses = clausesOf(next.say.join(' '));
    const heard = input.kind === 'heard' ? input.text : null;
    this.#pending = { turn, state: this.#committable(next), heard, clauses, repeatable };
    for (const text of clauses) {
      throwIfAborted(signal);
      yield { kind: 'clause', text };
    }
    if (next.end !== null) yield { kind: 'hang-up', outcome: next.end };
  }

  settle(turn: number, extent: HeardExtent, heardText: string): void {
    const pending = this.#pending;
    if (pending?.turn !== turn) return;
    this.#pending = null;
    if (extent === 'none') return;
    this.#state = pending.state;
    this.#record(pending, extent === 'all' ? pending.clauses.join(' ') : heardText);
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

  #next(input: ResponderInput): { readonly next: FlowTurn; readonly repeatable: boolean } {
    const start = this.#start();
    if (input.kind === 'greeting') return { next: start, repeatable: true };
    const state = this.#state ?? start.state;
    if (input.kind === 'silence') {
      const unheard = this.#state === null && input.count <= this.#flow.silence.times;
      const next = unheard ? start : promptSilence(this.#flow, state, input.count);
      return { next, repeatable: unheard };
    }
    if (input.kind === 'keys')
      return { next: advance(this.#flow, state, { kind: 'nothing' }), repeatable: false };
    const { timezone, country } = this.#agent;
    const at = { now: this.#clock.date(), timezone, country };
    const understood = understand(input.text, this.#flow, state, at);
    // Whoever spoke before the greeting was heard and was not understood still gets the greeting.
    if (this.#state === null && understood.kind === 'nothing') return { next: start, repeatable: true };
    const next = advance(this.#flow, state, understood);
    if (this.#asksAgain(understood)) return { next: this.#repeated(next), repeatable: false };
    const prompt = understood.kind === 'nothing' || understood.kind === 'refused';
    return { next, repeatable: !prompt && next.end === null };
  }

  #asksAgain(understood: Understood): boolean {
    if (understood.kind !== 'anywhere') return false;
    return this.#flow.anywhere.some((phrase) => phrase.name === understood.name && phrase.go === null);
  }

  /** All that was said before the question ("We are open … Anything else?") instead of the question alone. */
  #repeated(next: FlowTurn): FlowTurn {
    const said = lastSaid(this.#transcript);
    return said === null ? next : { ...next, say: [said] };
  }

  #record(pending: Pending, heardText: string): void {
    const { turn, heard, clauses } = pending;
    if (heard !== null) this.#transcript = withCallerSaid(this.#transcript, turn, heard);
    if (!pending.repeatable) return;
    for (const text of clauses) this.#transcript = withAgentClause(this.#transcript, turn, text);
    const begun = heardClauses(clauses, heardText);
    const whole = begun === clauses.length ? begun : Math.max(0, begun - 1);
    this.#transcript = withHeard(this.#transcript, turn, { whole, begunNext: true });
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
