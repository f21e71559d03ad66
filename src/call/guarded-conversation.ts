// A conversation whose other party may ask, at any moment, never to be called again; calls that we made tell of their talk.
import { isMachineGreeting } from '../dialogue/machine-greeting.ts';
import { isOptOut } from '../dialogue/opt-out.ts';
import { OPTED_OUT, type OptOuts, type OutboundWatch } from '../ports/outbound.ts';
import type {
  AnswerFit,
  Conversation,
  Expecting,
  HeardExtent,
  PhraseKind,
  ReplyControl,
  ReplyPart,
  ResponderInput,
} from '../ports/responder.ts';
import type { Logger } from '../ports/telemetry.ts';

/** Pressed in a call that we made: no answer of any flow. */
export const OPT_OUT_KEY = '*';

const CONFIRMATION = [
  'I have taken this number off our list.',
  'You will not be called again. Goodbye.',
] as const;

/** Said by people who want no calls: heard better where they are expected. */
const OPT_OUT_PHRASES = ['stop calling me', 'please stop calling me', 'take me off your list'];
/** What people say who pick up the telephone. */
const HELLOS = ['hello', 'hello?', 'yes', 'yeah', 'speaking', 'good morning', 'who is this'];
/** More words may be the beginning of something. */
const MOST_HELLO_WORDS = 5;

export interface Guard {
  readonly callSid: string;
  /** Of the other party, as the network tells it. */
  readonly number: string;
  readonly optOuts: OptOuts;
  /** Null for a call that came in: there the key means what the agent makes of it. */
  readonly watch: OutboundWatch | null;
  /** The callee speaks first: whatever that is, the greeting is the answer. */
  readonly greetsLater: boolean;
  readonly logger: Logger;
}

/** The greeting of a callee who speaks first. */
type Greeting =
  | { readonly kind: 'owed' }
  | { readonly kind: 'being-said'; readonly turn: number }
  /** `silences`: how many prompts after silence it took the place of, until something is heard. */
  | { readonly kind: 'said'; readonly silences: 0 | 1 };

const HELLO: Expecting = {
  phrases: [...HELLOS, ...OPT_OUT_PHRASES],
  fit: (text) => (text.trim().split(/\s+/).length <= MOST_HELLO_WORDS ? 'whole' : 'possible'),
  keys: (digits) => (digits.endsWith(OPT_OUT_KEY) ? 'whole' : 'none'),
};

export class GuardedConversation implements Conversation {
  readonly voice: string;
  readonly wantsAudio: boolean;
  readonly #inner: Conversation;
  readonly #guard: Guard;
  /** The turn that is an answer to what the agent asked, until it is settled. */
  #answering: number | null = null;
  /** The turn of the confirmation, which is none of the agent's. */
  #confirming: number | null = null;
  #greeting: Greeting;
  #silences: 0 | 1 = 0;

  constructor(inner: Conversation, guard: Guard) {
    this.voice = inner.voice;
    this.wantsAudio = inner.wantsAudio;
    this.#inner = inner;
    this.#guard = guard;
    this.#greeting = guard.greetsLater ? { kind: 'owed' } : { kind: 'said', silences: 0 };
  }

  expecting(during: number | null): Expecting {
    if (this.#greeting.kind === 'owed') return HELLO;
    const inner = this.#inner.expecting(during);
    const fit = (text: string): AnswerFit => (isOptOut(text) ? 'whole' : inner.fit(text));
    if (this.#guard.watch === null)
      return { phrases: inner.phrases, fit, keys: (digits) => inner.keys(digits) };
    return {
      phrases: [...inner.phrases, ...OPT_OUT_PHRASES],
      fit,
      keys: (digits) => (digits.endsWith(OPT_OUT_KEY) ? 'whole' : inner.keys(digits)),
    };
  }

  phrase(kind: PhraseKind): string {
    return this.#inner.phrase(kind);
  }

  async *reply(turn: number, input: ResponderInput, control: ReplyControl): AsyncIterable<ReplyPart> {
    const how = this.#optOutIn(input);
    if (how !== null) {
      this.#confirming = turn;
      await this.#write(how);
      for (const text of CONFIRMATION) yield { kind: 'clause', text, uninterruptible: true };
      yield { kind: 'hang-up', outcome: OPTED_OUT };
      return;
    }
    this.#confirming = null;
    if (this.#greeting.kind !== 'said') {
      this.#greeting = { kind: 'being-said', turn };
      this.#silences = input.kind === 'silence' ? 1 : 0;
      this.#answering = null;
      yield* this.#inner.reply(turn, { kind: 'greeting' }, control);
      return;
    }
    // A machine's greeting is heard, too, but does not answer the question.
    this.#answering = this.#isAnswer(input) ? turn : null;
    yield* this.#inner.reply(turn, this.#counted(input, this.#greeting), control);
  }

  #isAnswer(input: ResponderInput): boolean {
    if (input.kind !== 'heard') return input.kind === 'keys';
    const expecting = this.#inner.expecting(null);
    return expecting.open === true ? !isMachineGreeting(input.text) : expecting.fit(input.text) === 'whole';
  }

  /** The silence that the greeting ended was no prompt. */
  #counted(input: ResponderInput, greeting: Extract<Greeting, { kind: 'said' }>): ResponderInput {
    if (input.kind === 'silence') return { ...input, count: Math.max(1, input.count - greeting.silences) };
    this.#greeting = { kind: 'said', silences: 0 };
    return input;
  }

  settle(turn: number, extent: HeardExtent, heardText: string): void {
    if (turn === this.#confirming) return;
    if (this.#greeting.kind === 'being-said' && this.#greeting.turn === turn) {
      this.#greeting = extent === 'none' ? { kind: 'owed' } : { kind: 'said', silences: this.#silences };
    }
    if (turn === this.#answering && extent !== 'none') this.#guard.watch?.personSpoke();
    this.#inner.settle(turn, extent, heardText);
  }

  collected(): Readonly<Record<string, string>> {
    return this.#inner.collected();
  }

  counters(): Readonly<Record<string, number>> {
    return this.#inner.counters();
  }

  mayPrepare(): boolean {
    return this.#inner.mayPrepare();
  }

  #optOutIn(input: ResponderInput): 'words' | 'key' | null {
    if (input.kind === 'heard') return isOptOut(input.text) ? 'words' : null;
    const isKey = input.kind === 'keys' && input.digits.endsWith(OPT_OUT_KEY);
    return isKey && this.#guard.watch !== null ? 'key' : null;
  }

  /**
   * On the list before anything of the confirmation is heard. Who says it and then goes on talking has said it all the
   * same. A failure is logged; whoever keeps the list tries on, and the caller hears that it was noted.
   */
  async #write(how: 'words' | 'key'): Promise<void> {
    const { callSid, number, optOuts, logger } = this.#guard;
    try {
      await optOuts.add({ callSid, number, how });
    } catch (error) {
      logger.error({ err: error, how }, 'opt-out not stored yet');
    }
  }
}
