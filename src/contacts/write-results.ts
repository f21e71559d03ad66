// A campaign's results as CSV that is safe to open in a spreadsheet, or as lines of JSON.
import { stringify } from 'csv-stringify/sync';
import type { ContactResult, ResultColumns } from '../ports/campaign-store.ts';

export type ResultFormat = 'csv' | 'json';

/** What `transcripts` holds: where the API has each call, or the file that whoever exports writes beside. */
export type TranscriptNames = 'api' | 'files';

/** One row of the export, flat. */
interface FlatResult {
  readonly line: number;
  readonly number: string;
  readonly outcome: string;
  readonly attempts: number;
  readonly lastAttemptAt: string;
  readonly attemptOutcomes: string;
  readonly result: string;
  readonly nextAt: string;
  readonly transcripts: string;
  readonly recordings: string;
  readonly consent: string;
}

const BASE: readonly (keyof FlatResult)[] = [
  'line',
  'number',
  'outcome',
  'result',
  'attempts',
  'attemptOutcomes',
  'lastAttemptAt',
  'nextAt',
  'transcripts',
  'recordings',
  'consent',
];

/** Cells that begin like a formula get an apostrophe in front (OWASP: CSV injection). */
export function csvHeader({ answers, variables }: ResultColumns): string {
  const names = [
    ...BASE,
    ...answers.map((name) => `answer_${name}`),
    ...variables.map((name) => `contact_${name}`),
  ];
  return stringify([names], { escape_formulas: true });
}

export function csvRows(
  results: readonly ContactResult[],
  { answers, variables }: ResultColumns,
  names: TranscriptNames,
): string {
  const rows = results.map((result) => {
    const flat = flatten(result, names);
    const collected = collectedOf(result);
    return [
      ...BASE.map((name) => String(flat[name])),
      ...answers.map((name) => collected[name] ?? ''),
      ...variables.map((name) => result.variables[name] ?? ''),
    ];
  });
  return stringify(rows, { escape_formulas: true });
}

export const jsonRows = (results: readonly ContactResult[], names: TranscriptNames): string =>
  results
    .map(
      (result) =>
        `${JSON.stringify({ ...flatten(result, names), answers: collectedOf(result), contact: result.variables })}\n`,
    )
    .join('');

function flatten(
  { line, number, state, consent, attempts }: ContactResult,
  names: TranscriptNames,
): FlatResult {
  const last = attempts.at(-1);
  const callSids = attempts.flatMap(({ progress }) =>
    progress.kind === 'reserved' || progress.callSid === null ? [] : [progress.callSid],
  );
  const made = attempts.filter(
    ({ progress }) => !(progress.kind === 'ended' && progress.outcome === 'not-placed'),
  );
  return {
    line,
    number,
    outcome: state.kind === 'final' ? state.end : state.kind,
    result: attempts.findLast(({ result }) => result !== null)?.result ?? '',
    attempts: made.length,
    attemptOutcomes: made
      .map(({ progress }) => (progress.kind === 'ended' ? progress.outcome : progress.kind))
      .join(' '),
    lastAttemptAt: last === undefined ? '' : new Date(last.dialledAt).toISOString(),
    nextAt: state.kind === 'scheduled' ? new Date(state.at).toISOString() : '',
    transcripts: callSids
      .map((callSid) => (names === 'files' ? `${callSid}.txt` : `/api/calls/${callSid}`))
      .join(' '),
    recordings: attempts.flatMap(({ recording }) => (recording === null ? [] : [recording])).join(' '),
    consent: consent === null ? '' : `${consent.who}, ${consent.when}, ${consent.how}`,
  };
}

/** Of several attempts the later answer counts. */
const collectedOf = ({ attempts }: ContactResult): Readonly<Record<string, string>> =>
  Object.assign({}, ...attempts.map(({ collected }) => collected)) as Record<string, string>;
