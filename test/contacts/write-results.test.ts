// The export: what became of each contact, and nothing that a spreadsheet would run.
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { csvHeader, csvRows, jsonRows } from '../../src/contacts/write-results.ts';
import type { ContactResult } from '../../src/ports/campaign-store.ts';
import { attemptView, MONDAY } from '../support/campaign-spec.ts';

const attempt = (
  ordinal: number,
  outcome: 'busy' | 'completed' | 'not-placed',
  collected: Record<string, string> = {},
) =>
  attemptView({
    id: `a${ordinal}`,
    ordinal,
    collected,
    recording: outcome === 'completed' ? `https://r.example/RE${ordinal}` : null,
    result: outcome === 'completed' ? 'confirmed' : null,
    progress: { kind: 'ended', callSid: outcome === 'not-placed' ? null : `CA${ordinal}`, outcome },
  }).attempt;

const RESULTS: readonly ContactResult[] = [
  {
    line: 2,
    number: '+12125550101',
    state: { kind: 'final', end: 'completed', at: MONDAY },
    variables: { name: '=HYPERLINK("http://x","y")', note: '@SUM(1)' },
    consent: { who: 'Anna', when: '2026-01-02', how: 'form' },
    attempts: [attempt(1, 'busy'), attempt(2, 'not-placed'), attempt(3, 'completed', { day: '-2+3' })],
  },
  {
    line: 3,
    number: '+12125550102',
    state: { kind: 'scheduled', at: MONDAY, reason: 'busy' },
    variables: { name: 'a, "b"\nc', note: '' },
    consent: null,
    attempts: [],
  },
];

describe('the export', () => {
  const columns = { answers: ['day'], variables: ['name', 'note'] };
  const rows = parse<Record<string, string>>(csvHeader(columns) + csvRows(RESULTS, columns, 'api'), {
    columns: true,
  });

  it('says what became of each contact', () => {
    expect(rows[0]).toMatchObject({
      line: '2',
      outcome: 'completed',
      result: 'confirmed',
      attempts: '2',
      attemptOutcomes: 'busy completed',
      transcripts: '/api/calls/CA1 /api/calls/CA3',
      consent: 'Anna, 2026-01-02, form',
    });
    expect(rows[1]).toMatchObject({
      outcome: 'scheduled',
      attempts: '0',
      nextAt: '2026-11-23T18:00:00.000Z',
      contact_name: 'a, "b"\nc',
    });
  });

  it('holds no cell that a spreadsheet takes for a formula', () => {
    const cells = rows.flatMap((row) => Object.values(row));
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
    expect(rows[0]?.['contact_name']).toBe(`'=HYPERLINK("http://x","y")`);
    expect(rows[0]?.['answer_day']).toBe("'-2+3");
  });

  it('is lines of JSON, too, as it is', () => {
    const [first] = jsonRows(RESULTS, 'files')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ number: '+12125550101', outcome: 'completed', answers: { day: '-2+3' } });
    expect(first).toMatchObject({ transcripts: 'CA1.txt CA3.txt', recordings: 'https://r.example/RE3' });
  });
});
