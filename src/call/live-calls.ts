// The calls of this process that are connected: begun by their stream, known by their CallSid, forgotten when they end.
import type { Ms } from '../audio/units.ts';
import type { FarewellReason } from '../ports/admission.ts';
import type { CallModels } from '../ports/call-models.ts';
import type { Clock } from '../ports/clock.ts';
import type { LineEvent, MediaChannel } from '../ports/media-channel.ts';
import type { CallFacts, Responder } from '../ports/responder.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import type { TurnPolicy } from '../turn/policy.ts';
import type { CallBook } from './call-book.ts';
import { CallJournal } from './call-journal.ts';
import { CallSession } from './call-session.ts';
import type { CallSlots } from './call-slots.ts';

export interface LiveCallsDeps {
  readonly slots: CallSlots;
  readonly book: CallBook;
  readonly responder: Responder;
  readonly modelsOf: (callSid: string) => CallModels;
  readonly policy: TurnPolicy;
  readonly leadMs: Ms;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export interface CallStart extends CallFacts {
  readonly agent: string;
  readonly streamSid: string;
}

const END_REASONS = { 'lane-failed': 'failure', draining: 'shutdown' } as const;

export class LiveCalls {
  readonly #deps: LiveCallsDeps;
  /** At most one per slot. */
  readonly #sessions = new Map<string, CallSession>();

  constructor(deps: LiveCallsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** A second stream of the same call ends the first. @throws Error when the call has no slot or cannot be built; its slot is free then. */
  begin(start: CallStart, channel: MediaChannel): (event: LineEvent) => void {
    const { callSid } = start;
    const giveBack = this.#deps.slots.connect(callSid);
    if (giveBack === null) throw new Error('the call has no slot');
    this.#sessions.get(callSid)?.end('hang-up');
    try {
      const session = this.#open(start, channel, giveBack);
      this.#sessions.set(callSid, session);
      this.#count();
      return (event) => {
        session.receive(event);
      };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  #open(start: CallStart, channel: MediaChannel, giveBack: () => void): CallSession {
    const { clock, meter, policy, leadMs, book, responder, modelsOf } = this.#deps;
    const { agent, callSid, streamSid, direction, from, to } = start;
    const logger = this.#deps.logger.child({ callSid, streamSid });
    const journal = new CallJournal(agent, start, clock.date());
    const { detector, transcriber, synthesizer } = modelsOf(callSid);
    const session = new CallSession({
      channel,
      conversation: responder.open(agent, start),
      detector,
      transcriber,
      synthesizer,
      clock,
      logger,
      meter,
      policy,
      leadMs,
      journal,
      onClosed: () => {
        giveBack();
        if (this.#sessions.get(callSid) === session) this.#sessions.delete(callSid);
        this.#count();
      },
    });
    book.add(journal);
    logger.info({ agent, direction, from, to }, 'call started');
    return session;
  }

  #count(): void {
    this.#deps.meter.gauge('calls_in_progress', this.size);
  }

  /** Returns the calls that it ended. */
  endAll(reason: FarewellReason): readonly string[] {
    const ended = [...this.#sessions.keys()];
    for (const session of [...this.#sessions.values()]) session.end(END_REASONS[reason]);
    return ended;
  }
}
