// Loads the agents of a folder and refuses, with file, line and key, every agent that could fail during a call.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isSupportedCountry, type CountryCode } from 'libphonenumber-js/min';
import { ConfigError, type ConfigFault } from '../config/config-error.ts';
import { readYamlFile, type YamlFile } from '../config/yaml-file.ts';
import { nearestName } from '../dialogue/edit-distance.ts';
import { checkFlow, type FlowFault } from '../dialogue/flow-check.ts';
import type { AnywherePhrase, Flow } from '../dialogue/flow.ts';
import {
  agentSchema,
  stepSchema,
  withScript,
  type AgentFile,
  type PromptsFile,
  type ScriptKey,
  type WrittenAgent,
} from './agent-schema.ts';
import type { ModelFile } from './llm/model-schema.ts';
import { promptsOf, stepOfFile } from './agent-steps.ts';
import { phraseFaults, PHRASE_KINDS, phrasesOf, type Phrases } from './call-phrases.ts';

/** An agent that has passed every check. */
export interface Agent {
  readonly name: string;
  readonly language: string;
  readonly country: CountryCode;
  readonly voice: string;
  readonly timezone: string;
  readonly phrases: Phrases;
  readonly flow: Flow;
  /** The same with the greeting of calls that we make; null where the agent has none. */
  readonly outboundFlow: Flow | null;
  /** Null where no language model talks. */
  readonly model: AgentModel | null;
}

/** The `model` section, and where it is written, for faults that only its use shows. */
export interface AgentModel {
  readonly file: ModelFile;
  readonly where: Pick<YamlFile<unknown>, 'file' | 'lineOf'>;
}

/** Reads every `*.yaml` of the folder. @throws ConfigError with all faults of all files. */
export function loadAgents(folder: string): ReadonlyMap<string, Agent> {
  const agents = new Map<string, Agent>();
  const faults: ConfigFault[] = [];
  for (const file of agentFiles(folder, faults)) {
    try {
      const agent = loadAgent(join(folder, file));
      agents.set(agent.name, agent);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (agents.size === 0 && faults.length === 0) {
    faults.push({ file: folder, key: '', found: 'no agent files', expected: 'at least one NAME.yaml' });
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return agents;
}

/** @throws ConfigError with every fault of the file. */
export function loadAgent(file: string): Agent {
  const written = readAgentFile(file);
  const { agent, missing } = withScript(written.value);
  if (missing.length > 0) throw new ConfigError(missing.map((key) => missingFault(written, key)));
  const yaml: YamlFile<AgentFile> = { ...written, value: agent };
  const faults: FlowFault[] = [...agentFaults(agent, basename(file, '.yaml')), ...modelFaults(written.value)];
  const flow = flowOf(agent, faults);
  // Targets that are missing altogether were reported by the step itself.
  faults.push(...checkFlow(flow).filter((fault) => fault.found !== '""'));
  const outboundFlow = outboundFlowOf(agent, flow);
  if (outboundFlow !== null) faults.push(...outboundFaults(outboundFlow));
  if (faults.length > 0) throw new ConfigError(faults.map((fault) => configFault(yaml, fault)));
  const { name, language, country, voice, timezone } = agent;
  const phrases = phrasesOf(agent.phrases);
  const model = agent.model === undefined ? null : { file: agent.model, where: written };
  return {
    name,
    language,
    country: country as CountryCode,
    voice,
    timezone,
    phrases,
    flow,
    outboundFlow,
    model,
  };
}

const missingFault = ({ file, lineOf, value }: YamlFile<WrittenAgent>, key: ScriptKey): ConfigFault => ({
  file,
  line: lineOf([key]),
  key,
  found: 'nothing',
  expected: value.model === undefined ? `${WHAT[key]}, or a "model" that needs none` : WHAT[key],
});

const WHAT: Readonly<Record<ScriptKey, string>> = {
  start: 'the name of the first step',
  steps: 'the steps of the conversation',
  silence: 'what is said when nobody answers',
  reprompts: 'what is said when an answer is not understood',
  giveUp: 'the name of a step',
  goodbye: 'the name of a step that ends the call',
};

function agentFiles(folder: string, faults: ConfigFault[]): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? 'an unreadable folder';
    throw new ConfigError([{ file: folder, key: '', found, expected: 'a folder with agent files' }]);
  }
  for (const name of names.filter((candidate) => candidate.endsWith('.yml'))) {
    faults.push({
      file: join(folder, name),
      key: '',
      found: 'the ending .yml',
      expected: 'the ending .yaml',
    });
  }
  return names.filter((name) => name.endsWith('.yaml'));
}

const KNOWN_KEYS = [
  ...Object.keys(agentSchema.shape),
  ...Object.keys(stepSchema.shape),
  ...PHRASE_KINDS,
  'wordings',
  'repeat',
  'times',
];

/** Adds the key that was probably meant to the faults about unknown keys. */
function readAgentFile(file: string): YamlFile<WrittenAgent> {
  try {
    return readYamlFile(file, agentSchema);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.faults.map(withMeantKey));
  }
}

function withMeantKey(fault: ConfigFault): ConfigFault {
  if (fault.found !== 'an unknown key') return fault;
  const key = fault.key.split('.').at(-1) ?? '';
  const listed = /^one of (.+)$/.exec(fault.expected)?.[1]?.split(', ');
  const nearest = nearestName(key, listed ?? KNOWN_KEYS);
  return nearest === null ? fault : { ...fault, expected: `${fault.expected}; did you mean "${nearest}"?` };
}

