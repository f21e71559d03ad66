// Streams a CSV of contacts into batches: numbers made callable, zones found, every row that cannot be used told why.
import { pipeline, Readable } from 'node:stream';
import { IANAZone } from 'luxon';
import { parse } from 'csv-parse';
import type { Consent, NewContact } from '../ports/campaign.ts';
import { MAX_REJECTED_CHARS, type RejectedRow } from '../ports/campaign-store.ts';
import { columnsOf, type Columns } from './columns.ts';
import { NumberZones, readNumber } from './phone-numbers.ts';

/** A file that is of no use as it is: said before or while it is read, with where. */
export class ContactsError extends Error {
  override readonly name = 'ContactsError';
}

export interface ContactBatch {
  readonly contacts: readonly NewContact[];
  readonly rejected: readonly RejectedRow[];
  /** Rows of the file so far, without the header. */
  readonly rows: number;
}

const BATCH_ROWS = 500;
const MAX_CELL_CHARS = 10_000;
const MAX_ROW_CHARS = 100_000;
const DELIMITERS = [',', ';', '\t', '|'];
/** The header is looked for in this much of the file. */
const HEADER_BYTES = 65_536;

/**
 * Duplicates within one batch are rejected here; those across batches by the store, which has a number once.
 * @throws ContactsError
 */
export async function* readContacts(
  file: AsyncIterable<Buffer>,
  defaultCountry: string | null,
): AsyncIterable<ContactBatch> {
  const rows = rowsOf(file);
  const zones = new NumberZones();
  let columns: Columns | null = null;
  let batch = emptyBatch();
  let count = 0;
  for await (const { line, cells } of rows) {
    if (columns === null) {
      columns = columnsOf(cells, (message) => new ContactsError(`line ${line}: ${message}`));
      continue;
    }
    count += 1;
    const read = await readRow({ line, cells }, { columns, zones, defaultCountry, seen: batch.seen });
    if ('reason' in read) batch.rejected.push(read);
    else {
      batch.contacts.push(read);
      batch.seen.set(read.number, line);
    }
    if (batch.contacts.length + batch.rejected.length < BATCH_ROWS) continue;
    yield { contacts: batch.contacts, rejected: batch.rejected, rows: count };
    batch = emptyBatch();
  }
  if (columns === null)
    throw new ContactsError('found no rows, expected a line with the names of the columns');
  if (batch.contacts.length + batch.rejected.length > 0) {
    yield { contacts: batch.contacts, rejected: batch.rejected, rows: count };
  }
}

const emptyBatch = (): { contacts: NewContact[]; rejected: RejectedRow[]; seen: Map<string, number> } => ({
  contacts: [],
  rejected: [],
  seen: new Map(),
});

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

async function* rowsOf(file: AsyncIterable<Buffer>): AsyncIterable<Row> {
  const chunks = utf8Only(file);
  const head = await chunks.next();
  if (head.done === true) return;
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(head.value),
    info: true,
    max_record_size: MAX_ROW_CHARS,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  // A failure of any part ends all of them and is thrown by the loop.
  pipeline(Readable.from(joined(head.value, chunks)), parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRow>)
      yield { line: info.lines, cells: record };
  } catch (error) {
    throw inWords(error);
  } finally {
    parser.destroy();
  }
}

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function* joined(head: Buffer, rest: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  yield head;
  yield* rest;
}

/** Passes bytes on and refuses what is no UTF-8, where it stands. */
async function* utf8Only(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for await (const chunk of file) {
    const marks = line === 1 ? chunk.subarray(0, 2).toString('hex') : '';
    if (marks === 'fffe' || marks === 'feff')
      throw new ContactsError(`found UTF-16, expected UTF-8: ${SAVE_AS}`);
    try {
      decoder.decode(chunk, { stream: true });
    } catch {
      throw new ContactsError(`line ${line} or a little behind: found bytes that are no UTF-8: ${SAVE_AS}`);
    }
    for (const byte of chunk) if (byte === NEW_LINE) line += 1;
    yield chunk;
  }
  return undefined;
}

const NEW_LINE = 10;
const SAVE_AS = 'save the sheet as "CSV UTF-8"';

function inWords(error: unknown): unknown {
  const { code, lines, message } = error as { code?: string; lines?: number; message?: string };
  if (code === undefined || !code.startsWith('CSV_')) return error;
  const where = lines === undefined ? '' : `line ${lines}: `;
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return new ContactsError(
      `${where}found a row of more than ${MAX_ROW_CHARS} characters; is a quote missing?`,
    );
  }
  return new ContactsError(`${where}${message ?? code}`);
}

interface RowContext {
  readonly columns: Columns;
  readonly zones: NumberZones;
  readonly defaultCountry: string | null;
  /** Numbers of this batch and their lines. */
  readonly seen: ReadonlyMap<string, number>;
}

async function readRow(row: Row, context: RowContext): Promise<NewContact | RejectedRow> {
  const { columns, zones, defaultCountry, seen } = context;
  const { line, cells } = row;
  const cell = (index: number | null): string => (index === null ? '' : (cells[index] ?? ''));
  const reject = (reason: string): RejectedRow => ({
    line,
    reason,
    text: cells.join(',').slice(0, MAX_REJECTED_CHARS),
  });
  if (cells.length !== columns.count) return reject(`${cells.length} cells, expected ${columns.count}`);
  if (cells.some((text) => text.length > MAX_CELL_CHARS))
    return reject(`a cell of more than ${MAX_CELL_CHARS} characters`);
  const number = readNumber(cell(columns.number), cell(columns.country) || defaultCountry);
  if ('fault' in number) return reject(number.fault);
  const twin = seen.get(number.e164);
  if (twin !== undefined) return reject(`the number of line ${twin} again`);
  const zone = cell(columns.zone);
  if (zone !== '' && !IANAZone.isValidZone(zone))
    return reject('not an IANA time zone, e.g. America/New_York');
  return {
    number: number.e164,
    zones: zone === '' ? await zones.of(number.e164) : [zone],
    variables: Object.fromEntries(columns.variables.map(({ name, index }) => [name, cell(index)])),
    consent: consentOf(columns, cell),
    line,
  };
}

/** Who, when and how, all three. */
function consentOf({ consent }: Columns, cell: (index: number | null) => string): Consent | null {
  const [who, when, how] = [cell(consent.who), cell(consent.when), cell(consent.how)];
  return who === '' || when === '' || how === '' ? null : { who, when, how };
}

/** The delimiter that the header has most of; a comma where it has none. */
function delimiterOf(head: Buffer): string {
  const [line = ''] = head.subarray(0, HEADER_BYTES).toString('utf8').split(/\r?\n/, 1);
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: line.split(delimiter).length - 1 }));
  return counts.toSorted((a, b) => b.count - a.count)[0]?.delimiter ?? ',';
}
