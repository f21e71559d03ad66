// What an orchestrator asks: alive, ready for a call, and the numbers for Prometheus.
import type { FastifyPluginAsync } from 'fastify';
import type { HttpDeps } from './deps.ts';

export function operationsRoutes(deps: HttpDeps): FastifyPluginAsync {
  return (app) => {
    app.get('/healthz', () => ({ alive: true }));
    app.get('/readyz', (_request, reply) => {
      const readiness = deps.readiness();
      return reply.code(readiness.ready ? 200 : 503).send(readiness);
    });
    app.get('/metrics', async (_request, reply) => {
      const { contentType, body } = await deps.metrics();
      return reply.type(contentType).send(body);
    });
    return Promise.resolve();
  };
}
