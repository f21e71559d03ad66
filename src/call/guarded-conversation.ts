// A conversation whose other party may ask, at any moment, never to be called again; calls that we made tell of their talk.
import { isOptOut } from '../dialogue/opt-out.ts';
import type { OptOuts, OutboundWatch } from '../ports/outbound.ts';
import type {
  AnswerFit,
  Conversation,
  Expecting,
  HeardExtent,
  PhraseKind,
  ReplyPart,
  ResponderInput,
} from '../ports/responder.ts';
import type { Logger } from '../ports/telemetry.ts';

/** How a call ended whose party does not want to be called again. */
export const OPTED_OUT = 'opted-out';
/** Pressed in a call that we made: no answer of any flow. */
export const OPT_OUT_KEY = '*';

const CONFIRMATION = [
  'I have taken this number off our list.',
  'You will not be called again. Goodbye.',
] as const;

export interface Guard {
  readonly callSid: string;
  /** Of the other party, as the network tells it. */
  readonly number: string;
  readonly optOuts: OptOuts;
  /** Null for a call that came in: there the key means what the agent makes of it. */
  readonly watch: OutboundWatch | null;
  readonly logger: Logger;
}

export class GuardedConversation implements Conversation {
  readonly voice: string;
  readonly #inner: Conversation;
  readonly #guard: Guard;
  /** The turn that is an answer to what the agent asked, until it is settled. */
  #answering: number | null = null;
  /** The turn of the confirmation, which is none of the agent's. */
  #confirming: number | null = null;

  constructor(inner: Conversation, guard: Guard) {
    this.voice = inner.voice;
    this.#inner = inner;
    this.#guard = guard;
  }

  expecting(during: number | null): Expecting {
    const inner = this.#inner.expecting(during);
    const fit = (text: string): AnswerFit => (isOptOut(text) ? 'whole' : inner.fit(text));
    if (this.#guard.watch === null)
      return { phrases: inner.phrases, fit, keys: (digits) => inner.keys(digits) };
    return {
      phrases: inner.phrases,
      fit,
      keys: (digits) => (digits.endsWith(OPT_OUT_KEY) ? 'whole' : inner.keys(digits)),
    };
  }

  phrase(kind: PhraseKind): string {
    return this.#inner.phrase(kind);
  }

  async *reply(turn: number, input: ResponderInput, signal: AbortSignal): AsyncIterable<ReplyPart> {
    const how = this.#optOutIn(input);
    if (how !== null) {
      this.#confirming = turn;
      await this.#write(how);
      for (const text of CONFIRMATION) yield { kind: 'clause', text, uninterruptible: true };
      yield { kind: 'hang-up', outcome: OPTED_OUT };
      return;
    }
    this.#confirming = null;
    // A machine's greeting is heard, too, but does not answer the question.
    const isAnswer =
      (input.kind === 'heard' && this.#inner.expecting(null).fit(input.text) === 'whole') ||
      input.kind === 'keys';
    this.#answering = isAnswer ? turn : null;
    yield* this.#inner.reply(turn, input, signal);
  }

  settle(turn: number, extent: HeardExtent, heardText: string): void {
    if (turn === this.#confirming) return;
    if (turn === this.#answering && extent !== 'none') this.#guard.watch?.personSpoke();
    this.#inner.settle(turn, extent, heardText);
  }

  collected(): Readonly<Record<string, string>> {
    return this.#inner.collected();
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
