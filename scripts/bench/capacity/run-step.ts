// One step of a ramp: so many calls for so long against one server, and what came of them.
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchServer } from './bench-server.ts';
import type { Callers } from './caller-fleet.ts';
import type { Fault, Step } from './figures.ts';
import { ANSWER_TIMEOUT_MS } from './load-caller.ts';
import { timeOf, type TurnMessage } from './messages.ts';
import { observed } from './prometheus.ts';
import { cpuShares, EventLoopWatch, readServer, residentMb, type Reading } from './server-probe.ts';
import { percentileOf, roundEach, roundTo } from './statistics.ts';
import { StepLoad } from './step-load.ts';

export interface StepOptions {
  readonly server: BenchServer;
  readonly callers: Callers;
  readonly simulatorPid: number;
  readonly calls: number;
  readonly stepMs: number;
  readonly seed: number;
  /** Ends the step early; rejects with its reason once every call has ended. */
  readonly signal: AbortSignal;
}

/** A p95 above this is too late. */
export const RESPONSE_LIMIT_MS = 1_000;
/** At least 5 s for the starts of all calls, and no more than ten starts a second. */
const STAGGER = { leastMs: 5_000, perCallMs: 100, mostShare: 0.25 };
/** Greetings and first words of the last calls to start. */
const WARM_IN = { mostMs: 5_000, mostShare: 0.125 };
/** Beyond the longest wait for an answer, the calls and their records need a moment to end. */
const FINISH_LIMIT_MS = ANSWER_TIMEOUT_MS + 5_000;

export async function runStep(options: StepOptions): Promise<Step> {
  const { server, calls, stepMs, simulatorPid, signal } = options;
  const staggerMs = Math.min(
    stepMs * STAGGER.mostShare,
    Math.max(STAGGER.leastMs, calls * STAGGER.perCallMs),
  );
  const warmInMs = Math.min(WARM_IN.mostMs, stepMs * WARM_IN.mostShare);
  const load = new StepLoad({ ...options, target: server, staggerMs });
  let watch: EventLoopWatch | null = null;
  try {
    load.start();
    await delay(staggerMs + warmInMs, undefined, { signal });
    const [before, fromAt] = [await readServer(server, simulatorPid), Date.now()];
    watch = new EventLoopWatch(server);
    await delay(stepMs - staggerMs - warmInMs, undefined, { signal });
    const [after, toAt] = [await readServer(server, simulatorPid), Date.now()];
    const { connected } = load;
    const eventLoopP99Ms = await watch.stop();
    await load.finish(FINISH_LIMIT_MS);
    const turns = load.turns.filter(({ spokenAt }) => spokenAt >= fromAt && spokenAt < toAt);
    return stepFigures({ calls, connected, turns, load, before, after, eventLoopP99Ms });
  } catch (error) {
    await load.hangUp(FINISH_LIMIT_MS);
    await watch?.stop();
    throw error;
  }
}

interface StepRun {
  readonly calls: number;
  readonly connected: number;
  /** Those whose speech ended within the measured time, whenever the answer came. */
  readonly turns: readonly TurnMessage[];
  readonly load: Pick<StepLoad, 'ends' | 'refusals'>;
  readonly before: Reading;
  readonly after: Reading;
  readonly eventLoopP99Ms: Step['eventLoopP99Ms'];
}

const LANES = ['vad', 'stt', 'tts'];
const SLOWEST = 5;
const MAX_PROBLEMS = 20;

function stepFigures(run: StepRun): Step {
  const { calls, connected, turns, load, before, after } = run;
  const times = turns.flatMap(timeOf);
  const at = (share: number): number | null => roundTo(percentileOf(times, share), 0);
  const responseMs = { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
  const sum = (pick: (end: StepLoad['ends'][number]) => number): number =>
    load.ends.reduce((total, end) => total + pick(end), 0);
  const counted = (name: string): number => after.metrics.sum(name) - before.metrics.sum(name);
  const figures = {
    calls,
    connected,
    turns: turns.length,
    responseMs,
    unanswered: turns.filter(({ kind }) => kind === 'unanswered').length,
    early: turns.filter(({ kind }) => kind === 'early').length,
    framesSent: sum(({ framesSent }) => framesSent),
    framesLost: sum(({ framesLost }) => framesLost),
    eventLoopP99Ms: run.eventLoopP99Ms,
    cpu: roundEach(cpuShares(before, after), 3),
    rssMb: roundEach(residentMb(after), 1),
    batchSize: byLane(run, 'lane_batch_size'),
    laneWaitMs: byLane(run, 'lane_wait_ms'),
    laneRunMs: byLane(run, 'lane_run_ms'),
    stagesMs: stages(run),
    refusals: load.refusals,
    failedCalls: load.ends.filter(({ how }) => how === 'failed').length,
    laneRestarts: counted('lane_restarts_total'),
    simulatorLateMs: roundTo(Math.max(0, ...load.ends.map(({ maxLateMs }) => maxLateMs)), 1),
    slowest: slowest(turns),
    problems: [...new Set(load.ends.flatMap(({ problems }) => problems))].slice(0, MAX_PROBLEMS),
  };
  const faults = faultsOf(figures);
  return { ...figures, faults, good: faults.length === 0 };
}

/** Calls that were refused and got through later are no fault; those missing at the end are. */
export function faultsOf(
  step: Pick<Step, 'calls' | 'connected' | 'framesLost' | 'failedCalls' | 'responseMs'>,
): Fault[] {
  const faults: Fault[] = [];
  if ((step.responseMs.p95 ?? 0) > RESPONSE_LIMIT_MS) faults.push('slow');
  if (step.framesLost > 0) faults.push('frames-lost');
  if (step.failedCalls > 0) faults.push('failed');
  if (step.connected + step.failedCalls < step.calls) faults.push('refused');
  return faults;
}

function slowest(turns: readonly TurnMessage[]): Step['slowest'] {
  const waited = ({ responseMs }: TurnMessage): number => responseMs ?? ANSWER_TIMEOUT_MS;
  return turns
    .filter(({ kind }) => kind !== 'early')
    .toSorted((a, b) => waited(b) - waited(a))
    .slice(0, SLOWEST)
    .map(({ clip, responseMs }) => ({ clip, responseMs: roundTo(responseMs, 0) }));
}

function byLane({ before, after }: StepRun, name: string): Step['batchSize'] {
  const figures = LANES.map((lane) => {
    const { mean, p95 } = observed(before.metrics, after.metrics, name, { lane });
    return [lane, { mean: roundTo(mean, 2), p95: roundTo(p95, 2) }] as const;
  });
  return Object.fromEntries(figures);
}

function stages({ before, after }: StepRun): Step['stagesMs'] {
  const names = after.metrics.valuesOf('turn_stage_ms_count', 'stage');
  const means = names.flatMap((stage) => {
    const { mean } = observed(before.metrics, after.metrics, 'turn_stage_ms', { stage });
    return mean === null ? [] : [[stage, roundTo(mean, 0)] as const];
  });
  return Object.fromEntries(means);
}
