// Campaigns and the do-not-call list over the API, behind its key. What a person wrote wrong is told as it was found.
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { E164 } from '../ports/phone-number.ts';
import { HttpProblem } from './problem.ts';

/** A refusal in words of its own: what was found, what was expected, where. */
export class CampaignProblem extends Error {
  override readonly name = 'CampaignProblem';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** What the routes need; every method may throw a CampaignProblem. */
export interface CampaignApi {
  create(file: string, yaml: string): Promise<object>;
  importContacts(id: string, csv: AsyncIterable<Buffer>): Promise<object>;
  start(id: string): Promise<object>;
  pause(id: string): Promise<object>;
  cancel(id: string): Promise<object>;
  list(): Promise<readonly object[]>;
  status(id: string): Promise<object>;
  results(
    id: string,
    how: { readonly format: 'csv' | 'json'; readonly transcripts: 'api' | 'files' },
  ): Promise<AsyncIterable<string>>;
  rejected(id: string, afterLine: number, limit: number): Promise<readonly object[]>;
  audit(id: string, afterSeq: number, limit: number): Promise<readonly object[]>;
}

export interface DoNotCallApi {
  add(number: string, note: string): Promise<void>;
  /** How many were not listed before. */
  addAll(numbers: readonly string[], note: string): Promise<number>;
  remove(number: string): Promise<boolean>;
  find(number: string): Promise<object | null>;
  page(after: string | null, limit: number): Promise<readonly object[]>;
}

interface ById {
  Params: { readonly id: string };
  Querystring: {
    readonly after?: string;
    readonly limit?: string;
    readonly format?: string;
    readonly transcripts?: string;
  };
}

const MAX_YAML_CHARS = 200_000;
/** 100,000 contacts of a kilobyte and a half. */
const MAX_CSV_BYTES = 200 * 1_048_576;
const PAGE = 1_000;
const MAX_NOTE_CHARS = 200;

/** Under `/api`. Null where this server keeps nothing. */
export function campaignRoutes(campaigns: CampaignApi | null, doNotCall: DoNotCallApi): FastifyPluginAsync {
  return (app) => {
    const desk = (): CampaignApi => {
      if (campaigns === null) throw new HttpProblem('no-store');
      return campaigns;
    };
    // Contacts are read while they come in.
    app.addContentTypeParser('text/csv', { bodyLimit: MAX_CSV_BYTES }, (_request, payload, done) => {
      done(null, payload);
    });
    app.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof CampaignProblem)) throw error;
      return reply.code(error.status).send({ error: { code: error.code, message: error.message } });
    });
    app.post('/campaigns', { bodyLimit: 2 * MAX_YAML_CHARS }, async (request, reply) => {
      const { file = 'campaign.yaml', yaml } = (request.body ?? {}) as { file?: unknown; yaml?: unknown };
      if (typeof yaml !== 'string' || typeof file !== 'string' || yaml.length > MAX_YAML_CHARS) {
        throw new CampaignProblem(400, 'bad-campaign', 'Send {"file": "name.yaml", "yaml": "..."}.');
      }
      return reply.code(201).send(await desk().create(file, yaml));
    });
    app.post<ById>('/campaigns/:id/contacts', { bodyLimit: MAX_CSV_BYTES }, async ({ params, body }) => {
      if (!(body instanceof Readable)) {
        throw new CampaignProblem(415, 'bad-contacts', 'Send the contacts as text/csv.');
      }
      return desk().importContacts(params.id, body as AsyncIterable<Buffer>);
    });
    app.post<ById>('/campaigns/:id/start', ({ params }) => desk().start(params.id));
    app.post<ById>('/campaigns/:id/pause', ({ params }) => desk().pause(params.id));
    app.post<ById>('/campaigns/:id/resume', ({ params }) => desk().start(params.id));
    app.post<ById>('/campaigns/:id/cancel', ({ params }) => desk().cancel(params.id));
    app.get('/campaigns', async () => ({ campaigns: await desk().list() }));
    app.get<ById>('/campaigns/:id', ({ params }) => desk().status(params.id));
    app.get<ById>('/campaigns/:id/results', (request, reply) => sendResults(desk(), request, reply));
    app.get<ById>('/campaigns/:id/rejected', async ({ params, query }) => ({
      rows: await desk().rejected(params.id, wholeOf(query.after, 0), limitOf(query.limit)),
    }));
    app.get<ById>('/campaigns/:id/audit', async ({ params, query }) => ({
      rows: await desk().audit(params.id, wholeOf(query.after, 0), limitOf(query.limit)),
    }));
    addDoNotCall(app, doNotCall);
    return Promise.resolve();
  };
}

async function sendResults(
  desk: CampaignApi,
  { params, query }: FastifyRequest<ById>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const format = query.format === 'json' ? 'json' : 'csv';
  const transcripts = query.transcripts === 'files' ? 'files' : 'api';
  const rows = await desk.results(params.id, { format, transcripts });
  const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8';
  return reply.type(type).send(Readable.from(rows));
}

type App = Parameters<FastifyPluginAsync>[0];

function addDoNotCall(app: App, list: DoNotCallApi): void {
  app.get<{ Querystring: { after?: string; limit?: string } }>('/do-not-call', async ({ query }) => ({
    entries: await list.page(query.after ?? null, limitOf(query.limit)),
  }));
  app.post('/do-not-call', async (request, reply) => {
    const { number, note = '' } = (request.body ?? {}) as { number?: unknown; note?: unknown };
    if (typeof number !== 'string' || !E164.test(number) || typeof note !== 'string') {
      throw new HttpProblem('bad-number');
    }
    await list.add(number, note.slice(0, MAX_NOTE_CHARS));
    return reply.code(204).send();
  });
  app.post('/do-not-call/batch', async ({ body }) => {
    const { numbers, note = '' } = (body ?? {}) as { numbers?: unknown; note?: unknown };
    if (!isNumbers(numbers) || typeof note !== 'string') throw new HttpProblem('bad-number');
    return { added: await list.addAll(numbers, note.slice(0, MAX_NOTE_CHARS)) };
  });
  app.get<{ Params: { number: string } }>('/do-not-call/:number', async ({ params }) => {
    const entry = await list.find(params.number);
    if (entry === null) throw new HttpProblem('unknown-number');
    return entry;
  });
  app.delete<{ Params: { number: string } }>('/do-not-call/:number', async ({ params }, reply) => {
    if (!(await list.remove(params.number))) throw new HttpProblem('unknown-number');
    return reply.code(204).send();
  });
}

const isNumbers = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length <= PAGE &&
  value.every((number) => typeof number === 'string' && E164.test(number));

const limitOf = (text: string | undefined): number => Math.min(PAGE, Math.max(1, wholeOf(text, PAGE)));

function wholeOf(text: string | undefined, missing: number): number {
  if (text === undefined) return missing;
  if (!/^\d{1,12}$/.test(text)) throw new HttpProblem('bad-query');
  return Number(text);
}
