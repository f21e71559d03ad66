// One call: the line's events and the ports' results go into one inbox, one loop steps the floor, commands go out.
import { FRAME_MS, ms, type Ms } from '../audio/units.ts';
import type { CallOutcome } from '../ports/call-log.ts';
import type { LineEvent } from '../ports/media-channel.ts';
import { INITIAL_TURN_STATE, step } from '../turn/step.ts';
import type { EndReason, Floor, TurnCommand, TurnEvent, TurnState } from '../turn/state.ts';
import { AgentAudio } from './agent-audio.ts';
import { CallerAudio } from './caller-audio.ts';
import type { CallJournal } from './call-journal.ts';
import { DetectorSlot } from './detector-slot.ts';
import type { CallDeps } from './call-deps.ts';
import { TurnReport } from './turn-report.ts';
import { TurnWork } from './turn-work.ts';

/** How often a call says how it is, at debug level. */
const STATUS_EVERY_MS = 5_000;

/**
 * Teardown, in this order, once: flag; the turn's and the call's work aborted; detector slot given back; the line
 * closed; the journal ended; the owner told. No timer is held: the caller's audio is the clock.
 */
export class CallSession {
  readonly #deps: CallDeps;
  readonly #journal: CallJournal;
  readonly #caller: CallerAudio;
  readonly #agent: AgentAudio;
  readonly #slot: DetectorSlot;
  readonly #work: TurnWork;
  readonly #report: TurnReport;
  readonly #inbox: TurnEvent[] = [];
  #state: TurnState = INITIAL_TURN_STATE;
  #draining = false;
  #closed = false;
  #statusAt = 0;

  constructor(deps: CallDeps) {
    this.#deps = deps;
    this.#journal = deps.journal;
    this.#report = new TurnReport(deps);
    this.#caller = new CallerAudio((window) => {
      this.#slot.push(window);
    });
    this.#slot = new DetectorSlot({
      detector: deps.detector,
      onVerdict: (verdict) => {
        const { from, to } = this.#caller.windowSpan(verdict.index);
        this.#dispatch({ type: 'window', from, at: to, probability: verdict.probability });
      },
      onFault: (code) => {
        deps.meter.count('port_failures', 1, { port: 'detector', code });
      },
      levelOf: (index) => this.#caller.levelOf(index),
    });
    this.#agent = new AgentAudio({
      channel: deps.channel,
      leadMs: deps.leadMs,
      onFirstSent: (turn) => {
        this.#report.firstSent(turn);
      },
      onPlayed: (turn) => {
        this.#dispatch({ type: 'playout-end', turn, at: this.#now });
      },
    });
    this.#work = new TurnWork(deps, {
      agent: this.#agent,
      report: this.#report,
      now: () => this.#now,
      dispatch: (event) => {
        this.#dispatch(event);
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
        this.#journal.count('dtmfKeys');
        break;
      case 'closed':
        this.#journal.count(`line:${event.reason}`);
        this.end('hang-up');
        break;
    }
  }

  #hear(event: Extract<LineEvent, { type: 'media' }>): void {
    const first = this.#caller.counters.framesReceived === 0;
    const lostMs = this.#caller.receive(event.at, event.audio);
    this.#deps.meter.count('frames_received');
    if (lostMs > 0) this.#deps.meter.count('frames_lost', Math.round(lostMs / FRAME_MS));
    // Twilio's clock does not begin at 0: the call begins with the first audio, which says where.
    if (first) this.#dispatch({ type: 'call-started', at: this.#now });
    const reason = this.#slot.checkAlive(this.#deps.clock.now());
    if (reason !== null) {
      this.#journal.count('vadRebuilds');
      this.#deps.meter.count('vad_rebuilds');
      this.#deps.logger.warn({ reason, turnState: this.state }, 'detector state rebuilt');
    }
    this.#agent.pump(this.#now);
    this.#dispatch({ type: 'tick', at: this.#now });
    this.#journal.set('framesReceived', this.#caller.counters.framesReceived);
    this.#journal.set('gapsFilledMs', this.#caller.counters.gapsFilledMs);
    this.#journal.set('windowsJudged', this.#slot.judged);
    this.#logStatus();
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
      // A bug costs this call, never the process.
      this.#deps.logger.error({ err: error, turnState: this.state }, 'the call failed');
      this.#inbox.length = 0;
      this.#state = { ...this.#state, floor: { kind: 'ended', reason: 'failure' } };
      this.#close('failure', null);
    } finally {
      this.#draining = false;
    }
  }

  #run(command: TurnCommand, before: TurnState): void {
    switch (command.type) {
      case 'transcribe':
        this.#report.spoke(command.turn, this.#clockAt(command.lastSpeech));
        this.#work.transcribe(command, this.#caller.read(command.from, command.to));
        break;
      case 'hurry':
        this.#work.hurry(command.turn);
        break;
      case 'reply':
        this.#work.reply(command.turn, command.cause);
        break;
      case 'release':
        this.#report.released(command.turn);
        this.#agent.release(command.turn, this.#now);
        break;
      case 'cancel':
        this.#work.cancel(command.turn);
        break;
      case 'interrupt':
        this.#work.interrupt(command.turn, command.by);
        break;
      case 'finish':
        this.#work.finish(command.turn);
        break;
      case 'vad-reset':
        this.#resetDetector(command.turn, before);
        break;
      case 'stale':
        this.#deps.meter.count('stale_results', 1, { kind: command.event });
        this.#journal.count('staleResults');
        break;
      case 'watchdog':
        this.#deps.meter.count('watchdogs', 1, { which: command.which });
        this.#deps.logger.warn({ which: command.which, turnState: before.floor.kind }, 'watchdog fired');
        this.#journal.count('watchdogs');
        break;
      case 'close':
        this.#close(command.reason, command.outcome);
        break;
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

  #release(reason: EndReason, result: string | null): void {
    this.#work.close();
    this.#slot.close();
    this.#deps.channel.close(1000, reason);
    const outcome = OUTCOMES[reason];
    this.#journal.end(outcome, result, this.#deps.clock.date());
    this.#deps.meter.count('calls', 1, { outcome });
    this.#journal.collect(this.#deps.conversation.collected());
    this.#deps.logger.info({ outcome, result, counters: this.#journal.snapshot().counters }, 'call ended');
  }
}

const OUTCOMES: Readonly<Record<EndReason, CallOutcome>> = {
  'hang-up': 'caller-hung-up',
  goodbye: 'completed',
  shutdown: 'shutdown',
  failure: 'failed',
};
