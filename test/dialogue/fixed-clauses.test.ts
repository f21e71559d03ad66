// Which clauses of a flow are fixed: those around a place, behind a question, on every way through it.
import { describe, expect, it } from 'vitest';
import { fixedClausesOf } from '../../src/dialogue/fixed-clauses.ts';
import { PLAIN_STEP, type Answer, type Flow, type Step } from '../../src/dialogue/flow.ts';

function step(name: string, say: string, answer: Answer, more: Partial<Step> = {}): [string, Step] {
  const reprompts = { say: ['Pardon me? {{question}}', 'Sorry, {{day}} again.'], times: 2 };
  return [name, { name, say, answer, ...PLAIN_STEP, reprompts, giveUp: 'end', ...more }];
}

const end: Answer = { kind: 'end', outcome: 'over' };

function flowOf(steps: [string, Step][], more: Partial<Flow> = {}): Flow {
  return {
    greeting: 'Hello and welcome.',
    start: steps[0]![0],
    steps: new Map(steps),
    anywhere: [],
    silence: { say: ['Are you there?'], times: 1 },
    goodbye: 'end',
    variables: {},
    ...more,
  };
}

describe('the fixed clauses of a flow', () => {
  it('are those that no value changes, and those of the file’s own values', () => {
    const flow = flowOf(
      [
        step(
          'day',
          'Dear {{who}}, we open today. Which day suits you?',
          { kind: 'date', into: 'day', go: 'end', withinDays: 9 },
          { again: 'Which day?' },
        ),
        step('end', 'So {{day}}. Thank you and goodbye.', end),
      ],
      { variables: { who: 'friend' } },
    );
    expect(new Set(fixedClausesOf(flow, () => ['Not then, not ever.']))).toEqual(
      new Set([
        'Hello and welcome.',
        'Dear friend, we open today.',
        // Behind a name of three words and more.
        'we open today.',
        'Which day suits you?',
        'Thank you and goodbye.',
        'Pardon me?',
        'Which day?',
        'Are you there?',
        'Not then, not ever.',
      ]),
    );
  });

  it('follow steps that are passed over: filled ahead, or in want of something', () => {
    const flow = flowOf([
      step('ask', 'May I help?', { kind: 'yes-no', into: null, yes: 'day', no: 'end' }, { also: ['day'] }),
      step('day', 'Which day is it?', { kind: 'date', into: 'day', go: 'so', withinDays: 9 }),
      step('so', 'Sure.', { kind: 'none', go: 'end' }),
      step('end', 'Your day is booked.', end, { needs: ['day'], otherwise: 'bye' }),
      step('bye', 'We say goodbye.', end),
    ]);
    // A sentence of one word is said together with the next one.
    expect(fixedClausesOf(flow, () => [])).toEqual(
      expect.arrayContaining(['Sure. Your day is booked.', 'Sure. We say goodbye.', 'Your day is booked.']),
    );
  });

  it('of a flow with more ways than anybody can walk are found in a moment', () => {
    const wide = Array.from({ length: 60 }, (_, index) =>
      step(
        `s${index}`,
        `Sentence number ${index}.`,
        index === 59 ? end : { kind: 'none', go: `s${index + 1}` },
        { needs: ['x'], otherwise: index < 57 ? `s${index + 2}` : 's59' },
      ),
    );
    const ask = step('ask', 'May I go on?', { kind: 'yes-no', into: null, yes: 's0', no: 's1' });
    const flow = flowOf([ask, ...wide], { goodbye: 's59' });
    expect(fixedClausesOf(flow, () => [])).toContain('May I go on?');
  });
});
