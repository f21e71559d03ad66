// How short answers and sounds are heard with a list of expected phrases, and by what margins.
import type { Verdict } from '../../../src/inference/expected.ts';
import { normalized } from '../../../src/inference/expected.ts';
import type { SttLane } from '../../../src/inference/stt-lane.ts';
import type { Clip, Half } from './recordings.ts';
import type { Watch } from './watch.ts';

export interface Answer {
  readonly clip: Clip;
  readonly text: string;
  readonly matched: string | null;
  readonly confidence: number;
  /** Null when no phrase was scored: the free transcript was one already, or too long for one. */
  readonly verdict: Verdict | null;
}

export interface AnswerPlan {
  readonly clips: readonly Clip[];
  readonly expected: readonly string[];
  readonly watch: Watch;
}

/** One clip at a time, so that each verdict is known to be the clip's own. Shorter when interrupted. */
export async function hearAnswers(lane: SttLane, { clips, expected, watch }: AnswerPlan): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const clip of clips) {
    if (watch.interrupted) break;
    let verdict: Verdict | null = null;
    lane.onVerdict = (given) => {
      verdict = given;
    };
    const { items } = await lane.run({ items: [{ samples: clip.samples, expected }] });
    const item = items[0];
    if (item !== undefined) answers.push({ clip, ...item, verdict });
    watch.progress(answers.length, clips.length);
  }
  lane.onVerdict = null;
  return answers;
}

/** `right` with what it means, `wrong` when matched with something else, `unmatched` when left to the free transcript. */
export type Hearing = 'right' | 'wrong' | 'unmatched';

/** As if the threshold were `leastMargin`. Without one: as it was heard. */
export function hearingOf(
  { clip, matched, verdict }: Answer,
  meaning: (words: string) => string,
  leastMargin: number | null = null,
): Hearing {
  const taken = leastMargin === null || verdict === null ? matched : wouldMatch(verdict, leastMargin);
  if (taken === null) return 'unmatched';
  return meaning(taken) === meaning(clip.transcript) ? 'right' : 'wrong';
}

function wouldMatch(verdict: Verdict, leastMargin: number): string | null {
  return verdict.margin >= leastMargin ? verdict.best.given : null;
}

export function heardFreely({ clip, text }: Answer, meaning: (words: string) => string): boolean {
  return meaning(text) === meaning(clip.transcript);
}

export interface AnswerCounts {
  readonly n: number;
  readonly right: number;
  readonly wrong: number;
  readonly unmatched: number;
}

export function countAnswers(
  answers: readonly Answer[],
  meaning: (words: string) => string = normalized,
  leastMargin: number | null = null,
): AnswerCounts {
  const hearings = answers.map((answer) => hearingOf(answer, meaning, leastMargin));
  const count = (of: Hearing): number => hearings.filter((hearing) => hearing === of).length;
  return { n: answers.length, right: count('right'), wrong: count('wrong'), unmatched: count('unmatched') };
}

export const inHalf = (answers: readonly Answer[], half: Half): Answer[] =>
  answers.filter(({ clip }) => clip.half === half);
