// The asynchronous work of a turn: transcription and reply under one AbortController, results reported as events.
import type { Ms, Pcm } from '../audio/units.ts';
import { LINE_HZ, samplesToMs } from '../audio/units.ts';
import { CallError } from '../ports/errors.ts';
import type { ReplyCause, TurnCommand, TurnEvent, TurnId } from '../turn/state.ts';
import type { AgentAudio } from './agent-audio.ts';
import type { CallDeps } from './call-deps.ts';
import { runReply } from './reply-run.ts';
import type { TurnReport } from './turn-report.ts';

export interface TurnWorkHooks {
  readonly agent: AgentAudio;
  readonly report: TurnReport;
  readonly now: () => Ms;
  readonly dispatch: (event: TurnEvent) => void;
}

interface ActiveTurn {
  readonly turn: TurnId;
  readonly controller: AbortController;
  /** Aborted when the caller begins to wait. */
  readonly urgent: AbortController;
  /** Whether the conversation was asked, and therefore has to be told how it went. */
  asked: boolean;
  texts: string[];
}

/** At most one turn's work is alive: beginning another aborts the one before. */
export class TurnWork {
  readonly #deps: CallDeps;
  readonly #hooks: TurnWorkHooks;
  readonly #call = new AbortController();
  #active: ActiveTurn | null = null;

  constructor(deps: CallDeps, hooks: TurnWorkHooks) {
    this.#deps = deps;
    this.#hooks = hooks;
  }

  #begin(turn: TurnId): ActiveTurn {
    if (this.#active?.turn === turn) return this.#active;
    this.#drop('none', '');
    const controller = new AbortController();
    const abort = (): void => {
      controller.abort();
    };
    // Ends with the turn: every turn's controller is aborted when the turn is over.
    this.#call.signal.addEventListener('abort', abort, { once: true, signal: controller.signal });
    this.#active = { turn, controller, urgent: new AbortController(), asked: false, texts: [] };
    return this.#active;
  }

  transcribe(command: Extract<TurnCommand, { type: 'transcribe' }>, audio: Pcm<8000>): void {
    const { turn, priority } = command;
    const { controller, urgent } = this.#begin(turn);
    const { signal } = controller;
    const { conversation, transcriber } = this.#deps;
    const request = {
      audio,
      priority,
      urgent: urgent.signal,
      expected: conversation.expecting(null).phrases,
    };
    transcriber.transcribe(request, signal).then(
      ({ text }) => {
        if (signal.aborted) return;
        this.#hooks.report.heard(turn, text);
        this.#hooks.dispatch({ type: 'transcript', turn, text, at: this.#hooks.now() });
      },
      (error: unknown) => {
        if (signal.aborted) return;
        this.#failed('transcriber', error);
        this.#hooks.dispatch({ type: 'transcript-failed', turn, at: this.#hooks.now() });
      },
    );
  }

  hurry(turn: TurnId): void {
    if (this.#active?.turn === turn) this.#active.urgent.abort();
  }

  reply(turn: TurnId, cause: ReplyCause): void {
    const active = this.#begin(turn);
    const { signal } = active.controller;
    const { agent, report, now, dispatch } = this.#hooks;
    active.asked = cause.kind !== 'apology';
    agent.begin(turn);
    const run = runReply({
      turn,
      cause,
      conversation: this.#deps.conversation,
      synthesizer: this.#deps.synthesizer,
      signal,
      onClause: (text) => {
        active.texts.push(text);
        agent.addClause(turn, text);
        report.stamp(turn, 'firstClause');
      },
      onAudio: (audio) => {
        report.stamp(turn, 'firstAudio');
        agent.add(turn, audio, now());
        const durationMs = samplesToMs(audio.length, LINE_HZ);
        dispatch({ type: 'reply-audio', turn, durationMs, at: now() });
      },
    });
    run.then(
      ({ hangUp }) => {
        if (signal.aborted) return;
        agent.complete(turn, now());
        dispatch({ type: 'reply-end', turn, hangUp, at: now() });
      },
      (error: unknown) => {
        if (signal.aborted) return;
        this.#failed('reply', error);
        agent.complete(turn, now());
        dispatch({ type: 'reply-failed', turn, at: now() });
      },
    );
  }

  /** Bugs are logged as such, but cost the call no more than an expected failure does. */
  #failed(port: string, error: unknown): void {
    const code = error instanceof CallError ? error.code : 'bug';
    this.#deps.meter.count('port_failures', 1, { port, code });
    const fields = { port, code, err: error };
    if (error instanceof CallError) this.#deps.logger[error.outcome.logLevel](fields, 'a port failed');
    else this.#deps.logger.error(fields, 'a port failed unexpectedly');
  }

  cancel(turn: TurnId): void {
    if (this.#active?.turn !== turn) return;
    this.#hooks.agent.stop(turn, this.#hooks.now());
    this.#drop('none', '');
  }

  /** The caller took the floor, or the call ended: what was begun to be played counts as heard. */
  interrupt(turn: TurnId, by: 'caller' | 'end'): void {
    if (this.#active?.turn !== turn) return;
    const { text, all } = this.#hooks.agent.heard(turn, this.#hooks.now());
    this.#hooks.agent.stop(turn, this.#hooks.now());
    const bargedIn = by === 'caller' && !all;
    this.#hooks.report.over(turn, { replied: text, bargedIn });
    if (bargedIn) {
      this.#deps.journal.count('bargeIns');
      this.#deps.meter.count('barge_ins');
    }
    if (text === '') this.#drop('none', '');
    else this.#drop(all ? 'all' : 'some', text);
  }

  finish(turn: TurnId): void {
    if (this.#active?.turn !== turn) return;
    const text = this.#active.texts.join(' ');
    this.#hooks.agent.forget(turn);
    this.#hooks.report.over(turn, { replied: text, bargedIn: false });
    this.#drop('all', text);
    this.#deps.journal.collect(this.#deps.conversation.collected());
  }

  #drop(extent: 'all' | 'some' | 'none', text: string): void {
    const active = this.#active;
    this.#active = null;
    if (active === null) return;
    active.controller.abort();
    if (active.asked) this.#deps.conversation.settle(active.turn, extent, text);
  }

  /** Aborts whatever is left. Idempotent. */
  close(): void {
    this.#call.abort();
    this.#drop('none', '');
  }
}
