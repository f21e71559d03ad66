// The texts of one reply with their protection, and the clauses they are spoken in: no clause holds both kinds.
import { clausesOf } from './clauses.ts';

/** A text of a reply, or one of its clauses. What is uninterruptible (a legal notice) is played to its end. */
export interface Said {
  readonly text: string;
  readonly uninterruptible: boolean;
}

/** The texts are spoken one after the other; those of one kind that stand together are cut as one text. */
export function clausesOfSaid(said: readonly Said[]): Said[] {
  const clauses: Said[] = [];
  for (const { text, uninterruptible } of runsOf(said)) {
    const cut = clausesOf(text, clauses.length === 0 ? 'reply-start' : 'within-reply');
    clauses.push(...cut.map((clause) => ({ text: clause, uninterruptible })));
  }
  return clauses;
}

function runsOf(said: readonly Said[]): Said[] {
  const runs: Said[] = [];
  for (const { text, uninterruptible } of said) {
    const last = runs.at(-1);
    if (last?.uninterruptible === uninterruptible) {
      runs[runs.length - 1] = { text: `${last.text} ${text}`, uninterruptible };
    } else runs.push({ text, uninterruptible });
  }
  return runs;
}
