// What the calls of recorded people came to, by agent, and whether the bounds hold over the agents that ask questions.
import type { CallResult } from '../../../src/simulator/call-result.ts';
import { buildReport, type CallReport, type Report } from '../../../src/simulator/report.ts';
import { benchMachine, type BenchMachine } from '../machine.ts';
import type { PeopleOptions } from './arguments.ts';
import type { HeardWrongly } from './hearing.ts';
import { kindOf, type Plan } from './plans.ts';
import { slowTurnsOf, stageFigures, type SlowTurn, type StageFigures } from './slow-turns.ts';

/** What the demo promises with recorded people, who answer questions. */
export const BOUNDS_MS = { p50: 450, p95: 800 };

export interface MadeCall {
  readonly agent: string;
  readonly result: CallResult;
}

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
  readonly questions: AgentFigures;
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
  const agents = [...new Set(made.map(({ agent }) => agent))];
  const ofKind = (kind: Plan['kind']): readonly MadeCall[] =>
    made.filter(({ agent }) => kindOf(agent) === kind);
  const questions = ofKind('questions');
  const { calls } = reportOf(questions);
  return {
    machine: benchMachine(),
    audio,
    rounds,
    seed,
    agents: Object.fromEntries(
      agents.map((agent) => [agent, agentFigures(made.filter((call) => call.agent === agent))]),
    ),
    questions: agentFigures(questions),
    statements: agentFigures(ofKind('statements')),
    stagesMs: stageFigures(calls),
    slow: slowTurnsOf(calls, BOUNDS_MS.p95),
    ...heard,
    calls: reportOf(made).calls,
  };
}

export const reportOf = (made: readonly MadeCall[]): Report =>
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

/**
 * Every turn answered, and the answers to questions in time; calls that went another way than planned are told, and are no
 * fault of the line.
 */
export function keepsBounds({
  questions,
  statements,
}: Pick<PeopleFigures, 'questions' | 'statements'>): boolean {
  const { turns, responseMs } = questions;
  const allAnswered = [questions, statements].every((figures) => figures.answered === figures.turns);
  return turns > 0 && allAnswered && responseMs.p50 <= BOUNDS_MS.p50 && responseMs.p95 <= BOUNDS_MS.p95;
}
