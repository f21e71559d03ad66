// Judges each turn's ends by weights that were fitted without its speaker: cross-validation by voice.
import { endingOf } from '../../../src/inference/moonshine/ending.ts';
import type { HeardSilence } from './listen.ts';
import { fitLogistic, type Example } from './logistic.ts';
import type { ReplayTurn } from './replay.ts';

/** Each fit sees nine tenths of the voices: nearly as many as the shipped weights have seen. */
export const FOLDS = 10;

/** A silence that the caller breaks sooner is over before any wait for a voice: how it sounds matters less. */
const DECIDED_MS = 350;
/** With 0.2 to 0.4 the share of false cut-offs is the same within 0.4 points; without it, 0.3 points higher. */
const SHORT_WEIGHT = 0.3;

/**
 * The turns with `ending` of each silence by the weights of its fold; without words it stays 0, as in a call. With one voice
 * there is nothing to fit: as they are.
 */
export function crossValidated(turns: readonly ReplayTurn[]): readonly ReplayTurn[] {
  const folds = foldsOf(turns);
  if (folds.length < 2) return turns;
  return folds.flatMap((fold) => {
    const others = folds.filter((other) => other !== fold).flat();
    const examples = examplesOf(others);
    if (new Set(examples.map(({ isPositive }) => isPositive)).size < 2) return fold;
    const fit = fitLogistic(examples);
    const judged = (silence: HeardSilence): HeardSilence =>
      silence.features === null || silence.text === ''
        ? silence
        : { ...silence, ending: endingOf(silence.features, fit) };
    return fold.map((turn) => ({
      ...turn,
      heard: { ...turn.heard, silences: turn.heard.silences.map(judged) },
    }));
  });
}

/** What the weights are fitted to. Single words are left out: they say nothing of how a sentence ends. */
export function examplesOf(turns: readonly ReplayTurn[]): Example[] {
  return turns
    .filter(({ question }) => question.kind !== 'yes-no')
    .flatMap(({ heard }) =>
      heard.silences.flatMap(({ features, lastSpeechMs, resumedMs }) => {
        if (features === null) return [];
        const isShort = resumedMs !== null && resumedMs - lastSpeechMs < DECIDED_MS;
        return [{ features, isPositive: resumedMs === null, weight: isShort ? SHORT_WEIGHT : 1 }];
      }),
    );
}

/** The voice with the most silences first, each to the fold that has the fewest: no fold is much larger than another. */
function foldsOf(turns: readonly ReplayTurn[]): readonly (readonly ReplayTurn[])[] {
  const voices = new Map<string, ReplayTurn[]>();
  for (const turn of turns) voices.set(turn.voice, [...(voices.get(turn.voice) ?? []), turn]);
  const sizeOf = (some: readonly ReplayTurn[]): number =>
    some.reduce((sum, { heard }) => sum + heard.silences.length, 0);
  const sorted = [...voices.values()].toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const folds: ReplayTurn[][] = Array.from({ length: Math.min(FOLDS, voices.size) }, () => []);
  for (const voice of sorted) {
    folds
      .reduce((least, fold) => (sizeOf(fold) < sizeOf(least) ? fold : least), folds[0] ?? [])
      .push(...voice);
  }
  return folds;
}
