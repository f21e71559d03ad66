// Phrases with the slips of speech recognition, what is accepted everywhere, and how long understanding takes.
import { describe, expect, it } from 'vitest';
import { startOf } from '../../../src/dialogue/flow-run.ts';
import { loadAgents } from '../../../src/responders/agents.ts';
import { matchPhrase } from '../../../src/responders/understanding/phrases.ts';
import { understand } from '../../../src/responders/understanding/understand.ts';
import { warmUnderstanding } from '../../../src/responders/understanding/warm.ts';
import { AGENTS_FOLDER, FIXED_DATE } from '../../support/conversation.ts';

const agents = loadAgents(AGENTS_FOLDER);
const at = { now: FIXED_DATE, timezone: 'America/New_York', country: 'US' } as const;

function meant(name: string, step: string, text: string): string {
  const agent = agents.get(name)!;
  const understood = understand(text, agent.flow, { ...startOf(agent.flow, {}).state, step }, at);
  if (understood.kind === 'option' || understood.kind === 'anywhere')
    return `${understood.kind} ${understood.name}`;
  return understood.kind === 'value' ? `value ${understood.value.plain}` : understood.kind;
}

describe('phrases', () => {
  it.each<[string, string]>([
    ['opening ours', 'option hours'],
    ['What are your opening hours?', 'option hours'],
    ['When are you open?', 'option hours'],
    ['opening our', 'option hours'],
    ['hours please', 'option hours'],
    ['What time do you close today', 'option hours'],
    ["I'd like to book an appointment.", 'option book'],
    ['I want to make a pointment', 'option book'],
    ['make an apointment', 'option book'],
    ['I need to see the doctor', 'option book'],
    ['appointments', 'option book'],
    ['leave a massage', 'option message'],
    ['Can I leave a message for the doctor?', 'option message'],
    ['can you take a message', 'option message'],
    ['Goodbye.', 'anywhere goodbye'],
    ['good bye', 'anywhere goodbye'],
    ['Bye-bye!', 'anywhere goodbye'],
    ['okay bye', 'anywhere goodbye'],
    ['say that again please', 'anywhere repeat'],
    ['Could you repeat that?', 'anywhere repeat'],
    ['I want to speak to a person', 'anywhere operator'],
    ['Can I book an appointment before you say goodbye?', 'option book'],
    ['um', 'nothing'],
    ['mm-hm', 'nothing'],
    ['hmm.', 'nothing'],
    ['', 'nothing'],
    ['the weather is nice', 'nothing'],
    ['a nice cook', 'nothing'],
  ])('at the menu understands %j', (text, expected) => {
    expect(meant('front-desk', 'menu', text)).toBe(expected);
  });

  it.each<[string, string, string, string]>([
    ['front-desk', 'booked', 'No, thank you.', 'option done'],
    ['front-desk', 'booked', "that's all thanks", 'option done'],
    ['front-desk', 'booked', 'I am good', 'option done'],
    ['front-desk', 'booked', 'yes please', 'option more'],
    ['front-desk', 'booked', 'Yes, I would like to leave a message.', 'option message'],
    ['front-desk', 'confirm', 'mm-hm', 'yes'],
    ['front-desk', 'confirm', 'Yes, goodbye.', 'anywhere goodbye'],
    [
      'front-desk',
      'message-text',
      'Tell him goodbye from me and my sister',
      'value Tell him goodbye from me and my sister',
    ],
    ['front-desk', 'message-text', 'bye', 'anywhere goodbye'],
    ['front-desk', 'message-name', 'goodbye', 'anywhere goodbye'],
    ['front-desk', 'book-time', 'operator', 'anywhere operator'],
    ['front-desk', 'book-date', 'yesterday', 'refused'],
    ['survey', 'service', 'please stop calling me', 'anywhere opt-out'],
    ['survey', 'comment', 'Take me off your list, please.', 'anywhere opt-out'],
    [
      'survey',
      'comment',
      'The staff kept calling the wrong name all the time',
      'value The staff kept calling the wrong name all the time',
    ],
    ['appointment-reminder', 'ask', 'no I cannot come', 'option decline'],
    ['appointment-reminder', 'ask', 'Please cancel my appointment', 'option cancel'],
    ['appointment-reminder', 'ask', 'yeah', 'option confirm'],
    ['appointment-reminder', 'ask', 'can I reschedule', 'option move'],
  ])('%s at %s understands %j', (agent, step, text, expected) => {
    expect(meant(agent, step, text)).toBe(expected);
  });

  it('prefers the longest wording and measures how much of the sentence it covers', () => {
    const options = [
      { name: 'short', wordings: ['number'] },
      { name: 'long', wordings: ['wrong number'] },
    ];
    expect(matchPhrase('that is the wrong number', options)).toMatchObject({ name: 'long', coverage: 2 / 3 });
    expect(matchPhrase('the number of the blue house', options)).toMatchObject({
      name: 'short',
      coverage: 1 / 3,
    });
    expect(matchPhrase('something else', options)).toBeNull();
  });
});

describe('speed', () => {
  it('understands a sentence within a few milliseconds once warm', () => {
    expect(warmUnderstanding()).toBeGreaterThanOrEqual(0);
    const sentences: readonly [string, string][] = [
      ['menu', "I'd like to book an appointment for next Tuesday at half past three please"],
      ['confirm', 'No, the number is wrong, it is five five five, oh one nine nine.'],
      ['message-name', 'it would be for my daughter Emma'],
      ['book-date', 'Thursday the third of December at four p.m.'],
    ];
    const timesMs: number[] = [];
    for (let round = 0; round < 25; round += 1) {
      for (const [step, text] of sentences) {
        const startMs = performance.now();
        meant('front-desk', step, text);
        timesMs.push(performance.now() - startMs);
      }
    }
    const median = timesMs.sort((a, b) => a - b)[timesMs.length >> 1]!;
    expect(median).toBeLessThan(10);
  });
});
