// The scripted agent as a responder: understands the answer, asks the flow what comes next, and speaks it clause by clause.
import { clausesOf } from '../dialogue/clauses.ts';
import { advance, promptSilence, startOf } from '../dialogue/flow-run.ts';
import { expectationOf } from '../dialogue/expected.ts';
import type { Flow, FlowState, FlowTurn } from '../dialogue/flow.ts';
import type { Clock } from '../ports/clock.ts';
import { CallError } from '../ports/errors.ts';
import type {
  CallFacts,
  Conversation,
  HeardExtent,
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

/** Replies are computed from the committed state alone; only the newest reply can still be committed. */
class ScriptedConversation implements Conversation {
  readonly voice: string;
  readonly #agent: Agent;
  readonly #facts: CallFacts;
  readonly #clock: Clock;
  /** Null until the caller has heard some of the greeting. */
  #state: FlowState | null = null;
  #pending: { readonly turn: number; readonly state: FlowState } | null = null;

  constructor(agent: Agent, facts: CallFacts, clock: Clock) {
    this.voice = agent.voice;
    this.#agent = agent;
    this.#facts = facts;
    this.#clock = clock;
  }

  get expected(): readonly string[] {
    const state = this.#state ?? this.#start().state;
    const step = this.#flow.steps.get(state.step);
    return step === undefined ? [] : expectationOf(this.#flow, step).phrases;
  }

  // An async generator, as the port allows responders that wait for their words; this one never does.
  // eslint-disable-next-line @typescript-eslint/require-await
  async *reply(turn: number, input: ResponderInput, signal: AbortSignal): AsyncIterable<ReplyPart> {
    throwIfAborted(signal);
    const next = this.#next(input);
    this.#pending = { turn, state: this.#committable(next) };
    for (const text of clausesOf(next.say.join(' '))) {
      throwIfAborted(signal);
      yield { kind: 'clause', text };
    }
    if (next.end !== null) yield { kind: 'hang-up', outcome: next.end };
  }

  settle(turn: number, extent: HeardExtent, _heardText: string): void {
    if (this.#pending?.turn !== turn) return;
    if (extent !== 'none') this.#state = this.#pending.state;
    this.#pending = null;
  }

  collected(): Readonly<Record<string, string>> {
    const slots = Object.entries(this.#state?.slots ?? {});
    const known = slots.filter(
      ([name]) => !(name in this.#agent.flow.variables) && !(name in this.#facts.variables),
    );
    return Object.fromEntries(known.map(([name, value]) => [name, value.plain]));
  }

  get #flow(): Flow {
    return this.#agent.flow;
  }

  #start(): FlowTurn {
    return startOf(this.#flow, this.#facts.variables);
  }

  #next(input: ResponderInput): FlowTurn {
    if (input.kind === 'greeting') return this.#start();
    const start = this.#start();
    const state = this.#state ?? start.state;
    if (input.kind === 'silence') {
      return this.#state === null && input.count <= this.#flow.silence.times
        ? start
        : promptSilence(this.#flow, state, input.count);
    }
    const { timezone, country } = this.#agent;
    const understood = understand(input.text, this.#flow, state, {
      now: this.#clock.date(),
      timezone,
      country,
    });
    // Whoever spoke before the greeting was heard and was not understood still gets the greeting.
    if (this.#state === null && understood.kind === 'nothing') return start;
    return advance(this.#flow, state, understood);
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
