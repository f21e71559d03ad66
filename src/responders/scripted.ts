// Agents as a responder: opens a conversation for each call, and tells what an agent says first in calls that we make.
import { startOf } from '../dialogue/flow-run.ts';
import type { Clock } from '../ports/clock.ts';
import { CallError } from '../ports/errors.ts';
import type { Responder } from '../ports/responder.ts';
import { AgentConversation } from './agent-conversation.ts';
import type { Agent } from './agents.ts';
import type { Minds } from './llm/minds.ts';

export interface ScriptedDeps {
  readonly agents: ReadonlyMap<string, Agent>;
  readonly clock: Clock;
  /** Null where no agent has a language model. */
  readonly minds: Pick<Minds, 'open'> | null;
}

export function createScriptedResponder(deps: ScriptedDeps): Responder {
  return {
    has: (name) => deps.agents.has(name),
    open(name, facts) {
      const agent = deps.agents.get(name);
      if (agent === undefined) {
        throw new CallError(
          'no-such-agent',
          `There is no agent ${name}; known: ${[...deps.agents.keys()].join(', ')}.`,
        );
      }
      const { outboundFlow } = agent;
      const isOutbound = facts.direction === 'outbound' && outboundFlow !== null;
      const used = isOutbound ? { ...agent, flow: outboundFlow } : agent;
      const mind = deps.minds?.open(agent, facts, { ...agent.flow.variables, ...facts.variables }) ?? null;
      return new AgentConversation({ agent: used, facts, clock: deps.clock, mind });
    },
  };
}

/** What an agent says first in calls that we make, its places filled; null where it has no such words. */
export function outboundGreeting(
  agents: ReadonlyMap<string, Agent>,
  name: string,
  variables: Readonly<Record<string, string>>,
): string | null {
  const flow = agents.get(name)?.outboundFlow ?? null;
  return flow === null ? null : startOf(flow, variables).say.join(' ');
}
