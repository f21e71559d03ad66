// Twilio's REST API on loopback in front of the simulated telephone network: its shapes, its errors, its faults.
import fastifyFormbody from '@fastify/formbody';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { FaultLottery } from './faults.ts';
import { isFinal, type PhoneCall, type PhoneCallRequest, type PhoneSystem } from './phone-system.ts';

export interface RestApiOptions {
  readonly system: PhoneSystem;
  readonly accountSid: string;
  readonly authToken: string;
  /** Numbers of the account: any other caller ID is refused with 21210. */
  readonly ownNumbers: readonly string[];
  readonly faults: FaultLottery;
  /** Called numbers that Twilio refuses, and with which of its codes. */
  readonly refusedNumbers?: Readonly<Record<string, number>>;
}

/** Messages as Twilio words them for the codes that a test may ask for. */
const STATUS_OF: Readonly<Record<number, number>> = { 20_003: 401, 20_404: 404, 20_429: 429 };
const RING_DEFAULT_S = 60;
const LIMIT_DEFAULT_S = 14_400;

export async function restApi(options: RestApiOptions): Promise<FastifyInstance> {
  const { system, accountSid, authToken, ownNumbers } = options;
  const app = fastify();
  await app.register(fastifyFormbody);
  const expected = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization !== expected) await refuse(reply, 20_003, 'Authenticate');
  });
  const root = `/2010-04-01/Accounts/${accountSid}`;
  app.get(`${root}.json`, () => ({ sid: accountSid, status: 'active', type: 'Full' }));
  app.get<{ Querystring: { PhoneNumber?: string } }>(`${root}/IncomingPhoneNumbers.json`, ({ query }) => ({
    incoming_phone_numbers: ownNumbers
      .filter((number) => query.PhoneNumber === undefined || number === query.PhoneNumber)
      .map((phone_number) => ({ sid: 'PN0', phone_number })),
  }));
  app.get(`${root}/OutgoingCallerIds.json`, () => ({ outgoing_caller_ids: [] }));
  app.post(`${root}/Calls.json`, (request, reply) => create(options, request, reply));
  app.get<{ Querystring: { To?: string } }>(`${root}/Calls.json`, ({ query }) => {
    const calls = query.To === undefined ? system.calls.toReversed() : system.to(query.To);
    return { calls: calls.slice(0, 50).map((call) => callJson(call, accountSid)), page: 0, page_size: 50 };
  });
  app.get<{ Params: { sid: string } }>(`${root}/Calls/:sid.json`, async ({ params }, reply) => {
    const call = system.find(params.sid);
    return call === null
      ? refuse(reply, 20_404, 'The requested resource was not found')
      : callJson(call, accountSid);
  });
  app.post<{ Params: { sid: string } }>(`${root}/Calls/:sid.json`, async (request, reply) => {
    const call = system.find(request.params.sid);
    if (call === null) return refuse(reply, 20_404, 'The requested resource was not found');
    const { Status: wanted } = request.body as { Status?: string };
    const isTalking = call.status === 'in-progress';
    if (isFinal(call.status) || (wanted === 'canceled' && isTalking)) {
      return refuse(reply, 21_220, 'Call is not in-progress. Cannot redirect.');
    }
    system.end(call, isTalking ? 'completed' : 'canceled');
    return callJson(call, accountSid);
  });
  return app;
}

async function create(
  options: RestApiOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { system, accountSid, faults } = options;
  const form = request.body as Form;
  const fault = faults.dial();
  if (fault === 'too-many') return refuse(reply, 20_429, 'Too Many Requests');
  if (fault === 'bad-gateway') return badGateway(reply);
  if (fault === 'refused') return cut(request, reply);
  const refusal = refusalOf(options, form);
  if (refusal !== null) return refuse(reply, refusal.code, refusal.message);
  const call = system.create(requestOf(form));
  if (fault === 'bad-gateway-made') return badGateway(reply);
  if (fault === 'answer-lost') return cut(request, reply);
  return reply.code(201).send(callJson(call, accountSid));
}

type Form = Readonly<Record<string, string | undefined>>;

function refusalOf(
  { ownNumbers, refusedNumbers = {} }: RestApiOptions,
  { To: to = '', From: from = '' }: Form,
): { readonly code: number; readonly message: string } | null {
  if (!ownNumbers.includes(from)) {
    return { code: 21_210, message: `The source phone number provided, ${from}, is not yet verified` };
  }
  if (!/^\+[1-9]\d{6,14}$/.test(to)) {
    return { code: 21_211, message: `The phone number you are attempting to call, ${to}, is not valid.` };
  }
  const code = refusedNumbers[to];
  return code === undefined ? null : { code, message: 'This call cannot be made' };
}

const requestOf = (form: Form): PhoneCallRequest => ({
  to: form['To'] ?? '',
  from: form['From'] ?? '',
  url: form['Url'] ?? '',
  statusCallback: form['StatusCallback'] ?? null,
  amdCallback: form['AsyncAmd'] === 'true' ? (form['AsyncAmdStatusCallback'] ?? null) : null,
  recordingCallback: form['Record'] === 'true' ? (form['RecordingStatusCallback'] ?? null) : null,
  ringTimeoutMs: Number(form['Timeout'] ?? RING_DEFAULT_S) * 1_000,
  timeLimitMs: Number(form['TimeLimit'] ?? LIMIT_DEFAULT_S) * 1_000,
});

/** The connection ends without an answer. */
function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.socket.destroy();
  return reply.hijack();
}

function refuse(reply: FastifyReply, code: number, message: string): FastifyReply {
  const status = STATUS_OF[code] ?? 400;
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  return reply.code(status).send({ code, message, more_info, status });
}

const badGateway = (reply: FastifyReply): FastifyReply =>
  reply.code(502).type('text/html').send('<html><body><h1>502 Bad Gateway</h1></body></html>');

/** Every value is text or null. `initiated` is a word of callbacks only. */
function callJson(call: PhoneCall, accountSid: string): Readonly<Record<string, unknown>> {
  const { sid, request, startedAt, endedAt } = call;
  const seconds =
    startedAt === null || endedAt === null ? null : String(Math.round((endedAt - startedAt) / 1_000));
  return {
    sid,
    account_sid: accountSid,
    date_created: dateOf(call.createdAt),
    date_updated: dateOf(call.endedAt ?? call.startedAt ?? call.createdAt),
    parent_call_sid: null,
    to: request.to,
    to_formatted: request.to,
    from: request.from,
    from_formatted: request.from,
    phone_number_sid: null,
    status: call.status === 'initiated' ? 'queued' : call.status,
    start_time: dateOf(startedAt),
    end_time: dateOf(endedAt),
    duration: seconds,
    price: null,
    price_unit: 'USD',
    direction: 'outbound-api',
    answered_by: call.answeredBy,
    api_version: '2010-04-01',
    forwarded_from: null,
    group_sid: null,
    caller_name: null,
    queue_time: String(call.queueMs),
    trunk_sid: null,
    uri: `/2010-04-01/Accounts/${accountSid}/Calls/${sid}.json`,
  };
}

const dateOf = (at: number | null): string | null =>
  at === null ? null : new Date(at).toUTCString().replace('GMT', '+0000');
