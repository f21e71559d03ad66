// One run: a language-model server and a server of ours, callers in steps, and the stages of every turn.
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCallerVoice } from '../../../src/commands/caller-voice.ts';
import { spawnServer, type ServerProgram, type SpawnedServer } from '../../../src/commands/spawn-server.ts';
import { prepareCaller, type PreparedStep } from '../../../src/simulator/caller-audio.ts';
import { turnsOf, type CallTurn } from '../../../src/simulator/call-result.ts';
import { scenarioSchema, type Scenario } from '../../../src/simulator/scenario.ts';
import { serverApi } from '../../../src/simulator/server-api.ts';
import { simulateCall } from '../../../src/simulator/simulate-call.ts';
import { systemClock } from '../../../src/simulator/simulator-clock.ts';
import { ModelServer } from '../../../test/support/model-server.ts';
import { EXIT_FAILED, print, writeJson } from '../capacity/program.ts';
import { projectRoot } from '../capacity/project-root.ts';
import { benchMachine } from '../machine.ts';
import { percentile } from '../percentiles.ts';
import type { ModelBenchOptions } from './arguments.ts';

/** What a caller says and what the model answers: a short sentence first, as it is told to. */
const SAID = [
  'When are you open on Saturday?',
  'Can I bring my dog with me?',
  'How much is a ticket for two?',
  'Where can I leave my car?',
  'Do you have a room for tonight?',
  'Thank you, that was all I wanted.',
];
const ANSWERED = [
  'On Saturday we are open, caller {n}. You can come from nine in the morning until five.',
  'Of course you can, caller {n}. Please keep it on a lead while you are in the building.',
  'That is {n} dollars. Children under twelve come in without a ticket.',
  'Behind house number {n}. There is room for about thirty cars, and it costs nothing.',
  'Yes, room {n} is free. It has two beds, a shower, and a window to the garden.',
  'You are welcome, caller {n}. Call us again when you need anything else from us.',
];

const PROGRAM: ServerProgram = {
  file: join(projectRoot(), 'dist', 'cli.js'),
  args: ['serve'],
  readyLimitMs: 60_000,
};

