// The record of a conversation: what the caller said, what the agent said, and how much of it the caller heard.
import type { Said } from './said.ts';

export type SpokenClause = Said &
  (
    | { readonly heard: 'pending' | 'all' | 'none' }
    /** Cut off: `words` are those heard to their end, none when it was the first one that was cut. */
    | { readonly heard: 'some'; readonly words: string }
  );

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
export function withAgentClause(transcript: Transcript, turn: number, said: Said): Transcript {
  const clause: SpokenClause = { ...said, heard: 'pending' };
  const entry = agentEntryOf(transcript, turn);
  if (entry === null) return append(transcript, { who: 'agent', turn, clauses: [clause] });
  return replace(transcript, entry, { ...entry, clauses: [...entry.clauses, clause] });
}

/** How far a caller heard a reply. */
export interface HeardPart {
  /** Clauses heard to their end. */
  readonly whole: number;
  /** The words heard of the clause behind them, perhaps none of them to its end; null: it was not begun. */
  readonly begun: string | null;
}

/** Says what the caller heard of a turn. A turn that is not in the transcript changes nothing. */
export function withHeard(transcript: Transcript, turn: number, heard: HeardPart): Transcript {
  const entry = agentEntryOf(transcript, turn);
  if (entry === null) return transcript;
  const clauses = entry.clauses.map(({ text, uninterruptible }, index): SpokenClause => {
    const said = { text, uninterruptible };
    if (index < heard.whole) return { ...said, heard: 'all' };
    if (index > heard.whole || heard.begun === null) return { ...said, heard: 'none' };
    return { ...said, heard: 'some', words: heard.begun };
  });
  return replace(transcript, entry, { ...entry, clauses });
}

/** All that the agent said in its last entry of which some was heard, to its end even where that was cut off; or null. */
export function lastSaid(transcript: Transcript): readonly Said[] | null {
  const last = transcript.entries.findLast((entry) => entry.who === 'agent' && wasHeard(entry));
  return last?.who === 'agent' ? last.clauses : null;
}

function wasHeard(entry: AgentEntry): boolean {
  return entry.clauses.some(({ heard }) => heard === 'all' || heard === 'some');
}

/** Of clauses that were said in this order, how many the heard text holds to their end. */
export function heardClauses(clauses: readonly string[], heardText: string): number {
  let count = 0;
  while (count < clauses.length && startsWithWords(heardText, clauses.slice(0, count + 1).join(' ')))
    count += 1;
  return count;
}

/**
 * How far a text that was heard of a reply goes: whole clauses, then the words of the next one. A text that was not
 * said there at all counts as the reply's beginning.
 */
export function heardPartOf(clauses: readonly string[], heardText: string): HeardPart {
  const heard = heardText.replace(/\s+/g, ' ').trim();
  const whole = heardClauses(clauses, heard);
  const next = clauses[whole]?.split(' ');
  if (next === undefined) return { whole, begun: null };
  const rest = heard.slice(clauses.slice(0, whole).join(' ').length).trim();
  if (rest === '' && whole > 0) return { whole, begun: null };
  const words = rest.split(' ');
  const differ = next.findIndex((word, index) => word !== words[index]);
  return { whole, begun: next.slice(0, differ).join(' ') };
}

function startsWithWords(text: string, words: string): boolean {
  return text === words || text.startsWith(`${words} `);
}

/** What the caller heard of an agent's entry, to the word. */
export function heardTextOf(entry: AgentEntry): string {
  const heard = entry.clauses.map((clause) => {
    if (clause.heard === 'all') return clause.text;
    return clause.heard === 'some' ? clause.words : '';
  });
  return heard.filter((text) => text !== '').join(' ');
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
