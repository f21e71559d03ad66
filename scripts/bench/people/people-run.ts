// Runs the calls of recorded people on one server and gathers what each agent's answers took.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnServer, type SpawnedServer } from '../../../src/commands/spawn-server.ts';
import type { CallResult } from '../../../src/simulator/call-result.ts';
import { buildReport, type CallReport, type Report } from '../../../src/simulator/report.ts';
import { serverApi } from '../../../src/simulator/server-api.ts';
import { simulateCall } from '../../../src/simulator/simulate-call.ts';
import { systemClock } from '../../../src/simulator/simulator-clock.ts';
import { ArgumentError } from '../capacity/arguments.ts';
import { EXIT_FAILED, print, writeJson } from '../capacity/program.ts';
import { projectRoot } from '../capacity/project-root.ts';
import { seededRandom } from '../capacity/random.ts';
import { benchMachine, type BenchMachine } from '../machine.ts';
import { MANIFEST, readManifest } from '../recordings.ts';
import type { PeopleOptions } from './arguments.ts';
import { LineUp, roundOfCalls, type PlannedCall } from './conversations.ts';
import { linesIn } from './recorded-lines.ts';

/** What the demo promises with recorded people. */
export const BOUNDS_MS = { p50: 450, p95: 800 };

export interface AgentFigures {
  readonly calls: number;
  readonly turns: number;
  readonly answered: number;
  /** Answers that began before the caller had finished. */
  readonly early: number;
  /** `n` is of answers whose time could be taken. */
  readonly responseMs: Report['summary']['responseMs'] & { readonly n: number };
  readonly wer: number | null;
  readonly failures: number;
}

export interface PeopleFigures {
  readonly machine: BenchMachine;
  readonly audio: string;
  readonly rounds: number;
  readonly seed: number;
  readonly agents: Readonly<Record<string, AgentFigures>>;
  readonly all: AgentFigures;
  readonly calls: readonly CallReport[];
}

interface MadeCall {
  readonly agent: string;
  readonly result: CallResult;
}

/** Resolves with the exit code. Interrupted, it writes what was measured. @throws ArgumentError, ServerStartError. */
export async function runPeople(options: PeopleOptions, signal: AbortSignal): Promise<number> {
  const lineUp = openLineUp(options);
  const out = dirname(options.json);
  mkdirSync(out, { recursive: true });
  print('Starting the server.');
  const server = await spawnServer(join(out, 'people-server.log'), signal, {
    file: join(projectRoot(), 'dist', 'cli.js'),
    args: ['serve'],
    readyLimitMs: READY_LIMIT_MS,
  });
  const made: MadeCall[] = [];
  try {
    for await (const call of callsOf(options, lineUp, server, signal)) made.push(call);
  } finally {
    await server.close();
  }
  const figures = figuresOf(options, made);
  printFigures(figures);
  writeJson(options.json, figures);
  print(`Figures           ${options.json}`);
  return keepsBounds(figures.all) ? 0 : EXIT_FAILED;
}

const READY_LIMIT_MS = 60_000;

function openLineUp({ audio, seed }: PeopleOptions): LineUp {
  const manifest = readManifest(audio);
  if (manifest === null)
    throw new ArgumentError(`${audio}: found no ${MANIFEST}, expected recordings with one.`);
  const lineUp = new LineUp(audio, linesIn(manifest), seededRandom(seed));
  const { missing } = lineUp;
  if (missing.length === 0) return lineUp;
  throw new ArgumentError(`${audio}: found no recording for ${missing.join(', ')}, expected one of each.`);
}

/** One call after the other; the one that Ctrl-C ends does not count. */
async function* callsOf(
  { rounds, json }: PeopleOptions,
  lineUp: LineUp,
  server: SpawnedServer,
  signal: AbortSignal,
): AsyncGenerator<MadeCall> {
  const recording = join(dirname(json), 'people-call.wav');
  const planned = Array.from({ length: rounds }, (_, round) => round);
  for (const call of planned.flatMap((round) => roundOfCalls(lineUp, round))) {
    const result = await makeCall(server, call, recording, signal);
    if (signal.aborted) return;
    printCall(call.agent, result);
    yield { agent: call.agent, result };
  }
}

