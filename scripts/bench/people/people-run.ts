// Hears the recordings, makes the calls of recorded people on one server, a few at a time, and writes what they came to.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnServer, type SpawnedServer } from '../../../src/commands/spawn-server.ts';
import type { Ms } from '../../../src/audio/units.ts';
import { loadAgents } from '../../../src/responders/agents.ts';
import { createScriptedResponder } from '../../../src/responders/scripted.ts';
import type { CallResult } from '../../../src/simulator/call-result.ts';
import { serverApi } from '../../../src/simulator/server-api.ts';
import { simulateCall } from '../../../src/simulator/simulate-call.ts';
import { systemClock } from '../../../src/simulator/simulator-clock.ts';
import { ArgumentError } from '../capacity/arguments.ts';
import { EXIT_FAILED, print, writeJson } from '../capacity/program.ts';
import { projectRoot } from '../capacity/project-root.ts';
import { seededRandom } from '../capacity/random.ts';
import { MANIFEST, readManifest } from '../recordings.ts';
import type { PeopleOptions } from './arguments.ts';
import { LineUp, roundOfCalls, type PlannedCall } from './conversations.ts';
import { figuresOf, keepsBounds, type MadeCall } from './figures.ts';
import { hearLines, type HeardLines } from './hearing.ts';
import { openModelEar } from './model-ear.ts';
import { PLANS } from './plans.ts';
import { printCall, printFigures, printHeard } from './print.ts';
import { linesIn, TOPICS, usableLines, type RecordedLine, type UsableLine } from './recorded-lines.ts';
import { questionsOf } from './understanding.ts';

/** Resolves with the exit code. Interrupted, it writes what was measured. @throws ArgumentError, ServerStartError. */
export async function runPeople(options: PeopleOptions, signal: AbortSignal): Promise<number> {
  const lines = openLines(options.audio);
  print('Hearing the recordings.');
  const heard = await hearAll(lines, signal);
  if (signal.aborted) return EXIT_FAILED;
  printHeard(heard);
  const callable = [...heard.right, ...heard.unasked];
  refuseMissing(callable, `${options.audio}: found no recording that is heard rightly`);
  const lineUp = new LineUp(callable, seededRandom(options.seed));
  const before = loadNow();
  const calls = await makeCalls(options, lineUp, signal);
  const figures = figuresOf(options, {
    calls,
    heardRightly: heard.right.length,
    heardWrongly: heard.wrongly,
    load: { before, after: loadNow() },
  });
  printFigures(figures);
  writeJson(options.json, figures);
  print(`Figures           ${options.json}`);
  return keepsBounds(figures) ? 0 : EXIT_FAILED;
}

const loadNow = (): number => loadavg()[0] ?? NaN;

function openLines(audio: string): readonly UsableLine[] {
  const manifest = readManifest(audio);
  if (manifest === null)
    throw new ArgumentError(`${audio}: found no ${MANIFEST}, expected recordings with one.`);
  const listed = linesIn(manifest);
  refuseMissing(listed, `${audio}: found no recording`);
  const lines = usableLines(audio, listed);
  refuseMissing(lines, `${audio}: found no recording whose end is known`);
  return lines;
}

function refuseMissing(lines: readonly RecordedLine[], found: string): void {
  const missing = TOPICS.filter((topic) => !lines.some((line) => line.topic === topic));
  if (missing.length === 0) return;
  throw new ArgumentError(`${found} for ${missing.join(', ')}, expected one of each.`);
}

/** With the model in this process, before the server has one of its own. */
async function hearAll(lines: readonly UsableLine[], signal: AbortSignal): Promise<HeardLines> {
  const agents = loadAgents(join(projectRoot(), 'config', 'agents'));
  const responder = createScriptedResponder({ agents, clock: DATE_ONLY, minds: null });
  const asking = PLANS.filter(({ kind }) => kind === 'questions');
  const wordsOn = (topic: string): string => lines.find((line) => line.topic === topic)?.words ?? '';
  const questions = await Promise.all(asking.map((plan) => questionsOf(plan, responder, wordsOn)));
  const ear = await openModelEar();
  try {
    return await hearLines(lines, questions.flat(), { hear: ear.hear, signal });
  } finally {
    await ear.close();
  }
}

/** A conversation on paper asks for the date and keeps no timers. */
const DATE_ONLY = {
  now: () => performance.now() as Ms,
  date: () => new Date(),
  after: () => () => undefined,
};

const READY_LIMIT_MS = 60_000;
/** A machine of two cores holds them without their waiting for each other's words. */
const CALLS_AT_A_TIME = 2;

/** In the order in which they ended; those that Ctrl-C ends do not count. */
async function makeCalls(options: PeopleOptions, lineUp: LineUp, signal: AbortSignal): Promise<MadeCall[]> {
  const out = dirname(options.json);
  mkdirSync(out, { recursive: true });
  const rounds = Array.from({ length: options.rounds }, (_, round) => round);
  const waiting = rounds.flatMap((round) => roundOfCalls(lineUp, round)).values();
  print('Starting the server.');
  const server = await spawnServer(join(out, 'people-server.log'), signal, {
    file: join(projectRoot(), 'dist', 'cli.js'),
    args: ['serve'],
    readyLimitMs: READY_LIMIT_MS,
  });
  const made: MadeCall[] = [];
  const makeOneByOne = async (line: number): Promise<void> => {
    // All lines take from the same calls.
    for (const call of waiting) {
      const result = await callUntilTaken(server, call, {
        recording: join(out, `people-call-${line}.wav`),
        signal,
      });
      if (signal.aborted) return;
      made.push({ agent: call.agent, result });
      printCall({ agent: call.agent, result });
    }
  };
  try {
    await Promise.all(Array.from({ length: CALLS_AT_A_TIME }, (_, line) => makeOneByOne(line + 1)));
  } finally {
    await server.close();
  }
  return made;
}

/** A server that is late with its calls takes no more for some seconds; a person who hears so calls again. */
const REDIAL = { everyMs: 2_000, times: 30 };

interface Dialled {
  readonly recording: string;
  readonly signal: AbortSignal;
}

async function callUntilTaken(
  server: SpawnedServer,
  call: PlannedCall,
  dialled: Dialled,
): Promise<CallResult> {
  const { signal } = dialled;
  let result = await makeCall(server, call, dialled);
  for (let redials = 1; redials <= REDIAL.times && result.stream === null; redials += 1) {
    if (signal.aborted) return result;
    if (redials === 1) print(`${call.scenario.name}: not taken, called again until it is`);
    await sleep(REDIAL.everyMs, undefined, { signal }).catch(() => undefined);
    result = await makeCall(server, call, dialled);
  }
  return result;
}

function makeCall(
  server: SpawnedServer,
  { agent, scenario, steps }: PlannedCall,
  { recording, signal }: Dialled,
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
