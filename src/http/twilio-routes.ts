// Everything Twilio asks of us: the answer to a call, its callbacks and its media socket, all refused unsigned.
import fastifyFormbody from '@fastify/formbody';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { FormFields, HttpDeps, WebhookDeps } from './deps.ts';
import { HttpProblem, problemBody, PROBLEMS } from './problem.ts';
import { voiceTwiml } from './voice.ts';

export const TWILIO_PREFIX = '/twilio';
/** Twilio may sign and request the stream's URL with a slash at the end. */
const MEDIA_PATHS = ['/media', '/media/'];
export const MEDIA_ROUTES: readonly string[] = MEDIA_PATHS.map((path) => TWILIO_PREFIX + path);

/** Which fields of a callback are worth a log line; none of them is personal. */
interface CallbackRoute {
  readonly message: string;
  readonly fields: readonly string[];
  /** Hands a call that we made on; what fails is answered with an error, so that it is told again or asked for. */
  readonly tell?: (webhooks: WebhookDeps, id: string | undefined, form: FormFields) => Promise<void>;
}

const CALLBACKS: Readonly<Record<string, CallbackRoute>> = {
  '/stream-status': {
    message: 'stream status',
    fields: ['CallSid', 'StreamSid', 'StreamEvent', 'StreamError'],
  },
  '/status': {
    message: 'call status',
    fields: ['CallSid', 'CallStatus', 'CallDuration', 'SequenceNumber'],
    tell: async (webhooks, id, form) => {
      if (id !== undefined) await webhooks.callStatus(id, form);
    },
  },
  '/amd': {
    message: 'answering machine detection',
    fields: ['CallSid', 'AnsweredBy', 'MachineDetectionDuration'],
    tell: async (webhooks, id, form) => {
      if (id !== undefined) await webhooks.answeredBy(id, form);
    },
  },
  '/recording': {
    message: 'recording',
    fields: ['CallSid', 'RecordingSid', 'RecordingStatus', 'RecordingDuration'],
    tell: async (webhooks, id, form) => {
      if (id !== undefined) await webhooks.recorded(id, form);
    },
  },
};

export function twilioRoutes(deps: HttpDeps): FastifyPluginAsync {
  const { webhooks, logger } = deps;
  return async (app) => {
    // Twilio's webhooks are forms; a JSON body is none of them.
    app.removeAllContentTypeParsers();
    await app.register(fastifyFormbody);
    app.addHook('onRequest', (request, _reply, done) => {
      if (!request.ws) done();
      else done(refusalOf(deps, request, webhooks.signatures.upgrade(signedParts(request))));
    });
    app.addHook('preHandler', (request, _reply, done) => {
      if (request.ws) {
        done();
        return;
      }
      const signed = { ...signedParts(request), params: formOf(request) };
      done(refusalOf(deps, request, webhooks.signatures.webhook(signed)));
    });
    app.setNotFoundHandler((_request, reply) => reply.code(404).send(problemBody('not-found')));

    app.route({
      method: ['GET', 'POST'],
      url: '/voice',
      handler: async (request, reply) => {
        const query = request.query as FormFields;
        const fields = request.method === 'GET' ? query : formOf(request);
        const asked = { agent: first(query['agent']), attempt: first(query['attempt']) };
        return reply.type('text/xml').send(await voiceTwiml(deps, fields, asked));
      },
    });
    app.post('/stream-ended', (request, reply) => {
      const fields = formOf(request);
      const callSid = first(fields['CallSid']) ?? '';
      const over = isOver(fields);
      logger.info({ callSid, over }, 'stream ended');
      // Asked in any case: a call that hung up meanwhile needs no goodbye any more either.
      const twiml = webhooks.streamEnded(callSid);
      if (over) webhooks.callOver(callSid);
      return reply.type('text/xml').send(over ? webhooks.empty() : twiml);
    });
    app.post('/transfer-ended', (request, reply) => {
      const fields = formOf(request);
      const callSid = first(fields['CallSid']) ?? '';
      const dialStatus = first(fields['DialCallStatus']) ?? '';
      const over = isOver(fields);
      logger.info({ callSid, dialStatus, over }, 'transfer ended');
      return reply
        .type('text/xml')
        .send(over ? webhooks.empty() : webhooks.transferEnded(callSid, dialStatus));
    });
    app.post('/transfer-announcement', (request, reply) => {
      const of = first((request.query as FormFields)['of']) ?? '';
      return reply.type('text/xml').send(webhooks.announcement(of));
    });
    for (const [path, { message, fields, tell }] of Object.entries(CALLBACKS)) {
      app.post(path, async (request, reply) => {
        const form = formOf(request);
        logCallback(deps, message, pick(form, fields));
        if (isOver(form)) webhooks.callOver(first(form['CallSid']) ?? '');
        await tell?.(webhooks, first((request.query as FormFields)['attempt']), form);
        return reply.code(204).send();
      });
    }
    for (const url of MEDIA_PATHS) {
      app.route({
        method: 'GET',
        url,
        handler: (_request, reply) =>
          reply.code(PROBLEMS['upgrade-required'].status).send(problemBody('upgrade-required')),
        wsHandler: (socket) => {
          webhooks.acceptMedia(socket);
        },
      });
    }
  };
}

/** Of a call; after these no other status follows. */
const FINAL_STATUSES: readonly string[] = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];

const isOver = (fields: FormFields): boolean => FINAL_STATUSES.includes(first(fields['CallStatus']) ?? '');

function signedParts(request: FastifyRequest): { rawUrl: string; signature: string | undefined } {
  return { rawUrl: request.raw.url ?? '', signature: first(request.headers['x-twilio-signature']) };
}

function refusalOf(
  { logger, meter }: HttpDeps,
  request: FastifyRequest,
  valid: boolean,
): HttpProblem | undefined {
  if (valid) return undefined;
  const route = request.routeOptions.url ?? 'none';
  const signed = request.headers['x-twilio-signature'] !== undefined;
  meter.count('signature_refused', 1, { route });
  logger.warn({ route, signed }, 'Twilio signature refused');
  return new HttpProblem('bad-signature');
}

function logCallback({ logger }: HttpDeps, message: string, fields: Readonly<Record<string, string>>): void {
  if (fields['StreamEvent'] === 'stream-error') logger.warn(fields, message);
  else logger.info(fields, message);
}

/** Every field, empty ones and repeated names included: all of them are signed. */
function formOf(request: FastifyRequest): FormFields {
  const { body } = request;
  return typeof body === 'object' && body !== null ? (body as FormFields) : {};
}

const MAX_LOGGED_CHARS = 200;

function pick(fields: FormFields, names: readonly string[]): Readonly<Record<string, string>> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = first(fields[name]);
    if (value !== undefined && value !== '') picked[name] = value.slice(0, MAX_LOGGED_CHARS);
  }
  return picked;
}

const first = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;
