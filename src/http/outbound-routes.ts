// Single outbound calls over the API: one is asked for, and followed by its id.
import type { FastifyPluginAsync } from 'fastify';
import { E164 } from '../ports/phone-number.ts';
import { HttpProblem } from './problem.ts';

/** What the API needs of whoever makes the calls. */
export interface OutboundCalls {
  /** Resolves once the network has taken the call, or with why it was not made. */
  dial(
    request: OutboundRequest,
  ): Promise<OutboundCall | { readonly refused: string; readonly message: string }>;
  get(id: string): OutboundCall | null;
}

export interface OutboundRequest {
  readonly to: string;
  readonly from: string | null;
  readonly agent: string | null;
  readonly variables: Readonly<Record<string, string>>;
}

export interface OutboundCall {
  readonly id: string;
  readonly state: Readonly<Record<string, unknown>>;
}

const MAX_VARIABLES = 100;
const MAX_VALUE_CHARS = 1_000;

/** Under `/api`, behind its key. Null where this server cannot dial. */
export function outboundRoutes(calls: OutboundCalls | null): FastifyPluginAsync {
  return (app) => {
    app.post('/calls', async (request, reply) => {
      if (calls === null) throw new HttpProblem('no-dialling');
      const made = await calls.dial(requestOf(request.body));
      if ('refused' in made) {
        return reply.code(409).send({ error: { code: made.refused, message: made.message } });
      }
      return reply.code(202).send(made);
    });
    app.get<{ Params: { id: string } }>('/outbound/:id', (request) => {
      const call = calls?.get(request.params.id) ?? null;
      if (call === null) throw new HttpProblem('unknown-call');
      return call;
    });
    return Promise.resolve();
  };
}

/** @throws HttpProblem `bad-call` */
function requestOf(body: unknown): OutboundRequest {
  if (typeof body !== 'object' || body === null) throw new HttpProblem('bad-call');
  const { to, from = null, agent = null, variables = {} } = body as Readonly<Record<string, unknown>>;
  if (!isNumber(to) || (from !== null && !isNumber(from))) throw new HttpProblem('bad-call');
  if (agent !== null && typeof agent !== 'string') throw new HttpProblem('bad-call');
  if (!isVariables(variables)) throw new HttpProblem('bad-call');
  return { to, from, agent, variables };
}

const isNumber = (value: unknown): value is string => typeof value === 'string' && E164.test(value);

function isVariables(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MAX_VARIABLES &&
    entries.every(([, text]) => typeof text === 'string' && text.length <= MAX_VALUE_CHARS)
  );
}
