// One call's conversation with an agent: the flow or the language model says what comes next, and it is spoken clause by clause.
import { advance, askAgain, giveUpAt, promptSilence, startOf } from '../dialogue/flow-run.ts';
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
  ReplyControl,
  ReplyPart,
  ResponderInput,
} from '../ports/responder.ts';
import type { Agent } from './agents.ts';
import { expectingAt } from './expecting.ts';
import type { Asked } from './llm/messages.ts';
import type { ModelMind } from './llm/mind.ts';
import { afterModel, assignmentOf, modelAnswerAt } from './model-steps.ts';
import { clausesIn, owesQuestion, unheardNotices, withOwed } from './notices.ts';
import { understandKeys } from './understanding/keys.ts';
import { understand } from './understanding/understand.ts';

/** Turns kept of a conversation; the oldest are dropped. Only the last one is ever said again. */
const MAX_ENTRIES = 100;

/** What a reply changes once the caller has heard some of it. */
interface Pending {
  readonly turn: number;
  state: FlowState;
  readonly heard: string | null;
  /** Those of a language model come one by one. */
  readonly clauses: Said[];
  /** An interrupted goodbye is said anew when it is reached again; notices that it cut off are not owed. */
  ends: boolean;
  /** Prompts and goodbyes are not what a caller wants to hear who asks "what did you say?". */
  readonly repeatable: boolean;
}

/** What is said next; see Pending for `repeatable`. */
interface Next {
  readonly next: FlowTurn;
  readonly repeatable: boolean;
}

export interface AgentConversationDeps {
  readonly agent: Agent;
  readonly facts: CallFacts;
  readonly clock: Clock;
  readonly mind: ModelMind | null;
}

/** Replies are computed from the committed state alone; only the newest reply can still be committed. */
export class AgentConversation implements Conversation {
  readonly voice: string;
  readonly wantsAudio: boolean;
  readonly #agent: Agent;
  readonly #facts: CallFacts;
  readonly #clock: Clock;
  readonly #mind: ModelMind | null;
  /** Null until the caller has heard some of the greeting. */
  #state: FlowState | null = null;
  #transcript = emptyTranscript(MAX_ENTRIES);
  #pending: Pending | null = null;
  /** Notices of the last reply that the caller has not heard to their end; the next reply begins with them. */
  #owed: readonly Said[] = [];

  constructor({ agent, facts, clock, mind }: AgentConversationDeps) {
    this.voice = agent.voice;
    this.wantsAudio = mind !== null && agent.model?.file.audio === true;
    this.#agent = agent;
    this.#facts = facts;
    this.#clock = clock;
    this.#mind = mind;
  }

