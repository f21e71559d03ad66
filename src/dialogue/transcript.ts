// The record of a conversation: what the caller said, what the agent said, and how much of it the caller heard.

export type ClauseHeard = 'pending' | 'all' | 'some' | 'none';

export interface SpokenClause {
  readonly text: string;
  readonly heard: ClauseHeard;
}

export interface CallerEntry {
  readonly who: 'caller';
  readonly turn: number;
  readonly text: string;
}

export interface AgentEntry {
  readonly who: 'agent';
  readonly turn: number;
  readonly clauses: readonly SpokenClause[];
}

/** Holds at most `maxEntries`; the oldest entry makes room for a new one and is counted. */
export interface Transcript {
  readonly maxEntries: number;
  readonly entries: readonly (CallerEntry | AgentEntry)[];
  readonly dropped: number;
}

export function emptyTranscript(maxEntries: number): Transcript {
  if (!(maxEntries >= 1)) throw new TypeError('A transcript holds at least one entry.');
  return { maxEntries, entries: [], dropped: 0 };
}

export function withCallerSaid(transcript: Transcript, turn: number, text: string): Transcript {
  return append(transcript, { who: 'caller', turn, text });
}

/** Adds a clause that was queued for playing to the turn's agent entry. */
export function withAgentClause(transcript: Transcript, turn: number, text: string): Transcript {
  const clause: SpokenClause = { text, heard: 'pending' };
  const entry = agentEntryOf(transcript, turn);
  if (entry === null) return append(transcript, { who: 'agent', turn, clauses: [clause] });
  return replace(transcript, entry, { ...entry, clauses: [...entry.clauses, clause] });
}

/**
 * Says what the caller heard of a turn: `whole` clauses to their end, then the next one in part when `begunNext`,
 * and nothing of the others. A turn that is not in the transcript changes nothing.
 */
export function withHeard(
  transcript: Transcript,
  turn: number,
  heard: { readonly whole: number; readonly begunNext: boolean },
): Transcript {
  const entry = agentEntryOf(transcript, turn);
  if (entry === null) return transcript;
  const clauses = entry.clauses.map((clause, index): SpokenClause => {
    if (index < heard.whole) return { ...clause, heard: 'all' };
    return { ...clause, heard: index === heard.whole && heard.begunNext ? 'some' : 'none' };
  });
  return replace(transcript, entry, { ...entry, clauses });
}

/** Everything the agent said in its last entry of which some was heard, or null. */
export function lastSaid(transcript: Transcript): string | null {
  const last = transcript.entries.findLast((entry) => entry.who === 'agent' && heardTextOf(entry) !== '');
  return last?.who === 'agent' ? last.clauses.map((clause) => clause.text).join(' ') : null;
}

/** Of clauses that were said in this order, how many the heard text holds; the last of them may have been cut. */
export function heardClauses(clauses: readonly string[], heardText: string): number {
  let count = 0;
  while (count < clauses.length && heardText.startsWith(clauses.slice(0, count + 1).join(' '))) count += 1;
  return count;
}

/** What the caller heard of an agent's entry; a clause that was begun counts with its whole text. */
export function heardTextOf(entry: AgentEntry): string {
  return entry.clauses
    .filter((clause) => clause.heard === 'all' || clause.heard === 'some')
    .map((clause) => clause.text)
    .join(' ');
}

function agentEntryOf(transcript: Transcript, turn: number): AgentEntry | null {
  const entry = transcript.entries.findLast(
    (candidate) => candidate.turn === turn && candidate.who === 'agent',
  );
  return entry?.who === 'agent' ? entry : null;
}

function append(transcript: Transcript, entry: CallerEntry | AgentEntry): Transcript {
  const entries = [...transcript.entries, entry];
  const excess = Math.max(0, entries.length - transcript.maxEntries);
  return { ...transcript, entries: entries.slice(excess), dropped: transcript.dropped + excess };
}

function replace(transcript: Transcript, old: AgentEntry, entry: AgentEntry): Transcript {
  return { ...transcript, entries: transcript.entries.map((item) => (item === old ? entry : item)) };
}
