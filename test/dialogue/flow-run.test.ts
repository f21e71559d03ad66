// The flow interpreter on a small flow: ways, corrections, reprompts, silence, and that it changes nothing it is given.
import { describe, expect, it } from 'vitest';
import { checkFlow } from '../../src/dialogue/flow-check.ts';
import { advance, promptSilence, startOf } from '../../src/dialogue/flow-run.ts';
import {
  PLAIN_STEP,
  type Answer,
  type Flow,
  type FlowState,
  type SlotValue,
  type Step,
  type Understood,
} from '../../src/dialogue/flow.ts';

function step(name: string, say: string, answer: Answer, more: Partial<Step> = {}): [string, Step] {
  const reprompts = { say: ['Again? {{question}}'], times: 2 };
  return [name, { name, say, answer, ...PLAIN_STEP, reprompts, giveUp: 'end', ...more }];
}

const time = { earliest: 8, latest: 19 };
const FLOW: Flow = {
  greeting: 'Hello {{who}}.',
  start: 'day',
  steps: new Map([
    step('day', 'Which day?', { kind: 'date', into: 'day', go: 'time', withinDays: 99 }, { also: ['time'] }),
    step('time', 'What time?', { kind: 'time', into: 'time', go: 'check', ...time }),
    step(
      'check',
      '{{day}} at {{time}}?',
      { kind: 'yes-no', into: null, yes: 'thanks', no: 'day' },
      { corrects: ['day', 'time'] },
    ),
    step('thanks', 'Thanks.', { kind: 'none', go: 'end' }, { set: { booked: 'yes' } }),
    step(
      'end',
      'Booked {{day}}.',
      { kind: 'end', outcome: 'booked' },
      { needs: ['booked', 'day'], otherwise: 'bye' },
    ),
    step('bye', 'Bye.', { kind: 'end', outcome: 'nothing' }),
  ]),
  anywhere: [
    { name: 'bye', wordings: ['bye'], go: 'end' },
    { name: 'repeat', wordings: ['repeat'], go: null },
  ],
  silence: { say: ['Hello?', 'Still there? {{question}}'], times: 3 },
  goodbye: 'end',
  variables: { who: 'you' },
};

const value = (kind: SlotValue['kind'], plain: string): SlotValue => ({ kind, plain, spoken: `<${plain}>` });
const day: Understood = { kind: 'value', value: value('date', 'D1'), also: [] };
const dayAndTime: Understood = { ...day, also: [{ slot: 'time', value: value('time', 'T1') }] };

function after(...answers: Understood[]): FlowState {
  return answers.reduce(
    (state, understood) => advance(FLOW, state, understood).state,
    startOf(FLOW, {}).state,
  );
}

describe('the flow interpreter', () => {
  it('is a good flow', () => {
    expect(checkFlow(FLOW)).toEqual([]);
  });

  it('greets with the variables of the call before those of the file', () => {
    expect(startOf(FLOW, {}).say).toEqual(['Hello you.', 'Which day?']);
    const turn = startOf(FLOW, { who: 'Violet' });
    expect(turn).toMatchObject({ say: ['Hello Violet.', 'Which day?'], end: null, expect: { kind: 'date' } });
  });

  it('goes from step to step to an end', () => {
    const asked = advance(FLOW, after(day), { kind: 'value', value: value('time', 'T2'), also: [] });
    expect(asked.say).toEqual(['<D1> at <T2>?']);
    const ended = advance(FLOW, asked.state, { kind: 'yes' });
    expect(ended).toMatchObject({ say: ['Thanks.', 'Booked <D1>.'], end: 'booked', expect: { phrases: [] } });
  });

  it('passes over a question that was answered along the way, once', () => {
    expect(advance(FLOW, startOf(FLOW, {}).state, dayAndTime).say).toEqual(['<D1> at <T1>?']);
    const again = advance(FLOW, after(dayAndTime), { kind: 'no' });
    expect(again.say).toEqual(['Which day?']);
    expect(advance(FLOW, again.state, day).say).toEqual(['What time?']);
  });

  it('corrects slots in place and asks the confirmation again', () => {
    const fills = [{ slot: 'time', value: value('time', 'T9') }];
    expect(advance(FLOW, after(dayAndTime), { kind: 'corrections', fills }).say).toEqual(['<D1> at <T9>?']);
  });

  it('asks for a slot that is wrong and comes back', () => {
    const asked = advance(FLOW, after(dayAndTime), { kind: 'wrong', slot: 'day' });
    expect(asked.say).toEqual(['Which day?']);
    const missed = advance(FLOW, asked.state, { kind: 'nothing' });
    const back = advance(FLOW, missed.state, { kind: 'value', value: value('date', 'D2'), also: [] });
    expect(back.say).toEqual(['<D2> at <T1>?']);
    expect(back.state.back).toBeNull();
  });

  it('reprompts, says why, repeats, and gives up', () => {
    const first = advance(FLOW, startOf(FLOW, {}).state, { kind: 'nothing' });
    expect(first.say).toEqual(['Again? Which day?']);
    const second = advance(FLOW, first.state, { kind: 'refused', reason: 'Too late.' });
    expect(second.say).toEqual(['Too late. Which day?']);
    const repeated = advance(FLOW, second.state, { kind: 'anywhere', name: 'repeat' });
    expect(repeated).toMatchObject({ say: ['Which day?'], state: { misses: 2 } });
    expect(advance(FLOW, repeated.state, { kind: 'nothing' })).toMatchObject({
      say: ['Bye.'],
      end: 'nothing',
    });
  });

  it('takes an answer that does not fit the question as not understood', () => {
    const start = startOf(FLOW, {}).state;
    const odd: Understood[] = [
      { kind: 'yes' },
      { kind: 'option', name: 'x', spoken: 'x', also: [] },
      { kind: 'value', value: value('time', 'T1'), also: [] },
      { kind: 'anywhere', name: 'x' },
      { kind: 'wrong', slot: 'x' },
    ];
    for (const understood of odd) {
      expect(advance(FLOW, start, understood)).toMatchObject({
        say: ['Again? Which day?'],
        state: { slots: start.slots },
      });
    }
  });

  it('goes to an end by what is accepted everywhere, saying only what is so', () => {
    expect(advance(FLOW, after(day), { kind: 'anywhere', name: 'bye' })).toMatchObject({
      say: ['Bye.'],
      end: 'nothing',
    });
  });

  it('prompts silences, repeating the last prompt, and then says goodbye', () => {
    const state = after(day);
    expect([1, 2, 3].map((count) => promptSilence(FLOW, state, count).say)).toEqual([
      ['Hello?'],
      ['Still there? What time?'],
      ['Still there? What time?'],
    ]);
    expect(promptSilence(FLOW, state, 4)).toMatchObject({ say: ['Bye.'], end: 'nothing' });
    expect(promptSilence(FLOW, state, 2).state).toEqual(state);
  });
});
