// Hears every recorded answer once before the calls, as the server would, and leaves out what is heard wrongly.
import type { UsableLine } from './recorded-lines.ts';
import type { AskedQuestion } from './understanding.ts';

/** The words in 8 kHz samples that speech to text hears, told what to expect. */
export type Ear = (samples: Int16Array, expected: readonly string[]) => Promise<string>;

export interface HeardWrongly {
  readonly path: string;
  readonly topic: string;
  readonly said: string;
  readonly heard: string;
}

export interface HeardLines {
  /** At every question about their topic. */
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

/** What was heard at the first question that misunderstands the line; null where none does. */
async function firstMistake(
  { words, clip }: UsableLine,
  questions: readonly AskedQuestion[],
  hear: Ear,
): Promise<string | null> {
  const heardWith = new Map<string, string>();
  for (const { phrases, understands } of questions) {
    const key = JSON.stringify(phrases);
    const heard = heardWith.get(key) ?? (await hear(clip.samples, phrases));
    heardWith.set(key, heard);
    if (!(await understands(words, heard))) return heard;
  }
  return null;
}
