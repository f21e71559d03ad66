// The simulator's report: its schema, and how it is made from finished calls.
import { z } from 'zod';
import { agentInitiated, turnsOf, type CallResult, type CallTurn } from './call-result.ts';
import { failuresOf } from './expectations.ts';
import { ignoredSounds, type IgnoredSound } from './ignored-sounds.ts';
import type { Hole } from './interruptions.ts';
import type { ServerCall, ServerStatus } from './server-api.ts';
import type { StreamResult } from './simulated-stream.ts';
import { wordErrorRate, wordErrors } from './word-error-rate.ts';

const turnSchema = z.object({
  said: z.string().nullable(),
  heard: z.string(),
  replied: z.string(),
  /** Null when there was no answer, or when it began before the caller had finished. */
  responseMs: z.number().nullable(),
  bargedIn: z.boolean(),
  answered: z.boolean(),
  stagesMs: z.record(z.string(), z.number()).nullable(),
  /** How many turns the server made of it. */
  parts: z.number().int(),
  startedMs: z.number(),
  spokenMs: z.number().nullable(),
  replyStartMs: z.number().nullable(),
  replyEndMs: z.number().nullable(),
  kind: z.enum(['speech', 'keys', 'silence']),
  /** From the caller's first sample of speech to the last one of the reply that it broke off; null when it broke off none. */
  silencedMs: z.number().nullable(),
});
const ignoredSchema = z.object({
  said: z.string().nullable(),
  startedMs: z.number(),
  /** What the server heard in it as a turn; null when it made none. */
  heard: z.string().nullable(),
  /** The longest hole in the reply that it was said over, 0 for none; null over silence, or when the reply did not go on. */
  pausedMs: z.number().nullable(),
  faults: z.array(z.string()),
});
const callSchema = z.object({
  callSid: z.string(),
  scenario: z.string(),
  outcome: z.string(),
  turns: z.array(turnSchema),
  framesSent: z.number().int(),
  framesLost: z.number().int(),
  recording: z.string(),
  result: z.string().nullable(),
  collected: z.record(z.string(), z.string()),
  agentInitiated: z.array(z.string()),
  announcements: z.array(z.string()),
  endedBy: z.string().nullable(),
  durationMs: z.number(),
  maxFrameLateMs: z.number(),
  marksReturned: z.number().int(),
  clears: z.number().int(),
  warnings: z.record(z.string(), z.number()),
  counters: z.record(z.string(), z.number()),
  /** Resident memory of the server's process after each reply, in MB. */
  memoryMb: z.array(z.number()),
  failures: z.array(z.string()),
  /** Sounds that must not become a turn; they are not among the turns. */
  ignored: z.array(ignoredSchema),
});
const middleAndTail = z.object({ p50: z.number(), p95: z.number(), n: z.number().int() });
const percentiles = z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() });
export const reportSchema = z.object({
  calls: z.array(callSchema),
  summary: z.object({
    calls: z.number().int(),
    turns: z.number().int(),
    answered: z.number().int(),
    /** Of what was said; keys and silences have times of their own. All 0 when nothing was answered. */
    responseMs: percentiles,
    /** Null when nothing said has a reference text. */
    wer: z.number().nullable(),
    warmupMs: z.number().nullable(),
    firstInferenceMs: z.number().nullable(),
    eventLoopDelayMs: z.object({ p99: z.number().nullable() }).loose(),
    /** From the start of the server to its being ready; null when it was already running. */
    readyMs: z.number().nullable(),
    framesLost: z.number().int(),
    failures: z.number().int(),
    /** From the caller's voice to the agent's silence, over the turns that broke off a reply. */
    bargeInMs: middleAndTail,
    /** The holes in the replies that went on after a sound that they were to ignore. */
    resumedMs: middleAndTail,
    /** Sounds that must not become a turn: how many, and how many of them were taken for one or ended a reply. */
    ignored: z.object({ n: z.number().int(), failed: z.number().int() }),
  }),
});

export type Report = z.output<typeof reportSchema>;
export type CallReport = Report['calls'][number];

export interface ServerFacts {
  readonly readyMs: number | null;
  readonly status: ServerStatus | null;
}

export function buildReport(results: readonly CallResult[], server: ServerFacts): Report {
  const calls = results.map(buildCall);
  const turns = calls.flatMap((call) => call.turns);
  const spoken = turns.filter(({ kind }) => kind === 'speech');
  const ignored = calls.flatMap((call) => call.ignored);
  const errors = spoken.flatMap((turn) => (turn.said === null ? [] : [wordErrors(turn.said, turn.heard)]));
  const { status } = server;
  return {
    calls,
    summary: {
      calls: calls.length,
      turns: turns.length,
      answered: turns.filter((turn) => turn.answered).length,
      responseMs: percentilesOf(known(spoken.map(({ responseMs }) => responseMs))),
      wer: roundTo(wordErrorRate(errors), 4),
      warmupMs: roundTo(status?.warmupMs ?? null, 0),
      firstInferenceMs: roundTo(status?.firstInferenceMs ?? null, 0),
      eventLoopDelayMs: { p99: null, ...status?.eventLoopDelayMs },
      readyMs: roundTo(server.readyMs, 0),
      framesLost: calls.reduce((sum, call) => sum + call.framesLost, 0),
      failures: calls.reduce((sum, call) => sum + call.failures.length, 0),
      bargeInMs: middleAndTailOf(turns.map(({ silencedMs }) => silencedMs)),
      resumedMs: middleAndTailOf(ignored.map(({ pausedMs }) => (pausedMs === 0 ? null : pausedMs))),
      ignored: { n: ignored.length, failed: ignored.filter(({ faults }) => faults.length > 0).length },
    },
  };
}

