// `parley simulate`: one scripted caller against a server, its own or a running one, with a report of the call.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { encodeMulaw } from '../audio/mulaw.ts';
import { LINE_HZ, pcm } from '../audio/units.ts';
import { parseWav } from '../audio/wav.ts';
import { ConfigError } from '../config/config-error.ts';
import { prepareCaller, type PreparedStep } from '../simulator/caller-audio.ts';
import { MAX_AUDIO_BASE64, renderCallPage } from '../simulator/call-page.ts';
import type { CallResult } from '../simulator/call-result.ts';
import { buildReport, type Report } from '../simulator/report.ts';
import { loadScenario, type Scenario } from '../simulator/scenario.ts';
import { serverApi } from '../simulator/server-api.ts';
import { simulateCall } from '../simulator/simulate-call.ts';
import { systemClock } from '../simulator/simulator-clock.ts';
import { openCallerVoice } from './caller-voice.ts';
import { registerSimulateCampaign } from './simulate-campaign/command.ts';
import { EXIT_INTERRUPTED, interruptible } from './interruptible.ts';
import { ServerStartError, spawnServer, type SpawnedServer } from './spawn-server.ts';

/** A server that is already running. */
export interface RunningTarget {
  readonly target: string;
  readonly publicUrl: string;
  readonly authToken: string;
  readonly apiKey: string;
}

export interface RunOptions {
  readonly scenarioFile: string;
  /** The folder for report.json, call.wav, call.html and server.log. */
  readonly out: string;
  /** Where the report is written besides. */
  readonly json: string | null;
  /** Overrides the scenario's agent. */
  readonly agent: string | null;
  /** Nothing but failures is printed. */
  readonly quiet: boolean;
  /** Null starts a server for the call. */
  readonly running: RunningTarget | null;
}

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

export function registerSimulate(program: Command): void {
  const simulate = program
    .command('simulate')
    // Flags behind `campaign` are its own, though some have the same names.
    .enablePositionalOptions()
    .description('let a scripted caller talk to an agent over the wire of a phone call')
    .option('--scenario <file>', 'what the caller says, e.g. config/scenarios/demo.yaml')
    .option('--url <url>', 'a running server, e.g. http://127.0.0.1:8080; without it one is started')
    .option('--public-url <url>', "the running server's PUBLIC_URL (or PUBLIC_URL), when it is not --url")
    .option('--auth-token <token>', "the running server's TWILIO_AUTH_TOKEN (or TWILIO_AUTH_TOKEN)")
    .option('--api-key <key>', "the running server's PARLEY_API_KEY (or PARLEY_API_KEY)")
    .option('--agent <name>', "the agent to ask for instead of the scenario's")
    .option('--json <file>', 'write the report there, too')
    .option('--out <dir>', 'folder for report, recording and page (default: out/<scenario>)')
    .option('--quiet', 'print failures only')
    .action(async (flags: SimulateFlags) => {
      if (flags.scenario === undefined) {
        return simulate.error("error: required option '--scenario <file>' not specified", {
          exitCode: EXIT_USAGE,
        });
      }
      process.exitCode = await runScenario({
        scenarioFile: flags.scenario,
        out: flags.out ?? join('out', scenarioName(flags.scenario)),
        json: flags.json ?? null,
        agent: flags.agent ?? null,
        quiet: flags.quiet ?? false,
        running: runningTarget(flags),
      });
    });
  registerSimulateCampaign(simulate);
}

interface SimulateFlags {
  readonly scenario?: string;
  readonly url?: string;
  readonly publicUrl?: string;
  readonly authToken?: string;
  readonly apiKey?: string;
  readonly agent?: string;
  readonly json?: string;
  readonly out?: string;
  readonly quiet?: boolean;
}

function scenarioName(file: string): string {
  return (file.split(/[\\/]/).at(-1) ?? 'simulate').replace(/\.ya?ml$/, '');
}

/** @throws ConfigError for a URL that is none and for a missing secret. */
function runningTarget(flags: SimulateFlags): RunningTarget | null {
  if (flags.url === undefined) return null;
  const wanted = (key: string, found: string, expected: string): ConfigError =>
    new ConfigError([{ file: 'command line', key, found, expected }]);
  const publicUrl = flags.publicUrl ?? process.env['PUBLIC_URL'] ?? flags.url;
  for (const [key, url] of [
    ['--url', flags.url],
    ['--public-url', publicUrl],
  ] as const) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw wanted(key, url, 'an http or https URL');
  }
  const authToken = flags.authToken ?? process.env['TWILIO_AUTH_TOKEN'];
  const apiKey = flags.apiKey ?? process.env['PARLEY_API_KEY'];
  if (authToken === undefined) throw wanted('--auth-token', 'nothing', 'the TWILIO_AUTH_TOKEN of the server');
  if (apiKey === undefined) throw wanted('--api-key', 'nothing', 'the PARLEY_API_KEY of the server');
  return { target: flags.url, publicUrl, authToken, apiKey };
}

/**
 * Prepares the caller, starts a server if none is given, makes the call, writes the files. Ctrl-C hangs up and ends all
 * of it. Resolves with the exit code: 0 when every turn was answered and every expectation holds. @throws ConfigError.
 */
