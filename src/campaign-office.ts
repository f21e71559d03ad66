// The campaign desk as the API shows it: files read, failures put into words, results written.
import { CampaignDesk, DeskError, type CampaignDeskDeps } from './campaign/campaign-desk.ts';
import { readCampaign } from './config/campaign-file.ts';
import { ConfigError } from './config/config-error.ts';
import { ContactsError, readContacts } from './contacts/read-contacts.ts';
import { columnsOfResults, csvHeader, csvRows, jsonRows } from './contacts/write-results.ts';
import { CampaignProblem, type CampaignApi, type DoNotCallApi } from './http/campaign-routes.ts';
import { StoreError } from './ports/campaign-store.ts';
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
    results: (id, format) =>
      inWords(async () => {
        const first = await desk.results(id, 0, PAGE);
        return resultRows(desk, id, format, first);
      }),
    rejected: (id, afterLine, limit) => inWords(() => desk.rejected(id, afterLine, limit)),
    audit: (id, afterSeq, limit) => inWords(() => desk.audit(id, afterSeq, limit)),
  };
}

export function doNotCallOffice(list: DoNotCallList, now: () => number): DoNotCallApi {
  return {
    add: (number, note) => list.add({ number, at: now(), source: 'api', note }),
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

type Results = Awaited<ReturnType<CampaignDesk['results']>>;

async function* resultRows(
  desk: CampaignDesk,
  id: string,
  format: 'csv' | 'json',
  first: Results,
): AsyncIterable<string> {
  const columns = columnsOfResults(first);
  if (format === 'csv') yield csvHeader(columns);
  for (let page = first; page.length > 0; page = await desk.results(id, page.at(-1)?.line ?? 0, PAGE)) {
    yield format === 'csv' ? csvRows(page, columns) : jsonRows(page);
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