function makeCall(
  server: SpawnedServer,
  { agent, scenario, steps }: PlannedCall,
  recording: string,
  signal: AbortSignal,
): Promise<CallResult> {
  return simulateCall({
    scenario,
    steps,
    agent,
    line: server,
    api: serverApi(server.target, server.apiKey),
    clock: systemClock,
    randomHex: (count) => randomBytes(count).toString('hex').slice(0, count),
    recording,
    print: () => undefined,
    signal,
  });
}

/** Every answer in time, none missing; calls that went another way than planned are told, and are no fault of the line. */
export function keepsBounds({ turns, answered, responseMs }: AgentFigures): boolean {
  return (
    turns > 0 && answered === turns && responseMs.p50 <= BOUNDS_MS.p50 && responseMs.p95 <= BOUNDS_MS.p95
  );
}

export function figuresOf(options: PeopleOptions, made: readonly MadeCall[]): PeopleFigures {
  const { audio, rounds, seed } = options;
  const agents = [...new Set(made.map(({ agent }) => agent))];
  const of = (agent: string): AgentFigures => agentFigures(made.filter((call) => call.agent === agent));
  return {
    machine: benchMachine(),
    audio,
    rounds,
    seed,
    agents: Object.fromEntries(agents.map((agent) => [agent, of(agent)])),
    all: agentFigures(made),
    calls: reportOf(made).calls,
  };
}

const reportOf = (made: readonly MadeCall[]): Report =>
  buildReport(
    made.map(({ result }) => result),
    { readyMs: null, status: null },
  );

function agentFigures(made: readonly MadeCall[]): AgentFigures {
  const { calls, summary } = reportOf(made);
  const turns = calls.flatMap((call) => call.turns);
  return {
    calls: summary.calls,
    turns: summary.turns,
    answered: summary.answered,
    early: turns.filter(({ answered, responseMs }) => answered && responseMs === null).length,
    responseMs: { ...summary.responseMs, n: turns.filter(({ responseMs }) => responseMs !== null).length },
    wer: summary.wer,
    failures: summary.failures,
  };
}

function printCall(agent: string, result: CallResult): void {
  const call = reportOf([{ agent, result }]).calls[0];
  print('');
  print(`${result.scenario.name}: ${call?.result ?? call?.outcome ?? 'no call'}`);
  for (const turn of call?.turns ?? []) {
    const early = turn.answered ? 'early' : 'unanswered';
    const time = turn.responseMs === null ? early : `${turn.responseMs} ms`;
    const said = turn.said === turn.heard ? '' : `   [said: ${turn.said ?? ''}]`;
    print(`  ${time.padStart(10)}  ${turn.heard}${said}`);
  }
  for (const failure of call?.failures ?? []) print(`              ! ${failure}`);
}

function printFigures({ agents, all }: PeopleFigures): void {
  print('');
  print(`${'agent'.padEnd(22)} calls  answered   early   p50 ms   p95 ms     n     WER`);
  for (const [name, figures] of [...Object.entries(agents), ['all', all] as const]) {
    const { calls, turns, answered, early, responseMs, wer } = figures;
    const cells = [
      String(calls).padStart(5),
      `${answered} of ${turns}`.padStart(9),
      String(early).padStart(7),
      String(responseMs.p50).padStart(8),
      String(responseMs.p95).padStart(8),
      String(responseMs.n).padStart(5),
      (wer === null ? '-' : `${(wer * 100).toFixed(1)} %`).padStart(7),
    ];
    print(`${name.padEnd(22)} ${cells.join(' ')}`);
  }
  print('');
  print(
    `Bounds            p50 <= ${BOUNDS_MS.p50} ms, p95 <= ${BOUNDS_MS.p95} ms: ${keepsBounds(all) ? 'kept' : 'not kept'}`,
  );
}
