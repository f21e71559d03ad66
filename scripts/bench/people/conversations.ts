// What the recorded people say to which agent: the same calls for the same seed and the same folder.
import type { PreparedStep } from '../../../src/simulator/caller-audio.ts';
import { scenarioSchema, type Scenario } from '../../../src/simulator/scenario.ts';
import type { Random } from '../capacity/random.ts';
import { spokenClip, TOPICS, type RecordedLine, type Topic } from './recorded-lines.ts';

export interface PlannedCall {
  readonly agent: string;
  readonly scenario: Scenario;
  readonly steps: readonly PreparedStep[];
}

interface Plan {
  readonly agent: string;
  /** Whom the caller is, in order: a topic and what the reply must contain. */
  readonly lines: readonly (readonly [Topic, string])[];
  readonly result: string | null;
}

/** The texts are those of config/agents. */
const PLANS: readonly Plan[] = [
  {
    agent: 'front-desk',
    lines: [
      ['book', 'What day'],
      ['day', 'What time'],
      ['time', 'phone number'],
      ['phone-number', 'Is that right'],
      ['yes', 'that is booked'],
      ['no', 'Goodbye'],
    ],
    result: 'booked',
  },
  {
    agent: 'survey',
    lines: [
      ['yes', 'how friendly'],
      ['rating', 'waiting time'],
      ['rating', 'recommend'],
      ['rating', 'Last question'],
      ['sentence', 'Thank you very much'],
    ],
    result: 'completed',
  },
  { agent: 'appointment-reminder', lines: [['yes', 'Goodbye']], result: 'confirmed' },
  {
    agent: 'echo-test',
    lines: Array.from({ length: 10 }, () => ['sentence', 'You said'] as const),
    result: null,
  },
];

/** A room with a little noise in it. */
const LINE = { noiseDbfs: -60 };

/** Hands out recordings in an order of its own, each once before any comes again. */
export class LineUp {
  readonly #folder: string;
  readonly #random: Random;
  /** Shrinks by what turns out to be of no use. */
  readonly #lines: Map<Topic, readonly RecordedLine[]>;
  readonly #waiting = new Map<Topic, readonly RecordedLine[]>();

  constructor(folder: string, lines: readonly RecordedLine[], random: Random) {
    this.#folder = folder;
    this.#random = random;
    this.#lines = new Map(TOPICS.map((topic) => [topic, lines.filter((line) => line.topic === topic)]));
  }

  /** Topics that nobody says anything about. */
  get missing(): readonly Topic[] {
    return TOPICS.filter((topic) => this.#linesOf(topic).length === 0);
  }

  /** Null when not one recording of the topic can be used. */
  next(topic: Topic, expect: string): PreparedStep | null {
    while (this.#linesOf(topic).length > 0) {
      const line = this.#take(topic);
      const clip = spokenClip(this.#folder, line);
      if (clip !== null)
        return { kind: 'speak', said: line.words, clip, interruptMs: null, expect: [expect] };
      this.#lines.set(
        topic,
        this.#linesOf(topic).filter((other) => other !== line),
      );
    }
    return null;
  }

  #linesOf(topic: Topic): readonly RecordedLine[] {
    return this.#lines.get(topic) ?? [];
  }

  #take(topic: Topic): RecordedLine {
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

/** One call to each agent, with whoever is next. */
export function roundOfCalls(lineUp: LineUp, round: number): readonly PlannedCall[] {
  return PLANS.map(({ agent, lines, result }) => {
    const steps = lines.flatMap(([topic, expect]) => lineUp.next(topic, expect) ?? []);
    return { agent, scenario: scenarioOf(agent, round, result), steps };
  });
}

function scenarioOf(agent: string, round: number, result: string | null): Scenario {
  const parsed = scenarioSchema.parse({
    name: `${agent}-${round + 1}`,
    agent,
    caller: { line: { ...LINE, seed: round + 1 } },
    // The steps are prepared already: the schema only wants one.
    steps: [{ say: agent }],
    ...(result === null ? {} : { expect: { result } }),
  });
  return { ...parsed, folder: '.' };
}
