// The record of a conversation: what was heard of what was said, and its bound.
import { describe, expect, it } from 'vitest';
import {
  emptyTranscript,
  heardClauses,
  heardTextOf,
  lastSaid,
  withAgentClause,
  withCallerSaid,
  withHeard,
  type AgentEntry,
} from '../../src/dialogue/transcript.ts';

describe('the transcript', () => {
  const said = withAgentClause(
    withAgentClause(withAgentClause(emptyTranscript(10), 1, 'One.'), 1, 'Two.'),
    1,
    'Three.',
  );

  it('keeps what the caller heard, by clause', () => {
    const heard = withHeard(said, 1, { whole: 1, begunNext: true });
    const entry = heard.entries[0] as AgentEntry;
    expect(entry.clauses.map((clause) => clause.heard)).toEqual(['all', 'some', 'none']);
    expect(heardTextOf(entry)).toBe('One. Two.');
    expect((said.entries[0] as AgentEntry).clauses.map((clause) => clause.heard)).toEqual([
      'pending',
      'pending',
      'pending',
    ]);
  });

  it('knows a reply of which nothing was heard, and one that was heard to its end', () => {
    const none = withHeard(said, 1, { whole: 0, begunNext: false }).entries[0] as AgentEntry;
    expect(heardTextOf(none)).toBe('');
    const all = withHeard(said, 1, { whole: 3, begunNext: false }).entries[0] as AgentEntry;
    expect(heardTextOf(all)).toBe('One. Two. Three.');
  });

  it('tells how many clauses a heard text holds, and what was said last', () => {
    const clauses = ['One.', 'Two.', 'Three.'];
    expect(
      ['', 'One.', 'One. Two.', 'One. Two. Three.', 'Two.'].map((text) => heardClauses(clauses, text)),
    ).toEqual([0, 1, 2, 3, 0]);
    expect(lastSaid(said)).toBeNull();
    const heard = withHeard(said, 1, { whole: 0, begunNext: true });
    expect(lastSaid(withAgentClause(withCallerSaid(heard, 2, 'Hm.'), 2, 'Four.'))).toBe('One. Two. Three.');
  });

  it('leaves a transcript alone that has no such turn', () => {
    expect(withHeard(said, 2, { whole: 1, begunNext: false })).toBe(said);
  });

  it('drops the oldest entries beyond its bound and counts them', () => {
    let transcript = emptyTranscript(3);
    for (let turn = 0; turn < 5; turn += 1) transcript = withCallerSaid(transcript, turn, `turn ${turn}`);
    expect(transcript.entries.map((entry) => entry.turn)).toEqual([2, 3, 4]);
    expect(transcript.dropped).toBe(2);
    expect(() => emptyTranscript(0)).toThrow(TypeError);
  });
});
