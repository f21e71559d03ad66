// What goes wrong between Twilio and us, at given rates: each answer and callback draws its own lot.
import { chanceOf, type Chance } from './chance.ts';

/** Shares of 0 to 1. */
export interface NetworkFaults {
  /** POST Calls: 429 with 20429, nothing done. */
  readonly tooMany: number;
  /** POST Calls: a page of HTML with status 502 instead of an answer, the call made or not. */
  readonly badGateway: number;
  /** POST Calls: no answer at all although the call was made. */
  readonly answerLost: number;
  /** POST Calls: the connection is refused; nothing is done. */
  readonly refused: number;
  /** Status callbacks that never arrive, arrive twice, or after later ones. */
  readonly callbackLost: number;
  readonly callbackTwice: number;
  readonly callbackLate: number;
}

export const NO_FAULTS: NetworkFaults = {
  tooMany: 0,
  badGateway: 0,
  answerLost: 0,
  refused: 0,
  callbackLost: 0,
  callbackTwice: 0,
  callbackLate: 0,
};

/** Many times what anybody has seen. */
export const MANY_FAULTS: NetworkFaults = {
  tooMany: 0.02,
  badGateway: 0.01,
  answerLost: 0.01,
  refused: 0.01,
  callbackLost: 0.03,
  callbackTwice: 0.05,
  callbackLate: 0.05,
};

export type DialFault = 'none' | 'too-many' | 'bad-gateway' | 'bad-gateway-made' | 'answer-lost' | 'refused';

/** Draws what goes wrong next. */
export class FaultLottery {
  readonly #faults: NetworkFaults;
  readonly #chance: Chance;

  constructor(faults: NetworkFaults, seed: number) {
    this.#faults = faults;
    this.#chance = chanceOf(seed, 'faults');
  }

  dial(): DialFault {
    const { tooMany, badGateway, answerLost, refused } = this.#faults;
    let luck = this.#chance();
    if ((luck -= tooMany) < 0) return 'too-many';
    if ((luck -= badGateway) < 0) return this.#chance() < 0.5 ? 'bad-gateway' : 'bad-gateway-made';
    if ((luck -= answerLost) < 0) return 'answer-lost';
    return luck - refused < 0 ? 'refused' : 'none';
  }

  /** After how many milliseconds each copy of a callback arrives; none for one that is lost. */
  callback(): readonly number[] {
    const { callbackLost, callbackTwice, callbackLate } = this.#faults;
    const soon = 20 + 80 * this.#chance();
    let luck = this.#chance();
    if ((luck -= callbackLost) < 0) return [];
    if ((luck -= callbackTwice) < 0) return [soon, soon + 500 * this.#chance()];
    return luck - callbackLate < 0 ? [soon + 15_000 * this.#chance()] : [soon];
  }
}
