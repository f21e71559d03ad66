// What the caller said, as text: transcriptions of one turn at a time, on speculation, over the agent's voice, or awaited.
import { quietMs } from '../audio/level.ts';
import { LINE_HZ, ms, type Ms, type Pcm } from '../audio/units.ts';
import { overlapPhrases } from '../turn/backchannel.ts';
import type { Span, TurnCommand, TurnEvent, TurnId, Words } from '../turn/state.ts';
import type { CallDeps } from './call-deps.ts';
import { reportFailure } from './port-failures.ts';
import { SpokenParts } from './spoken-parts.ts';
import type { TurnReport } from './turn-report.ts';

type Transcribe = Extract<TurnCommand, { type: 'transcribe' }>;
const HEARING_COMMANDS = ['transcribe', 'transcribe-part', 'hurry'] as const;
export type HearingCommand = Extract<TurnCommand, { type: (typeof HEARING_COMMANDS)[number] }>;

export const isForHearing = (command: TurnCommand): command is HearingCommand =>
  HEARING_COMMANDS.some((type) => type === command.type);

export interface HearingHooks {
  readonly report: TurnReport;
  readonly now: () => Ms;
  readonly dispatch: (event: TurnEvent) => void;
  /** The wall clock at a moment of the media clock. */
  readonly clockAt: (media: Ms) => Ms;
  /** Caller audio between two moments of the media clock. */
  readonly read: (span: Span) => Pcm<8000>;
  /** The turn whose reply is being played, and whether its last clause has begun to be heard. */
  readonly playing: () => { readonly turn: TurnId; readonly asked: boolean } | null;
}

interface Hearing {
  readonly turn: TurnId;
  readonly controller: AbortController;
  /** Aborted when the caller begins to wait. */
  readonly urgent: AbortController;
  /** Set while the work is put off because the models are busy. */
  start: (() => void) | null;
}

/** At most one turn is being heard: hearing another, or the same one anew, aborts the one before. */
export class TurnHearing {
  readonly #deps: CallDeps;
  readonly #hooks: HearingHooks;
  readonly #parts = new SpokenParts();
  #active: Hearing | null = null;
  /** The last words that were to be heard, and the turn that they belong to. */
  #last: { readonly turn: TurnId; readonly span: Span } | null = null;

  constructor(deps: CallDeps, hooks: HearingHooks) {
    this.#deps = deps;
    this.#hooks = hooks;
  }

  run(command: HearingCommand): void {
    switch (command.type) {
      case 'transcribe':
        this.#hooks.report.spoke(command.turn, this.#hooks.clockAt(command.lastSpeech));
        this.#transcribe(command);
        break;
      case 'transcribe-part':
        // Whoever asks for the whole turn is told of a failure.
        this.#partText(command.part).catch(() => undefined);
        break;
      case 'hurry':
        this.#hurry(command.turn);
    }
  }

  #transcribe(command: Transcribe): void {
    this.#active?.controller.abort();
    const span = command.parts.at(-1);
    if (span !== undefined) this.#last = { turn: command.turn, span };
    const controller = new AbortController();
    const hearing: Hearing = {
      turn: command.turn,
      controller,
      urgent: new AbortController(),
      start: null,
    };
    this.#active = hearing;
    const start = (): void => {
      hearing.start = null;
      this.#listen(command, hearing);
    };
    if (command.priority === 'final' || this.#deps.maySpeculate()) start();
    else hearing.start = start;
  }

  /** A part of long speech: begun while the caller talks on, kept for the turn that it belongs to. */
  #partText(span: Span): Promise<string> {
    return this.#parts.text(span, async (signal) => {
      const request = { audio: this.#hooks.read(span), priority: 'speculative', expected: [] } as const;
      const { text } = await this.#deps.transcriber.transcribe(request, signal);
      return text;
    });
  }

  #listen(command: Transcribe, hearing: Hearing): void {
    const { turn } = command;
    const { signal } = hearing.controller;
    const during = this.#hooks.playing();
    const heard = this.#words(command, hearing, during?.turn ?? null);
    heard.then(
      (words) => {
        if (signal.aborted) return;
        this.#hooks.report.heard(turn, words.text);
        const asked = this.#hooks.playing()?.asked ?? false;
        this.#hooks.dispatch({ type: 'transcript', turn, words, asked, at: this.#hooks.now() });
      },
      (error: unknown) => {
        if (signal.aborted) return;
        reportFailure(this.#deps, 'transcriber', error);
        this.#hooks.dispatch({ type: 'transcript-failed', turn, at: this.#hooks.now() });
      },
    );
    if (command.priority === 'speculative') this.#askForEnd(command, signal);
  }

  async #words(
    { parts, priority }: Transcribe,
    { controller, urgent }: Hearing,
    during: TurnId | null,
  ): Promise<Words> {
    const expecting = this.#deps.conversation.expecting(during);
    const last = parts.at(-1);
    if (last === undefined) return { text: '', fit: 'unknown', ending: null, confidence: 0, lastSound: null };
    const before = parts.slice(0, -1).map((part) => this.#partText(part));
    const phrases = during === null ? expecting.phrases : overlapPhrases(expecting.phrases);
    const audio = this.#hooks.read(last);
    const request = {
      audio,
      priority: priority === 'final' ? priority : 'speculative',
      urgent: urgent.signal,
      // What fits the question is a whole answer, not the end of a long one.
      expected: before.length === 0 ? phrases : [],
    } as const;
    const rest = this.#deps.transcriber.transcribe(request, controller.signal);
    const [end, ...texts] = await Promise.all([rest, ...before]);
    const text = [...texts, end.text].filter((part) => part !== '').join(' ');
    const fit = text === '' ? 'unknown' : expecting.fit(text);
    const quiet = quietMs(audio.samples, LINE_HZ);
    const lastSound = quiet === null ? null : ms(last.to - quiet);
    return { text, fit, ending: end.ending ?? null, confidence: end.confidence, lastSound };
  }

  #askForEnd({ turn, parts }: Transcribe, signal: AbortSignal): void {
    const { turnEnd } = this.#deps;
    const last = parts.at(-1);
    if (turnEnd === null || last === undefined) return;
    turnEnd.judge(this.#hooks.read(last), signal).then(
      (likelihood) => {
        if (signal.aborted) return;
        this.#hooks.dispatch({ type: 'turn-end-likelihood', turn, likelihood, at: this.#hooks.now() });
      },
      (error: unknown) => {
        // Without it the words alone decide.
        if (!signal.aborted) reportFailure(this.#deps, 'turn-end', error);
      },
    );
  }

  /** The caller waits for the words by now. */
  #hurry(turn: TurnId): void {
    if (this.#active?.turn !== turn) return;
    this.#active.urgent.abort();
    this.#active.start?.();
  }

  /** What was said last in a turn, as it sounded; null for another turn than the last one. */
  audioOf(turn: TurnId): Pcm<8000> | null {
    return this.#last?.turn === turn ? this.#hooks.read(this.#last.span) : null;
  }

  cancel(turn: TurnId): void {
    if (this.#active?.turn !== turn) return;
    this.#active.controller.abort();
    this.#active = null;
  }

  /** Aborts whatever is left. Idempotent. */
  close(): void {
    this.#active?.controller.abort();
    this.#active = null;
    this.#parts.close();
  }
}
