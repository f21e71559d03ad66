// Texts that a caller must hear to their end (legal notices): which of them are still owed, and where they are said.
import type { FlowTurn } from '../dialogue/flow.ts';
import { clausesOfSaid, type Said } from '../dialogue/said.ts';

/** The clauses of a turn, each with its protection. */
export function clausesIn({
  say,
  uninterruptible,
}: Pick<FlowTurn, 'say' | 'uninterruptible'>): readonly Said[] {
  return clausesOfSaid(
    say.map((text, index) => ({ text, uninterruptible: uninterruptible.includes(index) })),
  );
}

/**
 * Of a reply's clauses, the notices behind those that were heard to their end. One that was cut between two of its
 * clauses is owed from its beginning: half a notice is none.
 */
export function unheardNotices(clauses: readonly Said[], whole: number): readonly Said[] {
  let from = whole;
  const isNotice = (index: number): boolean => clauses[index]?.uninterruptible === true;
  if (isNotice(whole)) while (isNotice(from - 1)) from -= 1;
  return clauses.slice(from).filter(({ uninterruptible }) => uninterruptible);
}

/** What is owed comes first, unless the reply says it anyway. */
export function withOwed(owed: readonly Said[], clauses: readonly Said[]): readonly Said[] {
  const reply = clauses.map(({ text }) => text).join(' ');
  return [...owed.filter(({ text }) => !reply.includes(text)), ...clauses];
}

/** Whether a question that is a notice itself was cut off before its end; `turn` asks it. */
export function owesQuestion(owed: readonly Said[], turn: FlowTurn): boolean {
  const last = owed.at(-1)?.text;
  return last !== undefined && turn.uninterruptible.includes(0) && endsWith(turn.say[0] ?? '', last);
}

/** Clauses are written with single spaces, texts of a file need not be. */
function endsWith(text: string, clause: string): boolean {
  return text.replace(/\s+/g, ' ').trim().endsWith(clause);
}