export async function runModelBench(options: ModelBenchOptions, signal: AbortSignal): Promise<number> {
  // Each call listens to it.
  setMaxListeners(Math.max(...options.calls) + 10, signal);
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-model-'));
  let answers = 0;
  const model = await ModelServer.start(() => ({
    // No two are alike, so that each is made by the voice.
    text: (ANSWERED[answers % ANSWERED.length] ?? '').replace('{n}', String(100 + answers++)),
    firstTokenMs: options.firstTokenMs,
    tokenMs: 1_000 / options.tokensPerSecond,
  }));
  let server: SpawnedServer | null = null;
  try {
    const { steps, scenario } = await caller(options, folder, signal);
    const config = configFor(options, folder, model.url);
    server = await spawnServer(join(folder, 'server.log'), signal, PROGRAM, { PARLEY_CONFIG: config });
    const figures = [];
    for (const calls of options.calls) {
      const step = await runStep(server, { scenario, steps, calls, folder, signal });
      const requests = model.requests.splice(0);
      const row = {
        calls,
        ...step,
        requests: requests.length,
        cancelled: requests.filter(({ closedAt }) => closedAt !== null).length,
      };
      figures.push(row);
      printStep(row, options);
      writeJson(options.json, { machine: benchMachine(), options, steps: figures });
    }
    return figures.every(({ unanswered }) => unanswered === 0) ? 0 : EXIT_FAILED;
  } finally {
    await server?.close();
    await model.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function configFor({ speculation }: ModelBenchOptions, folder: string, url: string): string {
  const agents = join(folder, 'agents');
  mkdirSync(agents);
  writeFileSync(
    join(agents, 'guide.yaml'),
    `name: guide
language: en-US
voice: slt
timezone: America/New_York
greeting: Hello, this is the visitor centre. How can I help?
model:
  provider: openai-compatible
  model: bench
  baseUrl: ${url}
  instructions: You answer for a visitor centre.
  maxInFlight: 64
  speculation: ${speculation ? 'auto' : 'never'}
`,
  );
  const config = join(folder, 'config.yaml');
  writeFileSync(config, `agents: { folder: '${agents}', default: guide }\n`);
  return config;
}

async function caller(
  { turns }: ModelBenchOptions,
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly scenario: Scenario; readonly steps: readonly PreparedStep[] }> {
  const steps = [
    ...Array.from({ length: turns }, (_, index) => ({ say: SAID[index % SAID.length] ?? '' })),
    'hang-up',
  ];
  const scenario: Scenario = {
    ...scenarioSchema.parse({ name: 'visitor', agent: 'guide', steps }),
    folder,
  };
  const voice = openCallerVoice(scenario.caller.voice, 'the bench', signal);
  try {
    return { scenario, steps: await prepareCaller(scenario, voice.speak) };
  } finally {
    await voice.close();
  }
}

interface StepSetup {
  readonly scenario: Scenario;
  readonly steps: readonly PreparedStep[];
  readonly calls: number;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Callers begin within as many tenths of a second as there are callers, so that they do not speak in chorus. */
const STAGGER_MS = 250;

async function runStep(server: SpawnedServer, { scenario, steps, calls, folder, signal }: StepSetup) {
  const runs = Array.from({ length: calls }, async (_, index) => {
    await new Promise((resolve) =>
      systemClock.at(systemClock.now() + index * STAGGER_MS, () => {
        resolve(null);
      }),
    );
    return simulateCall({
      scenario,
      steps,
      agent: 'guide',
      line: server,
      api: serverApi(server.target, server.apiKey),
      clock: systemClock,
      randomHex: (count) =>
        randomBytes(Math.ceil(count / 2))
          .toString('hex')
          .slice(0, count),
      recording: join(folder, `${calls}-${index}.wav`),
      print: () => undefined,
      signal,
    });
  });
  const results = await Promise.all(runs);
  const turns = results.flatMap(({ utterances, spurts, record }) =>
    turnsOf(utterances, spurts, record?.turns ?? []),
  );
  const problems = results.flatMap((result) => result.problems);
  for (const problem of new Set(problems)) print(`A call: ${problem}`);
  return { ...figuresOf(turns), problems: problems.length };
}

export interface StageFigures {
  readonly p50: number;
  readonly p95: number;
}

export function figuresOf(turns: readonly CallTurn[]) {
  const stages: Record<string, number[]> = {};
  for (const { stagesMs } of turns) {
    for (const [name, value] of Object.entries(stagesMs ?? {})) (stages[name] ??= []).push(value);
  }
  const responses = turns.flatMap(({ responseMs }) => responseMs ?? []);
  return {
    n: responses.length,
    unanswered: turns.filter(({ answered }) => !answered).length,
    responseMs: of(responses),
    stagesMs: Object.fromEntries(Object.entries(stages).map(([name, values]) => [name, of(values)])),
  };
}

const of = (values: readonly number[]): StageFigures => ({
  p50: Math.round(percentile(values, 0.5)),
  p95: Math.round(percentile(values, 0.95)),
});

type Row = Awaited<ReturnType<typeof runStep>> & { calls: number; requests: number; cancelled: number };

function printStep(row: Row, { firstTokenMs }: ModelBenchOptions): void {
  const { calls, n, responseMs, stagesMs, unanswered, requests, cancelled } = row;
  print(
    `\n${calls} calls at a time: ${n} turns, ${unanswered} unanswered, ${requests} requests, ${cancelled} of them cancelled`,
  );
  print('stage              p50 ms   p95 ms');
  for (const [name, { p50, p95 }] of [
    ...Object.entries(stagesMs),
    ['response (wire)', responseMs] as const,
  ]) {
    print(`${name.padEnd(17)} ${String(p50).padStart(7)}  ${String(p95).padStart(7)}`);
  }
  const wait = stagesMs['endpointWait']?.p50 ?? 0;
  const bound = wait + firstTokenMs + 250;
  print(`bound for p50: endpoint wait ${wait} + first token ${firstTokenMs} + 250 = ${bound} ms`);
}
