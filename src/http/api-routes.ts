// The API for people and programs that hold the key: calls as they happen, and the server's state.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { callbackRoutes } from './callback-routes.ts';
import { campaignRoutes } from './campaign-routes.ts';
import type { HttpDeps } from './deps.ts';
import { outboundRoutes } from './outbound-routes.ts';
import { HttpProblem, type ProblemCode } from './problem.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

/** What the API needs of the server. */
export type ApiDeps = Pick<
  HttpDeps,
  'apiKey' | 'callbacks' | 'calls' | 'pastCalls' | 'campaigns' | 'doNotCall' | 'outbound' | 'status'
>;

export function apiRoutes(deps: ApiDeps): FastifyPluginAsync {
  const { apiKey, calls, pastCalls } = deps;
  return (app) => {
    app.addHook('onRequest', (request, reply, done) => {
      const refused = refusalOf(apiKey, request.headers.authorization);
      if (refused === 'unauthorized') reply.header('www-authenticate', 'Bearer');
      done(refused === null ? undefined : new HttpProblem(refused));
    });
    app.setNotFoundHandler(() => {
      throw new HttpProblem('not-found');
    });
    app.get('/calls', (request) => ({ calls: calls.list(limitOf(request.query)) }));
    app.get<{ Params: { callSid: string } }>('/calls/:callSid', async (request) => {
      const { callSid } = request.params;
      const call = calls.get(callSid) ?? (await pastCalls?.find(callSid)) ?? null;
      if (call === null) throw new HttpProblem('unknown-call');
      return call;
    });
    app.get('/status', () => deps.status());
    app.register(campaignRoutes(deps.campaigns, deps.doNotCall));
    app.register(outboundRoutes(deps.outbound));
    app.register(callbackRoutes(deps.callbacks, () => Date.now()));
    return Promise.resolve();
  };
}

function refusalOf(apiKey: string | null, authorization: string | undefined): ProblemCode | null {
  if (apiKey === null) return 'api-disabled';
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  return given !== undefined && sameSecret(given, apiKey) ? null : 'unauthorized';
}

/** Compares digests, so that neither the content nor the length of the key shows in the time taken. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function limitOf(query: unknown): number {
  const { limit } = query as { limit?: unknown };
  if (limit === undefined) return DEFAULT_LIMIT;
  const count = typeof limit === 'string' && /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > MAX_LIMIT) throw new HttpProblem('bad-query');
  return count;
}
