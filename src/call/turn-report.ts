// What becomes known of each turn: the stages of its answer, its record for the API and its one log line.
import type { Ms } from '../audio/units.ts';
import type { TurnRecord } from '../ports/call-log.ts';
import type { Floor, TurnId } from '../turn/state.ts';
import type { CallDeps } from './call-deps.ts';
import { TurnStages, type TurnMoment } from './turn-stages.ts';

interface Draft {
  readonly turn: TurnId;
  readonly stages: TurnStages | null;
  heard: string | null;
}

/** Keeps one draft: the turn that is being prepared or played. */
export class TurnReport {
  readonly #deps: Pick<CallDeps, 'clock' | 'journal' | 'logger' | 'meter'>;
  #draft: Draft | null = null;

  constructor(deps: Pick<CallDeps, 'clock' | 'journal' | 'logger' | 'meter'>) {
    this.#deps = deps;
  }

  /** The caller's last speech of this turn was at `lastSpeech` on the wall clock. */
  spoke(turn: TurnId, lastSpeech: Ms): void {
    this.#draft = { turn, stages: new TurnStages(lastSpeech), heard: null };
  }

  heard(turn: TurnId, text: string): void {
    if (this.#draft?.turn === turn) this.#draft.heard = text;
    this.stamp(turn, 'transcribed');
  }

  stamp(turn: TurnId, moment: TurnMoment): void {
    if (this.#draft?.turn === turn) this.#draft.stages?.stamp(moment, this.#deps.clock.now());
  }

  moved(before: Floor, after: Floor): void {
    if (before.kind !== after.kind) this.#deps.journal.enter(after.kind);
    if (before.kind !== 'endpointing' || after.kind === 'endpointing') return;
    if (after.kind === 'thinking' || after.kind === 'agentSpeaking') this.stamp(before.turn, 'decided');
  }

  /** From now on the reply may be heard, so the turn is part of the conversation. */
  released(turn: TurnId): void {
    if (this.#draft?.turn !== turn) this.#draft = { turn, stages: null, heard: null };
    this.#deps.journal.openTurn(turn, this.#draft.heard);
  }

  firstSent(turn: TurnId): void {
    this.stamp(turn, 'firstSent');
    if (this.#draft?.turn !== turn) return;
    const stages = this.#draft.stages?.stages() ?? null;
    this.#deps.journal.updateTurn(turn, { stagesMs: stages });
    for (const [stage, value] of Object.entries(stages ?? {})) {
      this.#deps.meter.observe('turn_stage_ms', Number(value), { stage });
    }
  }

  /** The reply is over; `replied` is what was played of it. */
  over(turn: TurnId, change: Pick<TurnRecord, 'replied' | 'bargedIn'>): void {
    const record = this.#deps.journal.updateTurn(turn, change);
    if (record === null) return;
    const { heard, replied, stagesMs, bargedIn } = record;
    this.#deps.logger.info({ turn, heard, replied, stagesMs, bargedIn }, 'turn');
  }
}
