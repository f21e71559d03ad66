// The campaign desk as the API shows it: files read, failures put into words, results written.
import { CampaignDesk, DeskError, type CampaignDeskDeps } from './campaign/campaign-desk.ts';
import { readCampaign } from './config/campaign-file.ts';
import { ConfigError } from './config/config-error.ts';
import { ContactsError, readContacts } from './contacts/read-contacts.ts';
import {
  csvHeader,
  csvRows,
  jsonRows,
  type ResultFormat,
  type TranscriptNames,
} from './contacts/write-results.ts';
import { CampaignProblem, type CampaignApi, type DoNotCallApi } from './http/campaign-routes.ts';
import { StoreError, type ResultColumns } from './ports/campaign-store.ts';
import type { DoNotCallList } from './ports/do-not-call.ts';

const PAGE = 500;
const DESK_STATUS = { 'unknown-campaign': 404, 'not-now': 409, incomplete: 422 } as const;

export function campaignOffice(deps: CampaignDeskDeps): CampaignApi {
  const desk = new CampaignDesk(deps);
  return {
    create: (file, yaml) => inWords(async () => desk.create(readCampaign(file, yaml))),
    importContacts: (id, csv) =>
      inWords(async () => {
        const { spec } = await desk.find(id);
        return importInto(desk, id, readContacts(csv, spec.defaultCountry));
      }),
    start: (id) => inWords(() => desk.start(id)),
    pause: (id) => inWords(() => desk.pause(id, 'paused by hand')),
    cancel: (id) => inWords(() => desk.cancel(id)),
    list: () => inWords(() => desk.list()),
    status: (id) => inWords(() => desk.status(id)),
    results: (id, { format, transcripts }) =>
      inWords(async () => {
        const columns = await desk.resultColumns(id);
        return resultRows(desk, id, { format, transcripts, columns });
      }),
    rejected: (id, afterLine, limit) => inWords(() => desk.rejected(id, afterLine, limit)),
    audit: (id, afterSeq, limit) => inWords(() => desk.audit(id, afterSeq, limit)),
  };
}

export function doNotCallOffice(list: DoNotCallList, now: () => number): DoNotCallApi {
  return {
    add: (number, note) => list.add({ number, at: now(), source: 'api', note }),
    addAll: (numbers, note) =>
      list.addAll(numbers.map((number) => ({ number, at: now(), source: 'api', note }))),
    remove: (number) => list.remove(number, now(), 'api'),
    find: (number) => list.find(number),
    page: (after, limit) => list.page(after, limit),
  };
}

type Batches = ReturnType<typeof readContacts>;

async function importInto(desk: CampaignDesk, id: string, batches: Batches): Promise<object> {
  const sums = { rows: 0, added: 0, known: 0, rejected: 0 };
  for await (const { contacts, rejected, rows } of batches) {
    const added = await desk.addContacts(id, contacts, rejected);
    sums.rows = rows;
    sums.added += added;
    sums.known += contacts.length - added;
    sums.rejected += rejected.length;
  }
  return sums;
}

interface Export {
  readonly format: ResultFormat;
  readonly transcripts: TranscriptNames;
  readonly columns: ResultColumns;
}

async function* resultRows(
  desk: CampaignDesk,
  id: string,
  { format, transcripts, columns }: Export,
): AsyncIterable<string> {
  if (format === 'csv') yield csvHeader(columns);
  for (let line = 0; ;) {
    const page = await desk.results(id, line, PAGE);
    if (page.length === 0) return;
    yield format === 'csv' ? csvRows(page, columns, transcripts) : jsonRows(page, transcripts);
    line = page.at(-1)?.line ?? line;
  }
}

async function inWords<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { message } = error as Error;
    const options = { cause: error };
    if (error instanceof ConfigError) throw new CampaignProblem(422, 'bad-campaign', message, options);
    if (error instanceof ContactsError) throw new CampaignProblem(422, 'bad-contacts', message, options);
    if (error instanceof DeskError)
      throw new CampaignProblem(DESK_STATUS[error.code], error.code, message, options);
    if (error instanceof StoreError) {
      throw new CampaignProblem(error.code === 'name-taken' ? 409 : 503, error.code, message, options);
    }
    throw error;
  }
}
