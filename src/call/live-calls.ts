// The calls of this process that are connected: begun by their stream, known by their CallSid, forgotten when they end.
import { ms, type Ms } from '../audio/units.ts';
import type { FarewellReason } from '../ports/admission.ts';
import type { CallArchive } from '../ports/call-archive.ts';
import type { CallModels } from '../ports/call-models.ts';
import type { Clock } from '../ports/clock.ts';
import type { LineEvent, MediaChannel } from '../ports/media-channel.ts';
import type { MachineAction, OptOuts, OutboundPlan } from '../ports/outbound.ts';
import type { CallFacts, Conversation, Responder, ReturnReason } from '../ports/responder.ts';
import type { Logger, Meter } from '../ports/telemetry.ts';
import type { TurnPolicy } from '../turn/policy.ts';
import type { CallBook } from './call-book.ts';
import { CallJournal } from './call-journal.ts';
import { CallSession } from './call-session.ts';
import type { CallSlots } from './call-slots.ts';
import { GuardedConversation } from './guarded-conversation.ts';
import { returned, type PlannedTransfers } from './transfers.ts';

export interface LiveCallsDeps {
  readonly slots: CallSlots;
  readonly book: CallBook;
  readonly responder: Responder;
  readonly optOuts: OptOuts;
  readonly transfers: PlannedTransfers<CallStart>;
  /** Null where nothing is kept. */
  readonly archive: CallArchive | null;
  readonly modelsOf: (callSid: string) => CallModels;
  readonly policy: TurnPolicy;
  readonly leadMs: Ms;
  readonly stallMs: Ms;
  /** Whether the models have time for work that may turn out to be for nothing. */
  readonly maySpeculate: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export interface CallStart extends CallFacts {
  /** Of a call that we made. */
  readonly outbound?: OutboundPlan;
  readonly agent: string;
  readonly streamSid: string;
  /** The call comes back from whom it was handed on to. */
  readonly returned?: ReturnReason;
}

/** What goes on when a call comes back. */
interface Talk {
  readonly conversation: Conversation;
  readonly journal: CallJournal;
}

/** How often the calls are told the time, for lines without audio. Well below any deadline that such a line keeps. */
const PULSE_MS = ms(100);

const END_REASONS = { 'lane-failed': 'failure', draining: 'shutdown' } as const;

export class LiveCalls {
  readonly #deps: LiveCallsDeps;
  /** At most one per slot. */
  readonly #sessions = new Map<string, CallSession>();
  #stopBeat: (() => void) | null = null;

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
      this.#beat();
      return (event) => {
        session.receive(event);
      };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  #open(start: CallStart, channel: MediaChannel, giveBack: () => void): CallSession {
    const { clock, meter, policy, leadMs, stallMs, maySpeculate, book, modelsOf, archive, transfers } =
      this.#deps;
    const { agent, callSid, streamSid, direction, from, to, outbound } = start;
    const logger = this.#deps.logger.child({ callSid, streamSid });
    const { conversation, journal } = this.#comingBack(start) ?? this.#beginning(start, logger);
    const { detector, transcriber, synthesizer, turnEnd = null } = modelsOf(callSid);
    const session = new CallSession({
      channel,
      conversation,
      detector,
      transcriber,
      synthesizer,
      turnEnd,
      maySpeculate,
      clock,
      logger,
      meter,
      policy,
      leadMs,
      stallMs,
      journal,
      outbound: outbound ?? null,
      onClosed: () => {
        giveBack();
        const record = journal.snapshot();
        archive?.end(record);
        transfers.ended(callSid, record.result, { start, conversation, journal });
        this.#forget(callSid, session);
      },
    });
    book.add(journal);
    outbound?.watch.connected();
    logger.info({ agent, direction, from, to }, 'call started');
    return session;
  }

  #beginning(start: CallStart, logger: Logger): Talk {
    const { clock, archive, responder, optOuts } = this.#deps;
    const { agent, callSid, direction, from, to, outbound } = start;
    const startedAt = clock.date();
    const journal = new CallJournal(agent, start, startedAt, archive);
    archive?.begin({ callSid, agent, direction, from, to, startedAt: startedAt.toISOString() });
    const conversation = new GuardedConversation(responder.open(agent, start), {
      callSid,
      number: direction === 'outbound' ? to : from,
      optOuts,
      watch: outbound?.watch ?? null,
      greetsLater: outbound?.opening.kind === 'after-hello',
      logger,
    });
    return { conversation, journal };
  }

  /** Null for a call that was not handed on. */
  #comingBack({ callSid, returned: because }: CallStart): Talk | null {
    if (because === undefined) return null;
    const parked = this.#deps.transfers.takeBack(callSid);
    if (parked === null) return null;
    parked.journal.reopen();
    return { conversation: returned(parked.conversation, because), journal: parked.journal };
  }

  /** One timer for all calls: armed by the first, ended with the last. */
  #beat(): void {
    this.#stopBeat ??= this.#deps.clock.after(PULSE_MS, () => {
      this.#stopBeat = null;
      for (const session of [...this.#sessions.values()]) session.pulse();
      if (this.#sessions.size > 0) this.#beat();
    });
  }

  #forget(callSid: string, session: CallSession): void {
    if (this.#sessions.get(callSid) === session) this.#sessions.delete(callSid);
    this.#count();
    if (this.#sessions.size > 0) return;
    this.#stopBeat?.();
    this.#stopBeat = null;
  }

  #count(): void {
    this.#deps.meter.gauge('calls_in_progress', this.size);
  }

  /** Whether the call is in progress here. */
  machineAnswered(callSid: string, action: MachineAction): boolean {
    const session = this.#sessions.get(callSid);
    session?.machineAnswered(action);
    return session !== undefined;
  }

  /** Returns the calls that it ended. */
  endAll(reason: FarewellReason): readonly string[] {
    const ended = [...this.#sessions.keys()];
    for (const session of [...this.#sessions.values()]) session.end(END_REASONS[reason]);
    return ended;
  }
}
