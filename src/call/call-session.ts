// One call: the line's events and the ports' results go into one inbox, one loop steps the floor, commands go out.
import { FRAME_MS, ms, type Ms, type Pcm } from '../audio/units.ts';
import type { CallOutcome } from '../ports/call-log.ts';
import type { LineEvent } from '../ports/media-channel.ts';
import type { CallEnding, MachineAction } from '../ports/outbound.ts';
import { INITIAL_TURN_STATE, step } from '../turn/step.ts';
import type { EndReason, Floor, TurnCommand, TurnEvent, TurnState } from '../turn/state.ts';
import { AgentAudio } from './agent-audio.ts';
import { CallerAudio } from './caller-audio.ts';
import type { CallJournal } from './call-journal.ts';
import { DetectorSlot } from './detector-slot.ts';
import type { CallDeps } from './call-deps.ts';
import { keyEvent } from './key-pad.ts';
import { LineStall } from './line-stall.ts';
import { Recoveries } from './recoveries.ts';
import { MESSAGE_LEFT } from './reply-run.ts';
import { isForHearing, TurnHearing, type HearingCommand } from './turn-hearing.ts';
import { isForReply, TurnReply, type ReplyCommand } from './turn-reply.ts';
import { TurnReport } from './turn-report.ts';
import { windowEvent } from './window-event.ts';

/** How often a call says how it is, at debug level. */
const STATUS_EVERY_MS = 5_000;

/**
 * Teardown, in this order, once: flag; the turn's and the call's work aborted; detector slot given back; the line
 * closed; the journal ended; the owner told. No timer is held: the caller's audio is the clock, and where it ceases
 * the owner's pulse.
 */
export class CallSession {
  readonly #deps: CallDeps;
  readonly #journal: CallJournal;
  readonly #recoveries: Recoveries;
  readonly #caller: CallerAudio;
  readonly #stall: LineStall;
  readonly #agent: AgentAudio;
  readonly #slot: DetectorSlot;
  readonly #hearing: TurnHearing;
  readonly #reply: TurnReply;
  readonly #report: TurnReport;
  readonly #inbox: TurnEvent[] = [];
  #state: TurnState = INITIAL_TURN_STATE;
  #draining = false;
  #closed = false;
  #statusAt = 0;

