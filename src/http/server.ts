// The HTTP server: webhooks, the media socket, health, metrics and the API, ready to listen.
import type { IncomingMessage } from 'node:http';
import fastifyWebsocket from '@fastify/websocket';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { apiRoutes } from './api-routes.ts';
import type { HttpDeps } from './deps.ts';
import { operationsRoutes } from './operations-routes.ts';
import { HttpProblem, problemBody, problemCodeOf, PROBLEMS } from './problem.ts';
import { MEDIA_ROUTES, TWILIO_PREFIX, twilioRoutes } from './twilio-routes.ts';

export type { HttpDeps, ServerStatus, WebhookDeps } from './deps.ts';

const BODY_LIMIT_BYTES = 65_536;
/** Time to receive a whole request. Twilio gives up after 15 s itself. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the 60 s after which usual load balancers drop an idle connection. */
const KEEP_ALIVE_MS = 65_000;
/** How long the peers may take to answer our Close frames when the server closes. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Ten seconds of audio are 107 kB of base64 and would be ignored; a message over this ends the socket with 1009. */
const MAX_SOCKET_MESSAGE_BYTES = 262_144;

const SOCKET_OPTIONS = {
  // Twilio offers no compression, and mu-law would not shrink.
  perMessageDeflate: false,
  maxPayload: MAX_SOCKET_MESSAGE_BYTES,
  // The type definitions do not know this option of ws yet.
  closeTimeout: CLOSE_TIMEOUT_MS,
};

/** Not listening yet. Closing it closes the media sockets too. */
export async function buildHttpServer(deps: HttpDeps): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    exposeHeadRoutes: false,
    frameworkErrors: (_error, request, reply) => {
      refuseUndecodable(request.raw, reply);
    },
  });
  handleProblems(app, deps);
  await app.register(fastifyWebsocket, {
    options: SOCKET_OPTIONS,
    errorHandler: (error, socket) => {
      deps.logger.error({ err: error }, 'media socket failed');
      socket.terminate();
    },
  });
  refuseStrayUpgrades(app);
  logRequests(app, deps);
  await app.register(twilioRoutes(deps), { prefix: TWILIO_PREFIX });
  await app.register(apiRoutes(deps), { prefix: '/api' });
  await app.register(operationsRoutes(deps));
  return app;
}

/** Every failure of a request as a problem in the API's words. */
export function handleProblems(app: FastifyInstance, { logger }: Pick<HttpDeps, 'logger'>): void {
  app.setErrorHandler((error, request, reply) => {
    const code = problemCodeOf(error);
    if (code === 'internal') logger.error({ err: error, route: request.routeOptions.url }, 'request failed');
    return reply.code(PROBLEMS[code].status).send(problemBody(code));
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(problemBody('not-found')));
}

/** An address that cannot be decoded passes no hook, so the socket of such an upgrade is ended here. */
function refuseUndecodable(request: IncomingMessage, reply: FastifyReply): void {
  if (request.headers.upgrade !== undefined) {
    reply.raw.once('finish', () => {
      request.socket.destroySoon();
    });
  }
  void reply.code(PROBLEMS['bad-request'].status).send(problemBody('bad-request'));
}

/**
 * The WebSocket plugin would accept an upgrade on any route and close it afterwards. Added behind that plugin, whose
 * own hooks end the socket of a refused upgrade.
 */
function refuseStrayUpgrades(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const stray = request.ws && !MEDIA_ROUTES.includes(request.routeOptions.url ?? '');
    done(stray ? new HttpProblem('not-found') : undefined);
  });
}

/** Routes, not addresses: a query may hold what does not belong in a log. */
function logRequests(app: FastifyInstance, { logger }: HttpDeps): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'none';
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    logger.debug({ method, route, status: reply.statusCode, ms }, 'request answered');
    done();
  });
}
