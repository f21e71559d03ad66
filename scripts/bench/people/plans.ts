// What the callers of recorded people say to which agent, line by line, and what each reply must contain.
import type { Topic } from './recorded-lines.ts';

export interface Plan {
  readonly agent: string;
  /** `questions`: the agent asks and the caller answers; `statements`: the caller says whatever comes. */
  readonly kind: 'questions' | 'statements';
  readonly callsPerRound: number;
  readonly lines: readonly (readonly [Topic, string])[];
  readonly result: string | null;
}

/** The texts are those of config/agents. A reminder is one answer long, so there are more of them. */
export const PLANS: readonly Plan[] = [
  {
    agent: 'front-desk',
    kind: 'questions',
    callsPerRound: 1,
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
    kind: 'questions',
    callsPerRound: 1,
    lines: [
      ['yes', 'how friendly'],
      ['rating', 'waiting time'],
      ['rating', 'recommend'],
      ['rating', 'Last question'],
      ['comment', 'Thank you very much'],
    ],
    result: 'completed',
  },
  {
    agent: 'appointment-reminder',
    kind: 'questions',
    callsPerRound: 2,
    lines: [['yes', 'Goodbye']],
    result: 'confirmed',
  },
  {
    agent: 'echo-test',
    kind: 'statements',
    callsPerRound: 1,
    lines: Array.from({ length: 3 }, () => ['statement', 'You said'] as const),
    result: null,
  },
];

export const kindOf = (agent: string): Plan['kind'] | null =>
  PLANS.find((plan) => plan.agent === agent)?.kind ?? null;
