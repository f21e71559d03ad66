// Results of work that was begun for a turn.
import type { Preparation, Stepped, TurnEvent, TurnState } from './state.ts';

/** Each carries the turn that it belongs to; one of another turn never moves the floor. */
export type ResultEvent = Extract<TurnEvent, { turn: number }>;

export const stale = (state: TurnState, event: ResultEvent): Stepped => [
  state,
  [{ type: 'stale', event: event.type }],
];

/** The words of a turn, or that there are none to be had, are taken once: a twin of what is known is a stranger. */
export const isTwin = (event: ResultEvent, { stage }: Preparation): boolean =>
  (event.type === 'transcript' || event.type === 'transcript-failed') &&
  stage !== 'transcribing' &&
  stage !== 'hurried';
