// Results of work that was begun for a turn.
import type { Stepped, TurnEvent, TurnState } from './state.ts';

/** Each carries the turn that it belongs to; one of another turn never moves the floor. */
export type ResultEvent = Extract<TurnEvent, { turn: number }>;

export const stale = (state: TurnState, event: ResultEvent): Stepped => [
  state,
  [{ type: 'stale', event: event.type }],
];
