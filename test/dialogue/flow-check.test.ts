// The check of a flow by itself: slots that are certain on every way, and faults that a file cannot show alone.
import { describe, expect, it } from 'vitest';
import { checkFlow } from '../../src/dialogue/flow-check.ts';
import { certainSlots } from '../../src/dialogue/flow-slots.ts';
import { PLAIN_STEP, placesOf, type Answer, type Flow, type Step } from '../../src/dialogue/flow.ts';

function step(name: string, answer: Answer, more: Partial<Step> = {}): Step {
  return {
    name,
    say: 'Say.',
    answer,
    ...PLAIN_STEP,
    reprompts: { say: ['Sorry?'], times: 1 },
    giveUp: 'end',
    ...more,
  };
}

function flowOf(steps: readonly Step[], more: Partial<Flow> = {}): Flow {
  return {
    greeting: 'Hello.',
    start: 'first',
    steps: new Map(steps.map((item) => [item.name, item])),
    anywhere: [],
    silence: { say: ['Hello?'], times: 1 },
    goodbye: 'end',
    variables: { who: 'you' },
    ...more,
  };
}

const end = step('end', { kind: 'end', outcome: 'done' });
const askName: Answer = { kind: 'name', into: 'name', go: 'second' };

describe('certain slots', () => {
  it('are those filled on every way to a step', () => {
    const flow = flowOf([
      step('first', askName, { giveUp: 'second' }),
      step('second', { kind: 'date', into: 'day', go: 'third', withinDays: 9 }),
      step('third', { kind: 'none', go: 'fourth' }, { set: { seen: 'yes' } }),
      step('fourth', { kind: 'none', go: 'end' }, { clear: ['day'] }),
      end,
    ]);
    const certain = certainSlots(flow);
    const names = (name: string): string[] => [...(certain.get(name) ?? [])].sort();
    expect(names('first')).toEqual(['who']);
    expect(names('second')).toEqual(['who']);
    expect(names('third')).toEqual(['day', 'seen', 'who']);
    expect(names('fourth')).toEqual(['seen', 'who']);
    expect(names('end')).toEqual(['who']);
  });

  it('trust what a step needs', () => {
    const guarded = step(
      'end',
      { kind: 'end', outcome: 'x' },
      { needs: ['name'], otherwise: 'bye', say: '{{name}}' },
    );
    const bye = step('bye', { kind: 'end', outcome: 'y' });
    const steps = [step('first', askName), step('second', { kind: 'none', go: 'end' }), guarded, bye];
    expect(checkFlow(flowOf(steps))).toEqual([]);
  });
});

describe('the check', () => {
  it('follows a circle through "otherwise"', () => {
    const steps = [
      step('first', { kind: 'none', go: 'second' }),
      step('second', { kind: 'none', go: 'end' }, { needs: ['x'], otherwise: 'first' }),
      step('third', { kind: 'none', go: 'end' }, { set: { x: 'y' } }),
      end,
    ];
    const faults = checkFlow(flowOf(steps)).map((fault) => fault.path.join('.'));
    expect(faults).toEqual(['steps.third', 'steps.first.go', 'steps.second.go']);
  });

  it('does not take a goodbye that may ask for one that ends', () => {
    const maybe = step('maybe', { kind: 'end', outcome: 'x' }, { needs: ['name'], otherwise: 'first' });
    const flow = flowOf([step('first', askName), step('second', { kind: 'none', go: 'maybe' }), maybe, end], {
      goodbye: 'maybe',
    });
    expect(checkFlow(flow).map((fault) => fault.path.join('.'))).toEqual(['goodbye']);
  });

  it('finds the places of a text', () => {
    expect(placesOf('{{a}} and {{ b-c }} but not {d} or {{}}')).toEqual(['a', 'b-c', '']);
  });
});
