// Prints the conversation while it goes on, from the server's record of the call.
import { turnsOf, type CallTurn } from './call-result.ts';
import type { Utterance } from './caller.ts';
import type { Spurt } from './loudness.ts';
import { matchTurns } from './match-turns.ts';
import type { ServerCall, ServerTurn } from './server-api.ts';
import { wordErrors } from './word-error-rate.ts';

export type Print = (line: string) => void;

/** States of the server's turn machine in which the last turn's reply is still being made or played. */
const UNFINISHED: readonly string[] = ['thinking', 'agentSpeaking'];

/** Each turn is printed once, when its reply is over and has been measured. */
export class LiveTranscript {
  readonly #print: Print;
  /** Turns of the record that were printed, and utterances that they answered. */
  #printed = 0;
  #answered = 0;

  constructor(print: Print) {
    this.#print = print;
  }

  /** Looks only at what is new, so that it takes no longer at the end of a long call. */
  update(call: ServerCall, utterances: readonly Utterance[], spurts: readonly Spurt[]): void {
    const turns = call.turns.slice(this.#printed);
    const fresh = utterances.slice(this.#answered);
    const { ofUtterance } = matchTurns(fresh, turns);
    const measured = turnsOf(fresh, spurts, turns);
    for (const [index, turn] of turns.entries()) {
      const at = ofUtterance.findIndex((parts) => parts.includes(turn));
      const said = measured[at] ?? null;
      const last = index === turns.length - 1 && call.state !== 'ended';
      if (last && (UNFINISHED.includes(call.state) || said?.answered === false)) return;
      this.#printTurn(turn, ofUtterance[at]?.at(-1) === turn ? said : null);
      this.#printed += 1;
      if (at >= 0) this.#answered = utterances.length - fresh.length + at + 1;
    }
  }

  #printTurn(turn: ServerTurn, measured: CallTurn | null): void {
    const said = measured?.utterance.said ?? null;
    if (turn.heard !== null) {
      const misheard = said !== null && wordErrors(said, turn.heard).errors > 0;
      this.#print(`caller: ${turn.heard}${misheard ? `   [said: ${said}]` : ''}`);
    }
    const responseMs = measured?.responseMs ?? null;
    const latency = responseMs === null ? '' : ` (${Math.round(responseMs)} ms)`;
    const cut = turn.bargedIn ? ' [interrupted]' : '';
    this.#print(`agent:  ${turn.replied}${latency}${cut}`);
  }
}