export async function runScenario(options: RunOptions): Promise<number> {
  const scenario = loadScenario(options.scenarioFile, new Date());
  try {
    return await interruptible((signal) => runCall(options, scenario, signal));
  } catch (error) {
    if (!(error instanceof ServerStartError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.exitCode === EXIT_USAGE ? EXIT_USAGE : EXIT_FAILED;
  }
}

async function runCall(options: RunOptions, scenario: Scenario, signal: AbortSignal): Promise<number> {
  const print = (line: string): void => {
    if (!options.quiet) process.stdout.write(`${line}\n`);
  };
  await mkdir(options.out, { recursive: true });
  print(`Preparing what the caller says: ${scenario.steps.length} steps of ${options.scenarioFile}.`);
  const steps = await prepareSteps(scenario, options.scenarioFile, signal);
  let spawned: SpawnedServer | null = null;
  try {
    if (options.running === null) {
      print('Starting the server.');
      spawned = await spawnServer(join(options.out, 'server.log'), signal);
      print(`Ready after ${Math.round(spawned.readyMs)} ms.`);
    }
    const { report, result } = await callServer(options, { scenario, steps, spawned, print, signal });
    await writeFiles(options, report, result);
    if (signal.aborted) return EXIT_INTERRUPTED;
    printSummary(options, report, print);
    const { turns, answered, failures } = report.summary;
    return answered === turns && failures === 0 ? 0 : EXIT_FAILED;
  } finally {
    await spawned?.close();
  }
}

/** Everything is spoken before the call, by a process that is gone when the call begins. */
async function prepareSteps(
  scenario: Scenario,
  file: string,
  signal: AbortSignal,
): Promise<readonly PreparedStep[]> {
  const voice = openCallerVoice(scenario.caller.voice, file, signal);
  try {
    return await prepareCaller(scenario, voice.speak);
  } finally {
    await voice.close();
  }
}

interface CallSetup {
  readonly scenario: Scenario;
  readonly steps: readonly PreparedStep[];
  readonly spawned: SpawnedServer | null;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

async function callServer(
  options: RunOptions,
  { scenario, steps, spawned, print, signal }: CallSetup,
): Promise<{ report: Report; result: CallResult }> {
  const server = spawned ?? options.running;
  if (server === null) throw new TypeError('neither a running nor a started server');
  const api = serverApi(server.target, server.apiKey);
  print('');
  const result = await simulateCall({
    scenario,
    steps,
    agent: options.agent ?? scenario.agent ?? null,
    line: server,
    api,
    clock: systemClock,
    randomHex: (count) =>
      randomBytes(Math.ceil(count / 2))
        .toString('hex')
        .slice(0, count),
    recording: join(options.out, 'call.wav'),
    print,
    signal,
  });
  const problems: string[] = [];
  const status = await api.status().catch((error: unknown) => {
    problems.push(String(error));
    return null;
  });
  const report = buildReport([{ ...result, problems: [...result.problems, ...problems] }], {
    readyMs: spawned?.readyMs ?? null,
    status,
  });
  return { report, result };
}

async function writeFiles(options: RunOptions, report: Report, result: CallResult): Promise<void> {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  await writeFile(join(options.out, 'report.json'), text);
  if (options.json !== null) {
    await mkdir(dirname(options.json), { recursive: true });
    await writeFile(options.json, text);
  }
  const [call] = report.calls;
  if (call === undefined) return;
  const audio = await lineAudio(result.recording);
  const page = renderCallPage({ call, summary: report.summary, outline: result.outline, audio });
  await writeFile(join(options.out, 'call.html'), page);
}

/** Both sides of the recording as alternating mu-law bytes; null when that is too much for a page. */
async function lineAudio(recording: string): Promise<Uint8Array | null> {
  const wav = parseWav(await readFile(recording));
  if (!wav.ok) return null;
  const [caller, agent] = wav.channels.map((side) => encodeMulaw(pcm(LINE_HZ, side)));
  if (caller === undefined || agent === undefined) return null;
  if (caller.length * 2 > (MAX_AUDIO_BASE64 / 4) * 3) return null;
  return Uint8Array.from({ length: caller.length * 2 }, (_, index) => {
    const side = index % 2 === 0 ? caller : agent;
    return side[index >> 1] ?? 0;
  });
}

function printSummary(options: RunOptions, report: Report, print: (line: string) => void): void {
  const { summary } = report;
  const { p50, p95, max } = summary.responseMs;
  const share = (value: number | null, unit: string): string =>
    value === null ? 'unknown' : `${value}${unit}`;
  const wer = summary.wer === null ? null : Number((summary.wer * 100).toFixed(1));
  print('');
  print(`Turns answered    ${summary.answered} of ${summary.turns}`);
  print(`Response time     p50 ${p50} ms, p95 ${p95} ms, max ${max} ms`);
  for (const line of interruptionLines(summary)) print(line);
  print(`Word error rate   ${share(wer, ' %')}`);
  print(`Ready after       ${share(summary.readyMs, ' ms')}, warm-up ${share(summary.warmupMs, ' ms')}`);
  print(`Event loop p99    ${share(summary.eventLoopDelayMs.p99, ' ms')}`);
  print(`Frames lost       ${summary.framesLost}`);
  for (const name of ['report.json', 'call.wav', 'call.html'])
    print(`                  ${join(options.out, name)}`);
  for (const failure of report.calls.flatMap((call) => call.failures)) {
    process.stderr.write(`FAILED: ${failure}\n`);
  }
}

/** Only for scenarios in which the caller talks over the agent or makes a noise. */
function interruptionLines({ bargeInMs, resumedMs, ignored }: Report['summary']): readonly string[] {
  const spread = ({ p50, p95, n }: Report['summary']['bargeInMs']): string =>
    `p50 ${p50} ms, p95 ${p95} ms (n = ${n})`;
  return [
    ...(bargeInMs.n === 0 ? [] : [`Barge-in          ${spread(bargeInMs)} to silence`]),
    ...(resumedMs.n === 0 ? [] : [`Replies resumed   after ${spread(resumedMs)}`]),
    ...(ignored.n === 0 ? [] : [`Sounds ignored    ${ignored.n - ignored.failed} of ${ignored.n}`]),
  ];
}