const known = (values: readonly (number | null)[]): readonly number[] =>
  values.filter((value) => value !== null);

function middleAndTailOf(values: readonly (number | null)[]): z.output<typeof middleAndTail> {
  const { p50, p95 } = percentilesOf(known(values));
  return { p50, p95, n: known(values).length };
}

/** What stands in the report when the server could not say anything. */
const NO_RECORD: Pick<ServerCall, 'outcome' | 'result' | 'collected' | 'counters' | 'turns'> = {
  outcome: 'unknown',
  result: null,
  collected: {},
  counters: {},
  turns: [],
};

function buildCall(result: CallResult): CallReport {
  const { stream } = result;
  const record = result.record ?? NO_RECORD;
  const turns = turnsOf(result.utterances, result.spurts, record.turns).filter(
    ({ utterance }) => utterance.kind !== 'ignored',
  );
  const ignored = ignoredSounds(result.utterances, result.record?.turns ?? null, result);
  return {
    callSid: result.callSid,
    scenario: result.scenario.name,
    outcome: record.outcome,
    turns: turns.flatMap(buildTurn),
    framesSent: stream?.framesSent ?? 0,
    framesLost: stream === null ? 0 : framesLost(stream, record.counters),
    recording: result.recording,
    result: record.result,
    collected: record.collected,
    agentInitiated: [...agentInitiated(record.turns)],
    announcements: [...result.announcements],
    ...streamFigures(stream),
    counters: record.counters,
    memoryMb: [...result.memoryMb],
    failures: [...failuresOf(result, turns, ignored)],
    ignored: ignored.map(buildIgnored),
  };
}

const NO_STREAM = { endedBy: null, durationMs: 0, maxLateMs: 0, marksReturned: 0, clears: 0, warnings: {} };

function streamFigures(
  stream: StreamResult | null,
): Pick<CallReport, 'endedBy' | 'durationMs' | 'maxFrameLateMs' | 'marksReturned' | 'clears' | 'warnings'> {
  const { endedBy, durationMs, maxLateMs, marksReturned, clears, warnings } = stream ?? NO_STREAM;
  return {
    endedBy,
    durationMs: Math.round(durationMs),
    maxFrameLateMs: roundTo(maxLateMs, 1),
    marksReturned,
    clears,
    warnings: { ...warnings },
  };
}

function buildTurn(turn: CallTurn): CallReport['turns'] {
  const { utterance } = turn;
  const { kind } = utterance;
  if (kind === 'ignored') return [];
  const built = {
    said: utterance.said,
    heard: turn.heard ?? '',
    replied: turn.replied,
    responseMs: roundTo(turn.responseMs, 0),
    bargedIn: turn.bargedIn,
    answered: turn.answered,
    stagesMs: turn.stagesMs,
    parts: turn.parts,
    startedMs: Math.round(utterance.startedMs),
    spokenMs: roundTo(utterance.spokenMs, 0),
    replyStartMs: roundTo(turn.replyStartMs, 0),
    replyEndMs: roundTo(turn.replyEndMs, 0),
    kind,
    silencedMs: roundTo(turn.silencedMs, 0),
  };
  return [built];
}

function buildIgnored({ utterance, heard, hole, faults }: IgnoredSound): CallReport['ignored'][number] {
  // What was heard after a reply that it ended is another reply.
  const pausedMs = faults.length > 0 || hole === null ? null : holeMs(hole);
  return {
    said: utterance.said,
    startedMs: Math.round(utterance.startedMs),
    heard,
    pausedMs: roundTo(pausedMs, 0),
    faults: [...faults],
  };
}

function holeMs(hole: Hole): number | null {
  switch (hole.kind) {
    case 'none':
      return 0;
    case 'paused':
      return hole.pausedMs;
    case 'cut-off':
      return null;
  }
}

/** A window is 256 samples and a frame 160. */
const FRAMES_PER_WINDOW = 256 / 160;
/** Windows that are in the detector's queue, or not yet full, when the call ends. */
const WINDOWS_IN_FLIGHT = 16;

/**
 * Frames that never reached the detector: those the server did not receive, the ones crossing its close excepted, and
 * those in windows that were not judged. Without the server's counters every frame counts as lost.
 */
export function framesLost(
  stream: Pick<StreamResult, 'framesSent' | 'framesAtClose' | 'framesDropped'>,
  counters: Readonly<Record<string, number>>,
): number {
  const received = counters['framesReceived'] ?? 0;
  const unread = Math.max(0, stream.framesSent - stream.framesAtClose - received);
  const windowsJudged = counters['windowsJudged'];
  const windowsMissing =
    windowsJudged === undefined
      ? 0
      : Math.max(0, Math.floor(received / FRAMES_PER_WINDOW) - windowsJudged - WINDOWS_IN_FLIGHT);
  return stream.framesDropped + unread + Math.ceil(windowsMissing * FRAMES_PER_WINDOW);
}

/** By nearest rank, in whole ms; all 0 for no values. */
export function percentilesOf(values: readonly number[]): z.output<typeof percentiles> {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function roundTo<T extends number | null>(value: T, digits: number): T {
  return (value === null ? null : Number(value.toFixed(digits))) as T;
}
