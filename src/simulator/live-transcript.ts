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
  #printed = 0;

  constructor(print: Print) {
    this.#print = print;
  }

  update(call: ServerCall, utterances: readonly Utterance[], spurts: readonly Spurt[]): void {
    const measured = turnsOf(utterances, spurts, call.turns);
    const { ofUtterance } = matchTurns(utterances, call.turns);
    for (const [index, turn] of call.turns.entries()) {
      if (index < this.#printed) continue;
      const said = measured[ofUtterance.findIndex((parts) => parts.at(-1) === turn)] ?? null;
      const last = index === call.turns.length - 1 && call.state !== 'ended';
      if (last && (UNFINISHED.includes(call.state) || said?.answered === false)) return;
      this.#printTurn(turn, said);
      this.#printed = index + 1;
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
