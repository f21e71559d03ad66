// The reply of a turn: begun on speculation or when it is due, played, stopped or finished, and settled exactly once.
import { LINE_HZ, samplesToMs, type Ms, type Pcm } from '../audio/units.ts';
import type { ReplyCause, TurnCommand, TurnEvent, TurnId } from '../turn/state.ts';
import type { AgentAudio } from './agent-audio.ts';
import type { CallDeps } from './call-deps.ts';
import { reportFailure } from './port-failures.ts';
import { isAsked, runReply } from './reply-run.ts';
import type { TurnReport } from './turn-report.ts';

const REPLY_COMMANDS = ['reply', 'release', 'fill', 'pause', 'resume', 'interrupt', 'finish'] as const;
export type ReplyCommand = Extract<TurnCommand, { type: (typeof REPLY_COMMANDS)[number] }>;

export const isForReply = (command: TurnCommand): command is ReplyCommand =>
  REPLY_COMMANDS.some((type) => type === command.type);

export interface ReplyHooks {
  readonly agent: AgentAudio;
  readonly report: TurnReport;
  /** The media clock, for events. */
  readonly now: () => Ms;
  /** The line's clock, by which the agent's audio is played. */
  readonly lineNow: () => Ms;
  readonly dispatch: (event: TurnEvent) => void;
  /** What the caller said last in the turn, as it sounded; null when it is not kept any more. */
  readonly audioOf: (turn: TurnId) => Pcm<8000> | null;
}

interface ActiveReply {
  readonly turn: TurnId;
  readonly controller: AbortController;
  /** Resolves `released` of whoever makes the reply. */
  release: () => void;
  readonly released: Promise<void>;
  /** `awaited`: the words to answer are not there yet; `held`: put off because the models are busy. */
  stage: 'awaited' | 'held' | 'running';
  start: () => void;
  /** Whether the conversation was asked, and therefore has to be told how it went. */
  asked: boolean;
  /** The caller's words that it answers; empty for a reply to anything else. */
  answers: string;
  /** Audio of its own has come: nothing needs to be bridged any more. */
  hasAudio: boolean;
  readonly texts: string[];
}

/** Words that nobody has answered, at most. Overflow policy: the oldest are forgotten. */
const MAX_UNANSWERED_CHARS = 1_000;

/** At most one reply is alive: beginning another drops the one before. */
export class TurnReply {
  readonly #deps: CallDeps;
  readonly #hooks: ReplyHooks;
  #active: ActiveReply | null = null;
  /** Their reply was interrupted before a word of it was heard: they belong to what the caller said then. */
  #unanswered = '';

  constructor(deps: CallDeps, hooks: ReplyHooks) {
    this.#deps = deps;
    this.#hooks = hooks;
  }

  run(command: ReplyCommand): void {
    const { turn } = command;
    switch (command.type) {
      case 'reply':
        this.#begin(turn, command.cause);
        break;
      case 'release':
        this.#release(turn);
        break;
      case 'fill':
        this.#fill(turn);
        break;
      case 'pause':
        this.#hooks.agent.pause(turn, this.#hooks.lineNow());
        this.#deps.journal.count('pauses');
        break;
      case 'resume':
        this.#hooks.agent.resume(turn, this.#hooks.lineNow());
        this.#deps.journal.count('resumes');
        break;
      case 'interrupt':
        this.#interrupt(turn, command.by);
        break;
      case 'finish':
        this.#finish(turn);
    }
  }