function agentFaults(agent: AgentFile, fileName: string): FlowFault[] {
  const faults: FlowFault[] = phraseFaults(agent.phrases);
  if (agent.name !== fileName) {
    faults.push({ path: ['name'], found: `"${agent.name}"`, expected: `the file's name, "${fileName}"` });
  }
  if (!isTimezone(agent.timezone)) {
    const expected = `an IANA time zone${zoneSuggestion(agent.timezone)}`;
    faults.push({ path: ['timezone'], found: `"${agent.timezone}"`, expected });
  }
  if (!isSupportedCountry(agent.country)) {
    faults.push({ path: ['country'], found: `"${agent.country}"`, expected: 'a country code, e.g. US' });
  }
  return faults;
}

/** A model and the steps that ask for it belong together. */
function modelFaults({ model, steps, start }: WrittenAgent): FlowFault[] {
  const asking = Object.entries(steps ?? {}).filter(([, { answer }]) => answer === 'model');
  if (model !== undefined && steps !== undefined && asking.length === 0) {
    const expected = 'a step with answer: model, or no steps at all';
    return [{ path: ['model'], found: 'a model that no step asks for', expected }];
  }
  return asking.flatMap(([name, step]): FlowFault[] => [
    ...(model === undefined
      ? [{ path: ['steps', name, 'answer'], found: 'model', expected: 'a "model" section in the file' }]
      : []),
    ...(step.goal === undefined
      ? [
          {
            path: ['steps', name],
            found: 'a step with answer: model without "goal"',
            expected: '"goal" in it',
          },
        ]
      : []),
    ...(step.say === '' && name !== start
      ? [
          {
            path: ['steps', name, 'say'],
            found: 'nothing',
            expected: 'what is asked when the model takes over',
          },
        ]
      : []),
  ]);
}

function flowOf(agent: AgentFile, faults: FlowFault[]): Flow {
  const steps = Object.entries(agent.steps).map(([name, step]) => stepOfFile(name, step, agent, faults));
  const anywhere = Object.entries(agent.anywhere).map(([name, phrase]): AnywherePhrase => {
    if ((phrase.go === undefined) === (phrase.repeat === undefined)) {
      const expected = 'either "go" with a step, or "repeat: true"';
      faults.push({
        path: ['anywhere', name],
        found: phrase.go === undefined ? 'neither' : 'both',
        expected,
      });
    }
    return { name, wordings: phrase.wordings, go: phrase.go ?? null };
  });
  const { greeting } = agent;
  const { say, uninterruptible } =
    typeof greeting === 'string' ? { say: greeting, uninterruptible: undefined } : greeting;
  return {
    greeting: say,
    ...(uninterruptible === true && { greetingUninterruptible: true as const }),
    start: agent.start,
    steps: new Map(steps.map((step) => [step.name, step])),
    anywhere,
    silence: promptsOf(agent.silence),
    goodbye: agent.goodbye,
    variables: agent.variables,
  };
}

function outboundFlowOf({ outbound }: AgentFile, flow: Flow): Flow | null {
  if (outbound === undefined) return null;
  const { start, steps, anywhere, silence, goodbye, variables } = flow;
  const { greeting, uninterruptible } = outbound;
  const notice = uninterruptible === true && { greetingUninterruptible: true as const };
  return { greeting, ...notice, start, steps, anywhere, silence, goodbye, variables };
}

/** Its steps are those of the agent and were checked with it. */
function outboundFaults(flow: Flow): readonly FlowFault[] {
  const ofGreeting = checkFlow(flow).filter(({ path }) => path[0] === 'greeting');
  return ofGreeting.map((fault) => ({ ...fault, path: ['outbound', 'greeting'] }));
}

function configFault(yaml: YamlFile<AgentFile>, fault: FlowFault): ConfigFault {
  const path = writtenPath(yaml.value, fault.path);
  return {
    file: yaml.file,
    line: yaml.lineOf(path),
    key: path.join('.'),
    found: fault.found,
    expected: fault.expected,
  };
}

/** Faults are shown where they are written: in the long form of prompts, and at the agent for what a step takes over. */
function writtenPath(agent: AgentFile, path: FlowFault['path']): FlowFault['path'] {
  const [top, name, key, ...rest] = path;
  if (top === 'greeting') return typeof agent.greeting === 'string' ? path : [top, 'say'];
  if (top === 'silence') return [top, ...sayOf(agent.silence, path.slice(1))];
  if (top !== 'steps' || (key !== 'reprompts' && key !== 'giveUp')) return path;
  const own = agent.steps[String(name)]?.[key];
  if (own === undefined) return [key, ...sayOf(agent[key], rest)];
  return [top, String(name), key, ...sayOf(own, rest)];
}

function sayOf(prompts: PromptsFile | string, index: FlowFault['path']): FlowFault['path'] {
  return typeof prompts === 'string' || Array.isArray(prompts) ? index : ['say', ...index];
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function zoneSuggestion(name: string): string {
  const nearest = nearestName(name, Intl.supportedValuesOf('timeZone'));
  return nearest === null ? ', e.g. "America/New_York"' : `; did you mean "${nearest}"?`;
}
