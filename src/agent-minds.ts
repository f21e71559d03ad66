// The agents of this process with all that they may do: their language models, tools, and the services behind these.
import type { CallStart } from './call/live-calls.ts';
import { PlannedTransfers } from './call/transfers.ts';
import type { Variables } from './responders/llm/providers.ts';
import type { Minds, MindsDeps } from './responders/llm/minds.ts';
import type { Agent } from './responders/agents.ts';
import { createScriptedResponder } from './responders/scripted.ts';
import type { Callbacks, Messenger } from './ports/call-services.ts';
import type { Clock } from './ports/clock.ts';
import type { OptOuts } from './ports/outbound.ts';
import type { Responder } from './ports/responder.ts';
import type { Logger } from './ports/telemetry.ts';

export interface AgentMindsDeps {
  readonly agents: ReadonlyMap<string, Agent>;
  /** Where the keys of language models are. */
  readonly environment: Variables;
  readonly optOuts: OptOuts;
  readonly messenger: Messenger | null;
  readonly callbacks: Callbacks | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AgentMinds {
  readonly responder: Responder;
  readonly transfers: PlannedTransfers<CallStart>;
  close(): Promise<void>;
}

/** @throws ConfigError with every key, file and address that is of no use. */
export async function openAgentMinds(deps: AgentMindsDeps): Promise<AgentMinds> {
  const { agents, environment, optOuts, messenger, callbacks, clock, logger } = deps;
  const transfers = new PlannedTransfers<CallStart>(clock);
  const services = { optOuts, transfers, messenger, callbacks, clock, logger };
  const minds = await mindsOf({ agents: [...agents.values()], environment, services });
  return {
    responder: createScriptedResponder({ agents, clock, minds }),
    transfers,
    close: async () => minds?.close(),
  };
}

/** The code of language models and their tools takes a quarter of a second to load: only where an agent has one. */
async function mindsOf(deps: MindsDeps & { readonly agents: readonly Agent[] }): Promise<Minds | null> {
  if (deps.agents.every(({ model }) => model === null)) return null;
  const { openMinds } = await import('./responders/llm/minds.ts');
  return openMinds(deps);
}