  expecting(during: number | null): Expecting {
    const playing = this.#pending?.turn === during ? this.#pending.state : null;
    const state = playing ?? this.#state ?? this.#start().state;
    return expectingAt(this.#agent, state, this.#clock.date());
  }

  phrase(kind: PhraseKind): string {
    return this.#agent.phrases[kind];
  }

  async *reply(turn: number, input: ResponderInput, control: ReplyControl): AsyncIterable<ReplyPart> {
    throwIfAborted(control.signal);
    const asked = this.#askedOfModel(input);
    if (asked !== null) {
      yield* this.#modelReply(turn, asked, control);
      return;
    }
    const { next, repeatable } = this.#next(input);
    const clauses = this.#clausesOf(next);
    const heard = saidBy(input);
    const ends = next.end !== null;
    this.#pending = { turn, state: this.#committable(next), heard, clauses: [...clauses], ends, repeatable };
    yield* spoken(clauses, next.end, control.signal);
  }

  /** The words that are the language model's to answer; null for what the flow answers itself. */
  #askedOfModel(input: ResponderInput): Asked | null {
    const state = this.#state;
    if (this.#mind === null || state === null || (input.kind !== 'heard' && input.kind !== 'keys'))
      return null;
    if (modelAnswerAt(this.#flow, state) === null) return null;
    if (input.kind === 'keys') return { text: `(pressed the keys ${input.digits})`, audio: null };
    const { text, audio = null } = input;
    return this.#understood(input, state).kind === 'anywhere' ? null : { text, audio };
  }

  /** The clauses come as the model writes them; whatever it ends with belongs to the flow. */
  async *#modelReply(
    turn: number,
    asked: Asked,
    { signal, released }: ReplyControl,
  ): AsyncIterable<ReplyPart> {
    const state = this.#state ?? this.#start().state;
    const answer = modelAnswerAt(this.#flow, state);
    if (this.#mind === null || answer === null) return;
    const owed = [...this.#owedNow()];
    const pending: Pending = { turn, state, heard: asked.text, clauses: owed, ends: false, repeatable: true };
    this.#pending = pending;
    yield* spoken(owed, null, signal);
    for await (const part of this.#mind.reply(
      { turn, asked, ...assignmentOf(answer) },
      { signal, released },
    )) {
      throwIfAborted(signal);
      switch (part.kind) {
        case 'clause':
          pending.clauses.push({ text: part.text, uninterruptible: false });
          yield part;
          break;
        case 'hang-up':
          pending.ends = true;
          yield part;
          break;
        case 'tones':
          yield part;
          break;
        case 'exhausted':
          yield* this.#goOn(pending, giveUpAt(this.#flow, state), signal);
          break;
        case 'finished':
          yield* this.#goOn(pending, afterModel(this.#flow, state, answer, part.input), signal);
      }
    }
  }

  /** What the flow says behind the model's own words, in the same reply. */
  async *#goOn(pending: Pending, next: FlowTurn, signal: AbortSignal): AsyncIterable<ReplyPart> {
    const clauses = clausesIn(next);
    pending.state = this.#committable(next);
    pending.ends = next.end !== null;
    pending.clauses.push(...clauses);
    this.#mind?.memory.add(
      pending.turn,
      clauses.map(({ text }) => text),
    );
    yield* spoken(clauses, next.end, signal);
  }

  settle(turn: number, extent: HeardExtent, heardText: string): void {
    const pending = this.#pending;
    if (pending?.turn !== turn) return;
    this.#pending = null;
    this.#tellMind(pending, extent, heardText);
    if (extent === 'none') return;
    const texts = pending.clauses.map(({ text }) => text);
    const heard = extent === 'all' ? wholeOf(texts) : heardPartOf(texts, heardText);
    this.#owed = pending.ends ? this.#owedNow() : unheardNotices(pending.clauses, heard.whole);
    this.#state = pending.state;
    this.#record(pending, heard);
  }

  /** A turn of the flow's own is part of what the model knows. */
  #tellMind({ turn, heard, clauses }: Pending, extent: HeardExtent, heardText: string): void {
    if (this.#mind === null || this.#mind.settle(turn, extent, heardText)) return;
    const texts = clauses.map(({ text }) => text);
    this.#mind.memory.note({ turn, caller: heard, clauses: texts }, { extent, text: heardText });
  }

  collected(): Readonly<Record<string, string>> {
    const slots = Object.entries(this.#state?.slots ?? {});
    const given = { ...this.#flow.variables, ...this.#facts.variables };
    const own = slots
      .filter(([name]) => !(name in given))
      .map(([name, value]) => [name, value.plain] as const);
    return { ...Object.fromEntries(own), ...this.#mind?.collected() };
  }

  mayPrepare(): boolean {
    const state = this.#state;
    if (this.#mind === null || state === null || modelAnswerAt(this.#flow, state) === null) return true;
    return this.#mind.mayPrepare();
  }

  counters(): Readonly<Record<string, number>> {
    return this.#mind?.counters() ?? {};
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
    if (input.kind === 'returned') {
      const again = askAgain(this.#flow, state);
      return {
        next: { ...again, say: [NOT_REACHED[input.because], ...again.say], uninterruptible: [] },
        repeatable: true,
      };
    }
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

/** What a caller hears who comes back from a transfer. */
const NOT_REACHED = {
  busy: 'I am sorry, the line is busy. What else can I do for you?',
  'no-answer': 'I am sorry, nobody answered. What else can I do for you?',
  failed: 'I am sorry, I could not connect you. What else can I do for you?',
} as const;

// eslint-disable-next-line @typescript-eslint/require-await -- replies are asynchronous, whoever makes them
async function* spoken(
  clauses: readonly Said[],
  end: string | null,
  signal: AbortSignal,
): AsyncIterable<ReplyPart> {
  for (const { text, uninterruptible } of clauses) {
    throwIfAborted(signal);
    yield { kind: 'clause', text, ...(uninterruptible && { uninterruptible }) };
  }
  if (end !== null) yield { kind: 'hang-up', outcome: end };
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
