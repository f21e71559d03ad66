// Calls that an agent hands on: planned during the call, carried out when its stream is over, and back with the agent if nobody answers.
import { TRANSFERRED, type TransferPlan, type Transfers } from '../ports/call-services.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  Conversation,
  ReplyControl,
  ReplyPart,
  ResponderInput,
  ReturnReason,
} from '../ports/responder.ts';
import { ms } from '../audio/units.ts';
import type { CallJournal } from './call-journal.ts';

/** What goes on when the call comes back. */
export interface ParkedCall<Start> {
  readonly start: Start;
  readonly conversation: Conversation;
  readonly journal: CallJournal;
}

/** A call may stay with whom it was handed to for hours; then its agent is forgotten. */
const PARKED_MS = ms(4 * 3_600_000);
/** Overflow policy: the oldest is forgotten; who comes back then is told goodbye. */
const MAX_PARKED = 1_000;

interface Entry<Start> {
  readonly plan: TransferPlan;
  /** Null until the stream has ended for it. */
  parked: ParkedCall<Start> | null;
  stopTimer: (() => void) | null;
}

export class PlannedTransfers<Start> implements Transfers {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry<Start>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  plan(callSid: string, plan: TransferPlan): void {
    this.drop(callSid);
    this.#entries.set(callSid, { plan, parked: null, stopTimer: null });
  }

  drop(callSid: string): void {
    this.#entries.get(callSid)?.stopTimer?.();
    this.#entries.delete(callSid);
  }

  /** The stream has ended. Anything but a hand-over drops the plan. */
  ended(callSid: string, result: string | null, parked: ParkedCall<Start>): void {
    const entry = this.#entries.get(callSid);
    if (entry === undefined) return;
    if (result !== TRANSFERRED) {
      this.drop(callSid);
      return;
    }
    entry.parked = parked;
    entry.stopTimer = this.#clock.after(PARKED_MS, () => {
      this.drop(callSid);
    });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_PARKED && oldest !== undefined) this.drop(oldest);
  }

  /** Of a call whose stream has ended to be handed on; null for any other. */
  planOf(callSid: string): TransferPlan | null {
    const entry = this.#entries.get(callSid);
    return entry?.parked === undefined || entry.parked === null ? null : entry.plan;
  }

  /** Who is coming back. */
  startOf(callSid: string): Start | null {
    return this.#entries.get(callSid)?.parked?.start ?? null;
  }

  /** The call is back: whoever it belonged to. It comes back once. */
  takeBack(callSid: string): ParkedCall<Start> | null {
    const parked = this.#entries.get(callSid)?.parked ?? null;
    this.drop(callSid);
    return parked;
  }
}

/** The same conversation: instead of a greeting it says why the caller is back. */
export function returned(conversation: Conversation, because: ReturnReason): Conversation {
  return {
    voice: conversation.voice,
    wantsAudio: conversation.wantsAudio,
    expecting: (during) => conversation.expecting(during),
    phrase: (kind) => conversation.phrase(kind),
    reply: (turn: number, input: ResponderInput, control: ReplyControl): AsyncIterable<ReplyPart> =>
      conversation.reply(turn, input.kind === 'greeting' ? { kind: 'returned', because } : input, control),
    mayPrepare: () => conversation.mayPrepare(),
    settle: (turn, extent, heardText) => {
      conversation.settle(turn, extent, heardText);
    },
    collected: () => conversation.collected(),
    counters: () => conversation.counters(),
  };
}
