// People who answer the telephone: what each says to what the agent asked last, and what must come of it.

/** What is said next; null only listens. */
export type Answer = { readonly say: string } | { readonly hangUp: true } | null;

export interface Persona {
  readonly name: string;
  /** Relative to the others. */
  readonly share: number;
  /** The first that fits what the agent has just said; without any the person says nothing. */
  readonly rules: readonly { readonly when: RegExp; readonly answer: Answer }[];
  /** The outcomes that the campaign may give the contact, and the answers that its export must hold. */
  readonly outcomes: readonly string[];
  readonly answers: Readonly<Record<string, (value: string) => boolean>>;
}

const NOT_HEARD = /did not catch|once more|are you still there|can you hear/i;
const CAN_COME = /still come/i;

const is =
  (wanted: string) =>
  (value: string): boolean =>
    value === wanted;
/** A date as YYYY-MM-DD. */
const isTuesday = (value: string): boolean => new Date(`${value}T12:00:00Z`).getUTCDay() === 2;

/** Whom the agent `appointment-reminder` may reach. */
export const REMINDED: readonly Persona[] = [
  {
    name: 'confirms',
    share: 55,
    rules: [
      { when: CAN_COME, answer: { say: 'Yes, I can.' } },
      { when: NOT_HEARD, answer: { say: 'Yes.' } },
    ],
    outcomes: ['completed'],
    answers: { appointment: is('confirmed') },
  },
  {
    name: 'moves',
    share: 15,
    rules: [
      { when: /so that is.*tuesday.*nine a\.?m/i, answer: { say: 'Yes, that is correct.' } },
      { when: /so that is/i, answer: { say: 'No.' } },
      { when: /which day/i, answer: { say: 'Tuesday, please.' } },
      { when: /what time/i, answer: { say: 'Nine in the morning, please.' } },
      { when: /move it or cancel/i, answer: { say: 'I want to move it.' } },
      { when: CAN_COME, answer: { say: 'No, I cannot make it.' } },
    ],
    outcomes: ['completed'],
    answers: { appointment: is('moved'), 'new-date': isTuesday, 'new-time': is('09:00') },
  },
  {
    name: 'cancels',
    share: 10,
    rules: [
      { when: /really cancel|should i cancel/i, answer: { say: 'Yes.' } },
      { when: /move it or cancel/i, answer: { say: 'Please cancel it.' } },
      { when: CAN_COME, answer: { say: 'No, I cannot make it.' } },
    ],
    outcomes: ['completed'],
    answers: { appointment: is('cancelled') },
  },
  {
    name: 'opts out',
    share: 8,
    rules: [
      { when: NOT_HEARD, answer: { say: 'Take me off your list.' } },
      { when: /./, answer: { say: 'Please do not call me again.' } },
    ],
    outcomes: ['opted-out'],
    answers: {},
  },
  {
    name: 'hangs up',
    share: 8,
    rules: [{ when: /./, answer: { hangUp: true } }],
    outcomes: ['hung-up', 'dropped'],
    answers: {},
  },
];

/** The same for the same number between 0 and 1. */
export function personaAt(personas: readonly Persona[], luck: number): Persona {
  const total = personas.reduce((sum, { share }) => sum + share, 0);
  let left = luck * total;
  for (const persona of personas) {
    left -= persona.share;
    if (left < 0) return persona;
  }
  const last = personas.at(-1);
  if (last === undefined) throw new Error('nobody to choose from');
  return last;
}

export function answerTo(persona: Persona, agentSaid: string): Answer {
  return persona.rules.find(({ when }) => when.test(agentSaid))?.answer ?? null;
}
