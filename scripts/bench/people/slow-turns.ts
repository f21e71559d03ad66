// Where the time of an answer went, by the server's own stages, and what made the slow ones slow.
import type { CallReport } from '../../../src/simulator/report.ts';
import { percentile } from '../percentiles.ts';

type Turn = CallReport['turns'][number];

/**
 * Milliseconds by stage. `line` is what the wire shows beyond the server's stages: the caller's last sound until the last
 * window that the detector took for speech, the way there and back, and the silence before the reply's first sound.
 */
export type Stages = Readonly<Record<string, number>>;
export type StageFigures = Readonly<Record<string, { readonly p50: number; readonly p95: number }>>;

export interface SlowTurn {
  readonly call: string;
  readonly said: string | null;
  readonly heard: string;
  readonly responseMs: number;
  /** More than 1: a pause inside the answer was taken for its end. */
  readonly parts: number;
  readonly stagesMs: Stages;
  /** The stage that took the most beyond its own median, and by how much; null when the server has no record of the turn. */
  readonly slowest: { readonly stage: string; readonly beyondMedianMs: number } | null;
}

export function stagesOf({ responseMs, stagesMs }: Pick<Turn, 'responseMs' | 'stagesMs'>): Stages {
  if (responseMs === null || stagesMs === null) return {};
  const server = Object.values(stagesMs).reduce((sum, stageMs) => sum + stageMs, 0);
  return { ...stagesMs, line: responseMs - server };
}

export function stageFigures(calls: readonly CallReport[]): StageFigures {
  const all = calls.flatMap(({ turns }) => turns.map(stagesOf));
  const names = [...new Set(all.flatMap((stages) => Object.keys(stages)))];
  return Object.fromEntries(
    names.map((name) => {
      const values = all.flatMap((stages) => stages[name] ?? []);
      return [name, { p50: rounded(percentile(values, 0.5)), p95: rounded(percentile(values, 0.95)) }];
    }),
  );
}

/** The slowest first. */
export function slowTurnsOf(calls: readonly CallReport[], limitMs: number): readonly SlowTurn[] {
  const usual = stageFigures(calls);
  return calls
    .flatMap(({ scenario, turns }) =>
      turns.flatMap((turn) => slowTurn(scenario, turn, { usual, limitMs }) ?? []),
    )
    .sort((a, b) => b.responseMs - a.responseMs);
}

function slowTurn(
  call: string,
  turn: Turn,
  { usual, limitMs }: { readonly usual: StageFigures; readonly limitMs: number },
): SlowTurn | null {
  const { said, heard, responseMs, parts } = turn;
  if (responseMs === null || responseMs <= limitMs) return null;
  const stages = stagesOf(turn);
  const stagesMs = Object.fromEntries(Object.entries(stages).map(([name, value]) => [name, rounded(value)]));
  const beyond = Object.entries(stages).map(([stage, value]) => ({
    stage,
    beyondMedianMs: rounded(value - (usual[stage]?.p50 ?? 0)),
  }));
  const slowest = beyond.sort((a, b) => b.beyondMedianMs - a.beyondMedianMs)[0] ?? null;
  return { call, said, heard, responseMs, parts, stagesMs, slowest };
}

const rounded = (value: number): number => Math.round(value);
