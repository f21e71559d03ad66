// What machines say, and what people say who pick up.
import { describe, expect, it } from 'vitest';
import { isMachineGreeting } from '../../src/dialogue/machine-greeting.ts';

describe('the greeting of a machine', () => {
  it.each([
    'Hi, you have reached Anna. Please leave a message after the tone.',
    "I can't take your call right now.",
    'Please leave your name and number after the beep.',
    'The person you are calling is not available.',
    'This is the voicemail of five five five.',
    "Sorry, I'm not here. I will get back to you.",
    'At the tone, please record your message.',
    'Your call has been forwarded to an automatic voice mail system.',
  ])('is known: %s', (text) => {
    expect(isMachineGreeting(text)).toBe(true);
  });

  it.each([
    'Yes, this is Anna.',
    'Who is this?',
    'I would like to change my appointment.',
    'Can you call me on Friday?',
    'What do you want?',
    'I am here, go on.',
    'That is not possible.',
    'Not today, thank you.',
  ])('is not taken for one: %s', (text) => {
    expect(isMachineGreeting(text)).toBe(false);
  });
});
