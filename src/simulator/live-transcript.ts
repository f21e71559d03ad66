// Prints the conversation while it goes on, from the server's record of the call.
import { turnsOf } from './call-result.ts';
import type { Utterance } from './caller.ts';
import type { Spurt } from './loudness.ts';
import { matchTurns } from './match-turns.ts';
import type { ServerCall, ServerTurn } from './server-api.ts';
import { wordErrors } from './word-error-rate.ts';

export type Print = (line: string) => void;

/** States of the server's turn machine in which the last turn's reply is still being made or played. */
const UNFINISHED: readonly string[] = ['thinking', 'agentSpeaking'];

/** Each turn is printed once, when its reply is over. */
export class LiveTranscript {
  readonly #print: Print;
  #printed = 0;

  constructor(print: Print) {
    this.#print = print;
  }

  update(call: ServerCall, utterances: readonly Utterance[], spurts: readonly Spurt[]): void {
    const open = UNFINISHED.includes(call.state) ? 1 : 0;
    const finished = call.turns.slice(0, Math.max(this.#printed, call.turns.length - open));
    const measured = turnsOf(utterances, spurts, finished);
    const { ofUtterance } = matchTurns(utterances, finished);
    for (const turn of finished.slice(this.#printed)) {
      const index = ofUtterance.findIndex((parts) => parts.at(-1) === turn);
      this.#printTurn(turn, utterances[index]?.said ?? null, measured[index]?.responseMs ?? null);
    }
    this.#printed = finished.length;
  }

  #printTurn(turn: ServerTurn, said: string | null, responseMs: number | null): void {
    if (turn.heard !== null) {
      const misheard = said !== null && wordErrors(said, turn.heard).errors > 0;
      this.#print(`caller: ${turn.heard}${misheard ? `   [said: ${said}]` : ''}`);
    }
    const latency = responseMs === null ? '' : ` (${Math.round(responseMs)} ms)`;
    const cut = turn.bargedIn ? ' [interrupted]' : '';
    this.#print(`agent:  ${turn.replied}${latency}${cut}`);
  }
}