  constructor(deps: CallDeps) {
    this.#deps = deps;
    this.#journal = deps.journal;
    this.#recoveries = new Recoveries(deps);
    this.#report = new TurnReport(deps);
    this.#stall = new LineStall(deps.stallMs);
    this.#caller = new CallerAudio((window) => {
      this.#slot.push(window);
    });
    this.#slot = new DetectorSlot({
      detector: deps.detector,
      onVerdict: (verdict) => {
        this.#dispatch(windowEvent(verdict, this.#caller, this.#agent));
      },
      onFault: (code) => {
        deps.meter.count('port_failures', 1, { port: 'detector', code });
      },
      levelOf: (index) => this.#caller.levelOf(index),
    });
    const now = (): Ms => this.#now;
    const lineNow = (): Ms => this.#caller.lineMs;
    const dispatch = (event: TurnEvent): void => {
      this.#dispatch(event);
    };
    this.#agent = new AgentAudio({
      channel: deps.channel,
      leadMs: deps.leadMs,
      onFirstSent: (turn) => {
        this.#report.firstSent(turn);
        deps.outbound?.watch.firstAudio();
      },
      onPlayed: (turn) => {
        this.#dispatch({ type: 'playout-end', turn, at: this.#now });
      },
    });
    const shared = { report: this.#report, now, dispatch };
    const audioOf = (turn: number): Pcm<8000> | null => this.#hearing.audioOf(turn);
    this.#reply = new TurnReply(deps, { ...shared, agent: this.#agent, lineNow, audioOf });
    this.#hearing = new TurnHearing(deps, {
      ...shared,
      read: ({ from, to }) => this.#caller.read(from, to),
      clockAt: (media) => this.#clockAt(media),
      playing: () => {
        const turn = playingTurn(this.#state.floor);
        return turn === null ? null : { turn, asked: this.#agent.lastClauseBegun(turn, lineNow()) };
      },
    });
  }

  get #now(): Ms {
    return this.#caller.nowMs;
  }

  /** The floor's name, for the API and the logs. */
  get state(): Floor['kind'] {
    return this.#state.floor.kind;
  }

  /** Everything the line says comes in here; after the end it is ignored. */
  receive(event: LineEvent): void {
    if (this.#closed) return;
    switch (event.type) {
      case 'media':
        this.#hear(event);
        break;
      case 'mark':
        if (!this.#agent.markReturned(event.name)) this.#journal.count('staleMarks');
        break;
      case 'dtmf':
        this.#press(event.digit);
        break;
      case 'closed':
        this.#journal.count(`line:${event.reason}`);
        this.end('hang-up');
        break;
    }
  }

  #hear(event: Extract<LineEvent, { type: 'media' }>): void {
    const first = this.#caller.counters.framesReceived === 0;
    const { nowMs, lineMs } = this.#caller;
    const lostMs = this.#caller.receive(event.at, event.audio);
    this.#stall.heard(this.#deps.clock.now());
    this.#deps.meter.count('frames_received');
    if (lostMs > 0) this.#deps.meter.count('frames_lost', Math.round(lostMs / FRAME_MS));
    // Twilio's clock does not begin at 0: the call begins with the first audio, which says where.
    if (first) this.#begin();
    const aheadMs = this.#now - nowMs - (this.#caller.lineMs - lineMs);
    if (!first && aheadMs > 0) this.#dispatch({ type: 'clock-ahead', at: this.#now, byMs: ms(aheadMs) });
    this.#advance();
  }

  #begin(): void {
    const opening = this.#deps.outbound?.opening;
    const hold = opening?.kind === 'after-hello' ? { holdMs: opening.withinMs } : {};
    this.#dispatch({ type: 'call-started', at: this.#now, ...hold });
  }

  /** A machine has answered the call; what has been said to it so far is cut. */
  machineAnswered(action: MachineAction): void {
    const message = action.kind === 'leave-message' ? action.text : null;
    this.#dispatch({ type: 'machine', at: this.#now, message });
  }

  /** The owner's clock, a few times a second: a line that has fallen silent is fed with silence. */
  pulse(): void {
    if (this.#closed) return;
    const fill = this.#stall.silenceDue(this.#deps.clock.now());
    if (fill === null) return;
    if (fill.begins) this.#recoveries.count('stall', { turnState: this.state, stalledMs: fill.durationMs });
    try {
      this.#caller.fill(fill.durationMs);
      // The detector has yet to judge what was fed: its verdicts move the floor, and the next pulse if they do not come.
      if (fill.begins) this.#agent.pump(this.#caller.lineMs);
      else this.#advance();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The media clock has moved. */
  #advance(): void {
    const rebuilt = this.#slot.checkAlive(this.#deps.clock.now());
    if (rebuilt !== null) {
      this.#deps.meter.count('vad_rebuilds');
      this.#journal.count('vadRebuilds');
      this.#deps.logger.warn({ reason: rebuilt, turnState: this.state }, 'detector state rebuilt');
    }
    this.#agent.pump(this.#caller.lineMs);
    this.#dispatch({ type: 'tick', at: this.#now });
    const { framesReceived, framesLate, gapsFilledMs, stallsFilledMs } = this.#caller.counters;
    const counters = { framesReceived, framesLate, gapsFilledMs, stallsFilledMs };
    for (const [name, value] of Object.entries(counters)) this.#journal.set(name, value);
    this.#journal.set('windowsJudged', this.#slot.judged);
    this.#logStatus();
  }

  #press(digit: string): void {
    this.#journal.count('dtmfKeys');
    const during = playingTurn(this.#state.floor);
    const expecting = this.#deps.conversation.expecting(during);
    const event = keyEvent(digit, this.#state.keys?.digits ?? '', expecting);
    if (event === null) this.#journal.count('dtmfIgnored');
    else this.#dispatch({ ...event, at: this.#now });
  }

  #logStatus(): void {
    if (this.#now - this.#statusAt < STATUS_EVERY_MS) return;
    this.#statusAt = this.#now;
    const fields = {
      turnState: this.state,
      vad: this.#state.vad.kind,
      probability: this.#slot.lastProbability,
      frames: this.#caller.counters.framesReceived,
      windows: this.#slot.judged,
    };
    this.#deps.logger.debug(fields, 'call status');
  }

  /** Ends the call from outside: the line is gone, or the server goes down. Idempotent. */
  end(reason: EndReason): void {
    this.#dispatch({ type: 'hang-up', at: this.#now, reason });
  }

  /** The only place that moves the floor. Events that arrive while it runs wait their turn. */
  #dispatch(event: TurnEvent): void {
    this.#inbox.push(event);
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        const before = this.#state;
        const [after, commands] = step(before, next, this.#deps.policy);
        this.#state = after;
        this.#report.moved(before.floor, after.floor);
        for (const command of commands) this.#run(command, before);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#draining = false;
    }
  }

  /** A bug costs this call, never the process. */
  #fail(error: unknown): void {
    this.#deps.logger.error({ err: error, turnState: this.state }, 'the call failed');
    this.#inbox.length = 0;
    this.#state = { ...this.#state, floor: { kind: 'ended', reason: 'failure' } };
    this.#close('failure', null);
  }

  #run(command: TurnCommand, before: TurnState): void {
    if (isForReply(command)) this.#reply.run(command);
    else if (isForHearing(command)) this.#hearing.run(command);
    else this.#runForCall(command, before);
  }

  #runForCall(command: Exclude<TurnCommand, ReplyCommand | HearingCommand>, before: TurnState): void {
    switch (command.type) {
      case 'cancel':
        this.#hearing.cancel(command.turn);
        this.#reply.cancel(command.turn);
        break;
      case 'vad-reset':
        this.#resetDetector(command.turn, before);
        break;
      case 'stale':
      case 'speculation':
      case 'watchdog':
        this.#recoveries.note(command, before.floor.kind);
        break;
      case 'close':
        this.#close(command.reason, command.outcome);
    }
  }

  /** The wall-clock time of a moment on the media clock: the audio since then has just arrived. */
  #clockAt(media: Ms): Ms {
    return ms(this.#deps.clock.now() - (this.#now - media));
  }

  #resetDetector(turn: number, before: TurnState): void {
    this.#slot.reset();
    this.#journal.count('vadResets');
    this.#deps.meter.count('vad_resets');
    const fields = {
      turn,
      before: { turnState: before.floor.kind, vad: before.vad.kind },
      after: { turnState: this.#state.floor.kind, vad: this.#state.vad.kind },
      windows: this.#slot.judged,
    };
    this.#deps.logger.info(fields, 'line open again, detector reset');
  }

  #close(reason: EndReason, result: string | null): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#release(reason, result);
    } finally {
      this.#deps.onClosed();
    }
  }

  #tellEnding(reason: EndReason, result: string | null): void {
    const messageLeft = result === MESSAGE_LEFT;
    const by = messageLeft ? 'machine' : ENDERS[reason];
    this.#deps.outbound?.watch.ended({
      by,
      result,
      collected: this.#deps.conversation.collected(),
      messageLeft,
    });
  }

  #release(reason: EndReason, result: string | null): void {
    this.#hearing.close();
    this.#reply.close();
    this.#slot.close();
    this.#deps.channel.close(1000, reason);
    const outcome = OUTCOMES[reason];
    this.#journal.setAll(this.#deps.conversation.counters());
    this.#journal.end(outcome, result, this.#deps.clock.date());
    this.#deps.meter.count('calls', 1, { outcome });
    this.#journal.collect(this.#deps.conversation.collected());
    this.#tellEnding(reason, result);
    this.#deps.logger.info({ outcome, result, counters: this.#journal.snapshot().counters }, 'call ended');
  }
}

/** Who ended a call. */
const ENDERS: Readonly<Record<EndReason, CallEnding['by']>> = {
  'hang-up': 'caller',
  goodbye: 'agent',
  'time-up': 'agent',
  machine: 'machine',
  shutdown: 'failure',
  failure: 'failure',
};

/** The turn whose reply can be heard or stands still, or null. */
function playingTurn(floor: Floor): number | null {
  return floor.kind === 'agentSpeaking' || floor.kind === 'agentPaused' ? floor.turn : null;
}

const OUTCOMES: Readonly<Record<EndReason, CallOutcome>> = {
  'hang-up': 'caller-hung-up',
  goodbye: 'completed',
  'time-up': 'completed',
  machine: 'completed',
  shutdown: 'shutdown',
  failure: 'failed',
};
