// Checks a finished call against its scenario and against itself; every fault is one sentence.
import type { CallResult, CallTurn } from './call-result.ts';
import type { Utterance } from './caller.ts';
import type { IgnoredSound } from './ignored-sounds.ts';
import { containsPattern } from './patterns.ts';

const quote = (text: string): string => JSON.stringify(text);

/** Empty when the call went as it should. */
export function failuresOf(
  result: CallResult,
  turns: readonly CallTurn[],
  ignored: readonly IgnoredSound[],
): readonly string[] {
  return [
    ...result.problems,
    ...streamFailures(result),
    ...turns.flatMap(turnFailures),
    ...ignored.flatMap(({ utterance, faults }) => faults.map((fault) => `${stepName(utterance)} ${fault}.`)),
    ...outcomeFailures(result),
    ...serverFailures(result),
    ...orderFailures(turns, result.stream?.durationMs ?? Infinity),
  ];
}

function streamFailures({ stream, stepsLeft }: CallResult): readonly string[] {
  const failures: string[] = [];
  if (stream?.endedBy === 'broken') failures.push('The media socket broke off without a close frame.');
  if (stream?.endedBy === 'too-long') failures.push('The call was ended by the simulator: it took too long.');
  if (stream?.endedBy === 'refused') failures.push(`The server closed the stream with ${stream.closeCode}.`);
  if (stream !== null && stepsLeft > 0) {
    failures.push(`The call ended with ${stepsLeft} of the caller's steps still to come.`);
  }
  return failures;
}

function stepName({ step, kind, said }: Utterance): string {
  const nameless = { speech: 'a recording', keys: 'keys', silence: 'silence', ignored: 'a sound' } as const;
  return `Step ${step + 1} (${quote(said ?? nameless[kind])})`;
}

function turnFailures(turn: CallTurn): readonly string[] {
  const { utterance } = turn;
  const name = stepName(utterance);
  if (!turn.answered) {
    const instead = turn.replyStartMs === null ? '' : `; the agent said ${quote(turn.replied)}`;
    return [`${name} was not answered${instead}.`];
  }
  return utterance.expect
    .filter((pattern) => !containsPattern(turn.replied, pattern))
    .map((pattern) => `${name}: the reply ${quote(turn.replied)} does not contain ${pattern}.`);
}

function outcomeFailures({ scenario, record }: CallResult): readonly string[] {
  const { result, lastReply = [], collected = {} } = scenario.expect;
  const last = record?.turns.findLast((turn) => turn.replied !== '')?.replied;
  return [
    ...(result === undefined ? [] : missing("The conversation's result", record?.result, [result])),
    ...missing('The last reply', last, lastReply),
    ...Object.entries(collected).flatMap(([name, pattern]) =>
      missing(`Collected ${name}`, record?.collected[name], [pattern]),
    ),
  ];
}

/** Model arenas, caches and the heap have grown to their size by then. */
const SETTLED_TURN = 10;
/** A single reading hits or misses a garbage collection; the middle of a few does not. */
const READINGS = 5;

function serverFailures({ scenario, record, memoryMb }: CallResult): readonly string[] {
  const { counters = {}, memoryGrowthMb } = scenario.expect;
  const wrong = Object.entries(counters)
    .map(([name, expected]) => ({ name, expected, found: record?.counters[name] ?? 0 }))
    .filter(({ expected, found }) => found !== expected)
    .map(({ name, expected, found }) => `The server counted ${name} ${found}, not ${expected}.`);
  const growth = memoryGrowth(memoryMb);
  if (memoryGrowthMb === undefined || (growth !== null && growth <= memoryGrowthMb)) return wrong;
  const found = growth === null ? 'is not known' : `grew by ${growth} MB`;
  return [
    ...wrong,
    `The server's memory ${found} after turn ${SETTLED_TURN}; at most ${memoryGrowthMb} MB is allowed.`,
  ];
}

/** From the tenth reply to the last, in MB; null with too few readings. */
export function memoryGrowth(memoryMb: readonly number[]): number | null {
  const settled = memoryMb.slice(SETTLED_TURN);
  if (settled.length < 2 * READINGS) return null;
  const growth = median(settled.slice(-READINGS)) - median(settled.slice(0, READINGS));
  return Math.round(growth * 10) / 10;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function missing(
  what: string,
  text: string | null | undefined,
  patterns: readonly string[],
): readonly string[] {
  const found = text ?? '';
  return patterns
    .filter((pattern) => !containsPattern(found, pattern))
    .map((pattern) => `${what} ${quote(found)} does not contain ${pattern}.`);
}

/** A measurement whose moments are out of order is worth nothing, so it fails the run. */
function orderFailures(turns: readonly CallTurn[], durationMs: number): readonly string[] {
  const moments = turns.flatMap(({ utterance, replyStartMs, responseMs }) => [
    utterance.startedMs,
    ...(utterance.spokenMs === null ? [] : [utterance.spokenMs]),
    ...(responseMs === null || replyStartMs === null ? [] : [replyStartMs]),
  ]);
  const ordered = [...moments, durationMs].every(
    (at, index, all) => index === 0 || at >= (all[index - 1] ?? 0),
  );
  return ordered ? [] : ['The measured moments of the call are not in order.'];
}
