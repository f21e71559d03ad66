// Counts what did not go as planned and was set right: one counter and one log line for each recovery.
import type { LogFields } from '../ports/telemetry.ts';
import type { Floor, TurnCommand } from '../turn/state.ts';
import type { CallDeps } from './call-deps.ts';

type Note = Extract<TurnCommand, { type: 'stale' | 'speculation' | 'watchdog' }>;

export class Recoveries {
  readonly #deps: Pick<CallDeps, 'journal' | 'logger' | 'meter'>;

  constructor(deps: Pick<CallDeps, 'journal' | 'logger' | 'meter'>) {
    this.#deps = deps;
  }

  note(note: Note, turnState: Floor['kind']): void {
    const { journal, meter } = this.#deps;
    switch (note.type) {
      case 'stale':
        meter.count('stale_results', 1, { kind: note.event });
        journal.count('staleResults');
        return;
      case 'speculation':
        meter.count('speculations', 1, { result: note.result });
        journal.count(note.result === 'used' ? 'speculationsUsed' : 'speculationsDiscarded');
        return;
      case 'watchdog':
        this.count(note.which, { turnState });
    }
  }

  /** A deadline that had to be kept by a watchdog, or a line without audio. */
  count(which: string, fields: LogFields): void {
    const { journal, meter, logger } = this.#deps;
    meter.count('watchdogs', 1, { which });
    journal.count('watchdogs');
    logger.warn({ which, ...fields }, 'watchdog fired');
  }
}
