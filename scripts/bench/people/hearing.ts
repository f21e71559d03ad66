// Hears every recorded answer once before the calls, as the server would, and leaves out what is heard wrongly.
import type { UsableLine } from './recorded-lines.ts';
import type { AskedQuestion } from './understanding.ts';

/** What speech to text hears of a line, told what to expect; each take has other noise. */
export type Ear = (line: UsableLine, expected: readonly string[], take: number) => Promise<string>;

/**
 * The noise of the line alone decides how some recordings are heard, and a call has noise of its own: one that is heard
 * rightly in every take seldom fails there.
 */
const TAKES = [1, 2, 3];

export interface HeardWrongly {
  readonly path: string;
  readonly topic: string;
  readonly said: string;
  readonly heard: string;
}

export interface HeardLines {
  /** In every take at every question about their topic. */
  readonly right: readonly UsableLine[];
  /** They answer no question, so that nothing depends on how they are heard. */
  readonly unasked: readonly UsableLine[];
  readonly wrongly: readonly HeardWrongly[];
}

export async function hearLines(
  lines: readonly UsableLine[],
  questions: readonly AskedQuestion[],
  { hear, signal }: { readonly hear: Ear; readonly signal: AbortSignal },
): Promise<HeardLines> {
  const right: UsableLine[] = [];
  const unasked: UsableLine[] = [];
  const wrongly: HeardWrongly[] = [];
  for (const line of lines) {
    if (signal.aborted) break;
    const about = questions.filter(({ topic }) => topic === line.topic);
    const mistake = await firstMistake(line, about, hear);
    if (about.length === 0) unasked.push(line);
    else if (mistake === null) right.push(line);
    else wrongly.push({ path: line.path, topic: line.topic, said: line.words, heard: mistake });
  }
  return { right, unasked, wrongly };
}

/** What was heard in the first take that a question misunderstands; null where none does. */
async function firstMistake(
  line: UsableLine,
  questions: readonly AskedQuestion[],
  hear: Ear,
): Promise<string | null> {
  for (const take of TAKES) {
    const heardWith = new Map<string, string>();
    for (const { phrases, understands } of questions) {
      const key = JSON.stringify(phrases);
      const heard = heardWith.get(key) ?? (await hear(line, phrases, take));
      heardWith.set(key, heard);
      if (!(await understands(line.words, heard))) return heard;
    }
  }
  return null;
}
