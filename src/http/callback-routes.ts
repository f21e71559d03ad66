// Calls that people have asked to get, over the API: listed, and marked as made.
import type { FastifyPluginAsync } from 'fastify';
import type { Callbacks } from '../ports/call-services.ts';
import { HttpProblem } from './problem.ts';

const MOST = 1_000;

/** Under `/api`, behind its key. Null where this server keeps nothing. */
export function callbackRoutes(callbacks: Callbacks | null, now: () => number): FastifyPluginAsync {
  return (app) => {
    const kept = (): Callbacks => {
      if (callbacks === null) throw new HttpProblem('no-store');
      return callbacks;
    };
    app.get('/callbacks', async () => ({ callbacks: await kept().open(MOST) }));
    app.post<{ Params: { id: string } }>('/callbacks/:id/done', async ({ params }, reply) => {
      if (!(await kept().done(params.id, now()))) throw new HttpProblem('unknown-callback');
      return reply.code(204).send();
    });
    return Promise.resolve();
  };
}
