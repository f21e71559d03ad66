// The language models of all agents of the process: loaded and checked at the start, opened for each call.
import { ConfigError, type ConfigFault } from '../../config/config-error.ts';
import type { FlowFault } from '../../dialogue/flow-check.ts';
import type { CallFacts } from '../../ports/responder.ts';
import type { Agent, AgentModel } from '../agents.ts';
import { Endpoints } from './endpoints.ts';
import { railsOf, type Rails } from './guard-rails.ts';
import { ModelMind } from './mind.ts';
import { keyVariableOf, type Variables } from './providers.ts';
import { DaySpending } from './spending.ts';
import { openToolbox, type Toolbox } from './tools/toolbox.ts';
import type { CallServices } from './tools/tool.ts';

export interface MindsDeps {
  readonly agents: Iterable<Agent>;
  /** Where the keys are. */
  readonly environment: Variables;
  readonly services: CallServices;
}

export interface Minds {
  /** Null for an agent without a model. `variables` are those of the file and of the call. */
  open(agent: Agent, facts: CallFacts, variables: Readonly<Record<string, string>>): ModelMind | null;
  close(): Promise<void>;
}

interface Loaded {
  readonly model: AgentModel;
  readonly rails: Rails;
  readonly toolbox: Toolbox;
}

/** @throws ConfigError with every key, file and address of every agent that is of no use. */
export async function openMinds({ agents, environment, services }: MindsDeps): Promise<Minds> {
  const { clock, logger } = services;
  const endpoints = new Endpoints({ clock, environment, logger });
  const day = new DaySpending(clock);
  const loaded = new Map<string, Loaded>();
  const faults: ConfigFault[] = [];
  for (const { name, timezone, model } of agents) {
    if (model === null) continue;
    const found: FlowFault[] = [...keyFaults(model, environment), ...shareFaults(model)];
    const { file } = model.where;
    const toolbox = await openToolbox(
      model.file,
      { clock, logger, environment, file, zone: timezone },
      found,
    );
    loaded.set(name, { model, rails: railsOf(model.file), toolbox });
    faults.push(...found.map((fault) => configFault(model, fault)));
  }
  const close = async (): Promise<void> => {
    await Promise.allSettled([...loaded.values()].map(({ toolbox }) => toolbox.close()));
  };
  if (faults.length > 0) {
    await close();
    throw new ConfigError(faults);
  }
  await endpoints.load([...loaded.values()].map(({ model }) => model.file));
  await Promise.all([...loaded.values()].map(({ toolbox }) => toolbox.refresh()));
  return {
    open: (agent, facts, variables) => {
      const one = loaded.get(agent.name);
      if (one === undefined) return null;
      const { model, rails, toolbox } = one;
      // Servers that were away are looked for beside the call; it does not wait for them.
      void toolbox.refresh();
      return new ModelMind({
        agent: agent.name,
        timezone: agent.timezone,
        model: model.file,
        rails,
        endpoints: endpoints.of(model.file),
        toolbox,
        day,
        facts,
        variables,
        filler: agent.phrases.filler,
        services: { ...services, logger: logger.child({ callSid: facts.callSid }) },
      });
    },
    close,
  };
}

function keyFaults({ file }: AgentModel, environment: Variables): FlowFault[] {
  return [file, ...file.fallbacks].flatMap((endpoint, index) => {
    const variable = keyVariableOf(endpoint);
    if (variable === null || (environment[variable] ?? '') !== '') return [];
    const path = index === 0 ? ['model', 'key'] : ['model', 'fallbacks', index - 1, 'key'];
    const expected = `the key of ${endpoint.provider} in this environment variable`;
    return [{ path, found: `${variable}, which is not set`, expected }];
  });
}

/** A misspelled name would leave the model without what it is to know. Campaigns bring variables of their own. */
function shareFaults({ file }: AgentModel): FlowFault[] {
  return file.share.flatMap((name, index) =>
    /^[\w-]+$/.test(name)
      ? []
      : [
          {
            path: ['model', 'share', index],
            found: JSON.stringify(name),
            expected: 'the name of a variable',
          },
        ],
  );
}

const configFault = ({ where }: AgentModel, { path, found, expected }: FlowFault): ConfigFault => ({
  file: where.file,
  line: where.lineOf(path),
  key: path.join('.'),
  found,
  expected,
});
