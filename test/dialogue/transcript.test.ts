// The record of a conversation: what was heard of what was said, to the word, and its bound.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emptyTranscript,
  heardClauses,
  heardPartOf,
  heardTextOf,
  lastSaid,
  withAgentClause,
  withCallerSaid,
  withHeard,
  type AgentEntry,
  type Transcript,
} from '../../src/dialogue/transcript.ts';

function withSaid(transcript: Transcript, turn: number, ...texts: readonly string[]): Transcript {
  return texts.reduce(
    (sum, text) => withAgentClause(sum, turn, { text, uninterruptible: false }),
    transcript,
  );
}

const entryOf = (transcript: Transcript): AgentEntry => transcript.entries[0] as AgentEntry;
const lastText = (transcript: Transcript): string | undefined =>
  lastSaid(transcript)
    ?.map(({ text }) => text)
    .join(' ');

describe('the transcript', () => {
  const said = withSaid(emptyTranscript(10), 1, 'One.', 'Two or three.', 'Four.');

  it('keeps what the caller heard, to the word', () => {
    const heard = entryOf(withHeard(said, 1, { whole: 1, begun: 'Two or' }));
    expect(heard.clauses.map((clause) => clause.heard)).toEqual(['all', 'some', 'none']);
    expect(heardTextOf(heard)).toBe('One. Two or');
    expect(entryOf(said).clauses.map((clause) => clause.heard)).toEqual(['pending', 'pending', 'pending']);
  });

  it('knows a reply of which nothing was heard, and one that was heard to its end', () => {
    const none = entryOf(withHeard(said, 1, { whole: 0, begun: null }));
    expect(heardTextOf(none)).toBe('');
    const all = entryOf(withHeard(said, 1, { whole: 3, begun: null }));
    expect(heardTextOf(all)).toBe('One. Two or three. Four.');
  });

  it('knows a clause that was cut in its first word', () => {
    const cut = withHeard(said, 1, { whole: 1, begun: '' });
    expect(entryOf(cut).clauses.map((clause) => clause.heard)).toEqual(['all', 'some', 'none']);
    expect(heardTextOf(entryOf(cut))).toBe('One.');
    expect(lastText(withHeard(said, 1, { whole: 0, begun: '' }))).toBe('One. Two or three. Four.');
    expect(lastText(withHeard(said, 1, { whole: 0, begun: null }))).toBeUndefined();
  });

  it('tells how many clauses a heard text holds to their end, and what was said last', () => {
    const clauses = ['One.', 'Two.', 'Three.'];
    expect(
      ['', 'One.', 'One. Two.', 'One. Two. Three.', 'Two.'].map((text) => heardClauses(clauses, text)),
    ).toEqual([0, 1, 2, 3, 0]);
    expect(heardClauses(['One', 'two'], 'Onerous')).toBe(0);
    expect(lastSaid(said)).toBeNull();
    const heard = withHeard(said, 1, { whole: 0, begun: 'One.' });
    expect(lastText(withSaid(withCallerSaid(heard, 2, 'Hm.'), 2, 'Four.'))).toBe('One. Two or three. Four.');
  });

  it.each<[string, number, string | null]>([
    ['', 0, ''],
    ['We', 0, 'We'],
    ['We are open,', 1, null],
    ['We are open, Monday to', 1, 'Monday to'],
    // No whole word of it was heard.
    ['We are open, Mon', 1, ''],
    ['  We are  open, Monday ', 1, 'Monday'],
    ['We are open, Monday to Friday. Anything', 2, 'Anything'],
    ['We are open, Monday to Friday. Anything else?', 3, null],
    ['Something else', 0, ''],
  ])('finds in %j %d whole clauses and the words %j', (text, whole, begun) => {
    const clauses = ['We are open,', 'Monday to Friday.', 'Anything else?'];
    expect(heardPartOf(clauses, text)).toEqual({ whole, begun });
  });

  const word = fc.constantFrom('one', 'two', 'two,', 'One.', 'three?', 'a');
  const clause = fc.array(word, { minLength: 1, maxLength: 5 });

  it('holds exactly the words that were heard, wherever a reply is cut', () => {
    fc.assert(
      fc.property(fc.array(clause, { minLength: 1, maxLength: 5 }), fc.nat(25), (clauses, cut) => {
        const words = clauses.flat();
        const heardText = words.slice(0, cut).join(' ');
        const texts = clauses.map((each) => each.join(' '));
        const part = heardPartOf(texts, heardText);
        const transcript = withHeard(withSaid(emptyTranscript(1), 7, ...texts), 7, part);
        expect(heardTextOf(entryOf(transcript))).toBe(heardText);
        let whole = 0;
        for (let end = 0; whole < clauses.length; whole += 1) {
          end += clauses[whole]!.length;
          if (end > cut) break;
        }
        expect(part.whole).toBe(whole);
        const inside = clauses.slice(0, whole).flat().length < cut;
        expect(part.begun === null).toBe(!(inside && whole < clauses.length) && cut > 0);
        expect(lastText(transcript)).toBe(words.join(' '));
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes nothing for heard that was not said, whatever text it is given', () => {
    fc.assert(
      fc.property(fc.array(clause, { maxLength: 4 }), fc.string(), (clauses, heardText) => {
        const texts = clauses.map((each) => each.join(' '));
        const { whole, begun } = heardPartOf(texts, heardText);
        expect(whole).toBeLessThanOrEqual(texts.length);
        if (begun !== null && whole < texts.length) expect(texts[whole]!.startsWith(begun)).toBe(true);
      }),
    );
  });

  it('leaves a transcript alone that has no such turn', () => {
    expect(withHeard(said, 2, { whole: 1, begun: null })).toBe(said);
  });

  it('drops the oldest entries beyond its bound and counts them', () => {
    let transcript = emptyTranscript(3);
    for (let turn = 0; turn < 5; turn += 1) transcript = withCallerSaid(transcript, turn, `turn ${turn}`);
    expect(transcript.entries.map((entry) => entry.turn)).toEqual([2, 3, 4]);
    expect(transcript.dropped).toBe(2);
    expect(() => emptyTranscript(0)).toThrow(TypeError);
  });
});
