// Asks every language model that an agent names for one word: whether it is there, knows the model, and takes the key.
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../ports/clock.ts';
import { loadAgents, type Agent } from '../responders/agents.ts';
import { modelErrorOf } from '../responders/llm/model-error.ts';
import { streamModel } from '../responders/llm/model-request.ts';
import type { EndpointFile } from '../responders/llm/model-schema.ts';
import { keyVariableOf, languageModel, type Variables } from '../responders/llm/providers.ts';

/** One language model, as an agent file names it. */
export interface ModelCheck {
  readonly agent: string;
  readonly model: string;
  /** From the request to the first word; null where there was none. */
  readonly firstTokenMs: number | null;
  readonly fault: string | null;
}

const PATIENCE_MS = 20_000;

/** Each is asked once, however many agents name it. */
export async function checkModels(
  { agents }: Pick<Config, 'agents'>,
  {
    environment,
    clock,
    signal,
  }: { readonly environment: Variables; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<readonly ModelCheck[]> {
  let loaded: ReadonlyMap<string, Agent>;
  try {
    loaded = loadAgents(agents.folder);
  } catch (error) {
    if (error instanceof ConfigError)
      return [{ agent: '', model: '', firstTokenMs: null, fault: error.message }];
    throw error;
  }
  const named = [...loaded.values()].flatMap(({ name, model }) =>
    model === null
      ? []
      : [model.file, ...model.file.fallbacks].map((endpoint) => ({ agent: name, endpoint })),
  );
  const each = new Map(
    named.map((one) => [
      JSON.stringify([one.endpoint.provider, one.endpoint.baseUrl, one.endpoint.model]),
      one,
    ]),
  );
  return Promise.all(
    [...each.values()].map(({ agent, endpoint }) => check(agent, endpoint, { environment, clock, signal })),
  );
}

async function check(
  agent: string,
  endpoint: EndpointFile,
  {
    environment,
    clock,
    signal,
  }: { readonly environment: Variables; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ModelCheck> {
  const model = `${endpoint.provider}/${endpoint.model}`;
  const variable = keyVariableOf(endpoint);
  if (variable !== null && (environment[variable] ?? '') === '') {
    return { agent, model, firstTokenMs: null, fault: `${variable} is not set` };
  }
  const startedAt = clock.now();
  try {
    const request = {
      model: await languageModel(endpoint, environment),
      system: 'Answer with one word.',
      messages: [{ role: 'user' as const, content: 'Say yes.' }],
      tools: [],
      temperature: 0,
      maxTokens: 16,
      firstTokenMs: PATIENCE_MS,
      stallMs: PATIENCE_MS,
      clock,
    };
    for await (const part of streamModel(request, signal)) {
      if (part.kind === 'text')
        return { agent, model, firstTokenMs: Math.round(clock.now() - startedAt), fault: null };
    }
    return { agent, model, firstTokenMs: null, fault: 'it gave no words' };
  } catch (error) {
    signal.throwIfAborted();
    const { code, message, outcome } = modelErrorOf(error);
    return { agent, model, firstTokenMs: null, fault: `${code} (${outcome.meaning}): ${message}` };
  }
}