  /** Under load nothing is begun before its `release`: a reply that is due is released at once. */
  #begin(turn: TurnId, asked: ReplyCause): void {
    const active = this.#active?.stage === 'awaited' ? this.#activeOrNew(turn) : this.#anew(turn);
    const cause = this.#withUnanswered(asked);
    active.answers = cause.kind === 'heard' ? cause.text : '';
    active.start = () => {
      active.stage = 'running';
      active.asked = isAsked(cause);
      this.#run(active, cause);
    };
    active.stage = 'held';
    if (this.#deps.maySpeculate() && (cause.kind !== 'heard' || this.#deps.conversation.mayPrepare())) {
      active.start();
    }
  }

  #withUnanswered(cause: ReplyCause): ReplyCause {
    if (cause.kind !== 'heard' || this.#unanswered === '') return cause;
    return { ...cause, text: `${this.#unanswered} ${cause.text}`.trim().slice(-MAX_UNANSWERED_CHARS) };
  }

  #anew(turn: TurnId): ActiveReply {
    this.#drop('none', '');
    const { promise: released, resolve: release } = deferred();
    const active: ActiveReply = {
      turn,
      controller: new AbortController(),
      released,
      release,
      stage: 'awaited',
      start: () => undefined,
      asked: false,
      answers: '',
      hasAudio: false,
      texts: [],
    };
    this.#active = active;
    this.#hooks.agent.begin(turn);
    return active;
  }

  #activeOrNew(turn: TurnId): ActiveReply {
    return this.#active?.turn === turn ? this.#active : this.#anew(turn);
  }

  #release(turn: TurnId): void {
    if (this.#active?.turn === turn) {
      if (this.#active.stage === 'held') this.#active.start();
      this.#active.release();
    }
    this.#hooks.report.released(turn);
    this.#hooks.agent.release(turn, this.#hooks.lineNow());
  }

  #run(active: ActiveReply, cause: ReplyCause): void {
    const { turn, texts, released } = active;
    const { signal } = active.controller;
    const { conversation, synthesizer } = this.#deps;
    const { agent, report, now, lineNow, dispatch } = this.#hooks;
    const run = runReply({
      turn,
      cause,
      conversation,
      synthesizer,
      control: { signal, released },
      audio: conversation.wantsAudio && cause.kind === 'heard' ? this.#hooks.audioOf(turn) : null,
      onClause: (text) => {
        texts.push(text);
        agent.addClause(turn, text);
        report.stamp(turn, 'firstClause');
      },
      onAudio: (audio, uninterruptible) => {
        active.hasAudio = true;
        report.stamp(turn, 'firstAudio');
        agent.add(turn, audio, lineNow());
        const durationMs = samplesToMs(audio.length, LINE_HZ);
        dispatch({ type: 'reply-audio', turn, durationMs, uninterruptible, at: now() });
      },
    });
    run.then(
      ({ hangUp }) => {
        if (signal.aborted) return;
        agent.complete(turn, lineNow());
        dispatch({ type: 'reply-end', turn, hangUp, at: now() });
      },
      (error: unknown) => {
        if (signal.aborted) return;
        reportFailure(this.#deps, 'reply', error);
        agent.complete(turn, lineNow());
        dispatch({ type: 'reply-failed', turn, at: now() });
      },
    );
  }

  /** Says something that bridges the time until the reply's own audio comes; the words to answer may still be awaited. */
  #fill(turn: TurnId): void {
    const active = this.#activeOrNew(turn);
    this.#speakFiller(active).catch((error: unknown) => {
      // The reply itself is still on its way.
      if (!active.controller.signal.aborted) reportFailure(this.#deps, 'filler', error);
    });
  }

  async #speakFiller(active: ActiveReply): Promise<void> {
    const { conversation, synthesizer } = this.#deps;
    const { signal } = active.controller;
    const request = { text: conversation.phrase('filler'), voice: conversation.voice, first: true };
    for await (const audio of synthesizer.speak(request, signal)) {
      if (signal.aborted || active.hasAudio || this.#active !== active) return;
      this.#hooks.agent.addFiller(active.turn, audio, this.#hooks.lineNow());
      const durationMs = samplesToMs(audio.length, LINE_HZ);
      this.#hooks.dispatch({ type: 'filler-audio', turn: active.turn, durationMs, at: this.#hooks.now() });
    }
  }

  /** Nothing of it was heard. */
  cancel(turn: TurnId): void {
    if (this.#active?.turn !== turn) return;
    this.#hooks.agent.stop(turn, this.#hooks.lineNow());
    this.#drop('none', '');
  }

  /** The caller took the floor, or the call ended: what was played counts as heard. */
  #interrupt(turn: TurnId, by: 'caller' | 'end'): void {
    const active = this.#active;
    if (active?.turn !== turn) return;
    const { text, all } = this.#hooks.agent.heard(turn, this.#hooks.lineNow());
    this.#hooks.agent.stop(turn, this.#hooks.lineNow());
    const bargedIn = by === 'caller' && !all;
    this.#hooks.report.over(turn, { replied: text, bargedIn });
    if (bargedIn) {
      this.#deps.journal.count('bargeIns');
      this.#deps.meter.count('barge_ins');
    }
    if (text === '') {
      this.#drop('none', '');
      if (active.answers !== '') this.#unanswered = active.answers;
    } else this.#drop(all ? 'all' : 'some', text);
  }

  #finish(turn: TurnId): void {
    if (this.#active?.turn !== turn) return;
    const text = this.#active.texts.join(' ');
    this.#hooks.agent.forget(turn);
    this.#hooks.report.over(turn, { replied: text, bargedIn: false });
    this.#drop('all', text);
    this.#deps.journal.collect(this.#deps.conversation.collected());
    this.#deps.journal.setAll(this.#deps.conversation.counters());
  }

  #drop(extent: 'all' | 'some' | 'none', text: string): void {
    const active = this.#active;
    this.#active = null;
    if (active === null) return;
    if (extent !== 'none') this.#unanswered = '';
    active.controller.abort();
    if (active.asked) this.#deps.conversation.settle(active.turn, extent, text);
  }

  /** Aborts whatever is left. Idempotent. */
  close(): void {
    this.#drop('none', '');
  }
}

/** `Promise.withResolvers` of Node 22. */
function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
