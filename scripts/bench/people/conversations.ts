// Who says what in which call: the same calls for the same seed and the same folder.
import type { PreparedStep } from '../../../src/simulator/caller-audio.ts';
import { scenarioSchema, type Scenario } from '../../../src/simulator/scenario.ts';
import type { Random } from '../capacity/random.ts';
import { PLANS, type Plan } from './plans.ts';
import { TOPICS, type Topic, type UsableLine } from './recorded-lines.ts';

export interface PlannedCall {
  readonly agent: string;
  readonly scenario: Scenario;
  readonly steps: readonly PreparedStep[];
}

/** A room with a little noise in it. */
export const LINE = { noiseDbfs: -60 };

/** Hands out recordings in an order of its own, each once before any comes again. */
export class LineUp {
  readonly #random: Random;
  readonly #lines: ReadonlyMap<Topic, readonly UsableLine[]>;
  readonly #waiting = new Map<Topic, readonly UsableLine[]>();

  constructor(lines: readonly UsableLine[], random: Random) {
    this.#random = random;
    this.#lines = new Map(TOPICS.map((topic) => [topic, lines.filter((line) => line.topic === topic)]));
  }

  /** Null when there is no recording of the topic. */
  next(topic: Topic, expect: string): PreparedStep | null {
    if (this.#linesOf(topic).length === 0) return null;
    const { words, clip } = this.#take(topic);
    return { kind: 'speak', said: words, clip, interruptMs: null, expect: [expect] };
  }

  #linesOf(topic: Topic): readonly UsableLine[] {
    return this.#lines.get(topic) ?? [];
  }

  #take(topic: Topic): UsableLine {
    const left = this.#waiting.get(topic) ?? [];
    const waiting = left.length === 0 ? this.#linesOf(topic) : left;
    const line = this.#random.pick(waiting);
    this.#waiting.set(
      topic,
      waiting.filter((other) => other !== line),
    );
    return line;
  }
}

/** The calls of a round to every agent, with whoever is next. */
export function roundOfCalls(lineUp: LineUp, round: number): readonly PlannedCall[] {
  return PLANS.flatMap((plan) =>
    Array.from({ length: plan.callsPerRound }, (_, index) =>
      plannedCall(lineUp, plan, round * plan.callsPerRound + index),
    ),
  );
}

function plannedCall(lineUp: LineUp, { agent, lines, result }: Plan, call: number): PlannedCall {
  const steps = lines.flatMap(([topic, expect]) => lineUp.next(topic, expect) ?? []);
  return { agent, scenario: scenarioOf(agent, call, result), steps };
}

function scenarioOf(agent: string, call: number, result: string | null): Scenario {
  const parsed = scenarioSchema.parse({
    name: `${agent}-${call + 1}`,
    agent,
    caller: { line: { ...LINE, seed: call + 1 } },
    // The steps are prepared already: the schema only wants one.
    steps: [{ say: agent }],
    ...(result === null ? {} : { expect: { result } }),
  });
  return { ...parsed, folder: '.' };
}
