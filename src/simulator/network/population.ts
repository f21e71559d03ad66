// What each callee does at each attempt: by seed, so that a campaign can be run again and comes out the same.
import { between, chanceOf, pick } from './chance.ts';

/** What a telephone does when it is called. */
export type Callee =
  { readonly kind: 'busy' | 'failed'; readonly afterMs: number } | { readonly kind: 'no-answer' } | Answering;

export interface Answering {
  readonly kind: 'answers';
  readonly ringMs: number;
  readonly who: 'person' | 'voicemail' | 'screening' | 'fax';
  /** What the answering machine detection says and when, counted from the answer; null where it says nothing. */
  readonly verdict: { readonly answeredBy: string; readonly afterMs: number } | null;
  /** Which of the personas a person is, from 0 to below 1. */
  readonly persona: number;
  /** How long the call lasts at most if nobody else ends it. */
  readonly patienceMs: number;
}

export interface PopulationShares {
  readonly person: number;
  readonly voicemail: number;
  readonly screening: number;
  readonly fax: number;
  readonly busy: number;
  readonly 'no-answer': number;
  readonly failed: number;
}

/** Roughly what outbound campaigns report of calls to mobile numbers in the United States. */
export const USUAL_SHARES: PopulationShares = {
  person: 0.5,
  voicemail: 0.2,
  screening: 0.03,
  fax: 0.01,
  busy: 0.08,
  'no-answer': 0.15,
  failed: 0.03,
};

/** `nth` counts the calls to this number from 1. */
export function calleeAt(seed: number, shares: PopulationShares, number: string, nth: number): Callee {
  const chance = chanceOf(seed, number, nth);
  const kind = pick(chance, shares);
  switch (kind) {
    case 'busy':
    case 'failed':
      return { kind, afterMs: between(chance, 300, 3_000) };
    case 'no-answer':
      return { kind };
    case 'person':
    case 'voicemail':
    case 'screening':
    case 'fax':
      return answering(chanceOf(seed, number, nth, kind), seed, number, kind);
  }
}

function answering(chance: () => number, seed: number, number: string, who: Answering['who']): Answering {
  const ringMs = who === 'voicemail' ? between(chance, 12_000, 14_500) : between(chance, 2_000, 11_000);
  return {
    kind: 'answers',
    ringMs,
    who,
    verdict: verdictOf(chance, who),
    // The same person at every attempt.
    persona: chanceOf(seed, number, 'persona')(),
    patienceMs: between(chance, 60_000, 120_000),
  };
}

/** Machines are told at their beep, people after some four seconds; one verdict in thirty is wrong or missing. */
function verdictOf(chance: () => number, who: Answering['who']): Answering['verdict'] {
  const luck = chance();
  const afterMs = between(chance, 2_500, 5_000);
  if (luck < 0.01) return null;
  if (who === 'voicemail') return { answeredBy: 'machine_end_beep', afterMs: between(chance, 6_000, 9_000) };
  if (who === 'fax') return { answeredBy: 'fax', afterMs };
  return { answeredBy: luck < 0.03 ? 'unknown' : 'human', afterMs };
}
