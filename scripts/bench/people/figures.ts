// What the calls of recorded people came to, by agent, and whether the bounds hold over the agents that ask questions.
import type { CallResult } from '../../../src/simulator/call-result.ts';
import { containsPattern } from '../../../src/simulator/patterns.ts';
import { buildReport, percentilesOf, type CallReport, type Report } from '../../../src/simulator/report.ts';
import { wordErrorRate, wordErrors } from '../../../src/simulator/word-error-rate.ts';
import { benchMachine, type BenchMachine } from '../machine.ts';
import type { PeopleOptions } from './arguments.ts';
import type { HeardWrongly } from './hearing.ts';
import { kindOf } from './plans.ts';
import { slowTurnsOf, stageFigures, type SlowTurn, type StageFigures } from './slow-turns.ts';

/** What the demo promises with recorded people, who answer questions. */
export const BOUNDS_MS = { p50: 450, p95: 800 };

export interface MadeCall {
  readonly agent: string;
  readonly result: CallResult;
}

type Turn = CallReport['turns'][number];

export interface AgentFigures {
  readonly calls: number;
  readonly turns: number;
  readonly answered: number;
  /** Answers that began before the caller had finished. */
  readonly early: number;
  /** `n` is of answers whose time could be taken. */
  readonly responseMs: Report['summary']['responseMs'] & { readonly n: number };
  readonly wer: number | null;
}

/** The machine's average of running programs over the last minute. */
export interface Load {
  readonly before: number;
  readonly after: number;
}

export interface PeopleFigures {
  readonly machine: BenchMachine;
  readonly load: Load;
  readonly audio: string;
  readonly rounds: number;
  readonly seed: number;
  readonly agents: Readonly<Record<string, AgentFigures>>;
  /** Answers to the question that was asked. */
  readonly questions: AgentFigures;
  /** Answers to a question that the agent did not ask: something before them was not understood. */
  readonly astray: AgentFigures;
  readonly statements: AgentFigures;
  /** Of the answers to questions. */
  readonly stagesMs: StageFigures;
  /** Answers to questions that took longer than the bound of the tail. */
  readonly slow: readonly SlowTurn[];
  readonly heardRightly: number;
  readonly heardWrongly: readonly HeardWrongly[];
  readonly calls: readonly CallReport[];
}

export interface Measured {
  readonly calls: readonly MadeCall[];
  readonly heardRightly: number;
  readonly heardWrongly: readonly HeardWrongly[];
  readonly load: Load;
}

export function figuresOf(options: PeopleOptions, measured: Measured): PeopleFigures {
  const { audio, rounds, seed } = options;
  const { calls: made, ...heard } = measured;
  const turns = made.flatMap(turnsOf);
  const agents = [...new Set(made.map(({ agent }) => agent))];
  const asked = turns.filter(({ agent }) => kindOf(agent) === 'questions');
  const fitting = asked.map(({ call, fitting: own }) => ({ ...call, turns: own }));
  return {
    machine: benchMachine(),
    audio,
    rounds,
    seed,
    agents: Object.fromEntries(
      agents.map((agent) => [agent, figuresFor(callsTo(turns, (other) => other === agent))]),
    ),
    questions: figuresFor(fitting),
    astray: figuresFor(
      asked.flatMap(({ call, astray }) => (astray.length === 0 ? [] : [{ ...call, turns: astray }])),
    ),
    statements: figuresFor(callsTo(turns, (agent) => kindOf(agent) === 'statements')),
    stagesMs: stageFigures(fitting),
    slow: slowTurnsOf(fitting, BOUNDS_MS.p95),
    ...heard,
    calls: turns.map(({ call }) => call),
  };
}

interface SortedCall {
  readonly agent: string;
  readonly call: CallReport;
  /** Up to and with the first turn whose reply was not the one that was to come. */
  readonly fitting: Turn[];
  readonly astray: Turn[];
}

function turnsOf({ agent, result }: MadeCall): SortedCall[] {
  const expected = result.utterances.map(({ expect }) => expect);
  return reportOf([{ agent, result }]).calls.map((call) => ({
    agent,
    call,
    ...sorted(call.turns, expected),
  }));
}

/** `expected` is what the reply to each turn must contain. */
export function sorted(
  turns: readonly Turn[],
  expected: readonly (readonly string[])[],
): Pick<SortedCall, 'fitting' | 'astray'> {
  const first = turns.findIndex(({ replied }, index) =>
    (expected[index] ?? []).some((pattern) => !containsPattern(replied, pattern)),
  );
  const until = first === -1 ? turns.length : first + 1;
  return { fitting: turns.slice(0, until), astray: turns.slice(until) };
}

const callsTo = (calls: readonly SortedCall[], isMeant: (agent: string) => boolean): readonly CallReport[] =>
  calls.flatMap(({ agent, call }) => (isMeant(agent) ? [call] : []));

export const reportOf = (made: readonly MadeCall[]): Report =>
  buildReport(
    made.map(({ result }) => result),
    { readyMs: null, status: null },
  );

function figuresFor(calls: readonly CallReport[]): AgentFigures {
  const turns = calls.flatMap((call) => call.turns);
  const times = turns.flatMap(({ responseMs }) => responseMs ?? []);
  const errors = turns.flatMap(({ said, heard }) => (said === null ? [] : [wordErrors(said, heard)]));
  return {
    calls: calls.length,
    turns: turns.length,
    answered: turns.filter(({ answered }) => answered).length,
    early: turns.filter(({ answered, responseMs }) => answered && responseMs === null).length,
    responseMs: { ...percentilesOf(times), n: times.length },
    wer: wordErrorRate(errors),
  };
}

/**
 * Every turn answered, and in time the answers to the question that was asked. Calls that went astray are told, and are no
 * fault of the line.
 */
export function keepsBounds({
  questions,
  astray,
  statements,
}: Pick<PeopleFigures, 'questions' | 'astray' | 'statements'>): boolean {
  const { turns, responseMs } = questions;
  const allAnswered = [questions, astray, statements].every((figures) => figures.answered === figures.turns);
  return turns > 0 && allAnswered && responseMs.p50 <= BOUNDS_MS.p50 && responseMs.p95 <= BOUNDS_MS.p95;
}
