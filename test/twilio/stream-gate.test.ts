// Which message passes in which state, and that no order of messages moves the gate wrongly.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mulaw8k } from '../../src/audio/units.ts';
import type { ParsedMessage, TwilioMessage } from '../../src/twilio/codec.ts';
import { gateStep, WAITING, type GateOutput, type GateState } from '../../src/twilio/stream-gate.ts';

const audio = mulaw8k(new Uint8Array(160));
const MESSAGES = {
  connected: { type: 'connected' },
  start: { type: 'start', streamSid: 'MZ1', callSid: 'CA1', accountSid: 'AC1', customParameters: {} },
  media: { type: 'media', streamSid: 'MZ1', timestampMs: 171, audio },
  otherMedia: { type: 'media', streamSid: 'MZ2', timestampMs: 171, audio },
  dtmf: { type: 'dtmf', streamSid: 'MZ1', digit: '#' },
  mark: { type: 'mark', streamSid: 'MZ1', name: '1:0' },
  otherMark: { type: 'mark', streamSid: 'MZ2', name: '1:0' },
  stop: { type: 'stop', streamSid: 'MZ1' },
  otherStop: { type: 'stop', streamSid: 'MZ2' },
} as const satisfies Record<string, TwilioMessage>;
type Name = keyof typeof MESSAGES;

function run(...names: readonly Name[]): { state: GateState; outputs: GateOutput[] } {
  let state: GateState = WAITING;
  const outputs: GateOutput[] = [];
  for (const name of names) {
    const [next, output] = gateStep(state, { ok: true, message: MESSAGES[name] });
    state = next;
    outputs.push(output);
  }
  return { state, outputs };
}
const words = (outputs: readonly GateOutput[]): string[] =>
  outputs.map((output) => {
    if (output.type === 'ignored') return output.reason;
    return output.type === 'event' ? output.event.type : output.type;
  });

describe('the stream gate', () => {
  it('lets a usual call through', () => {
    const { state, outputs } = run('connected', 'start', 'media', 'mark', 'dtmf', 'stop');
    expect(outputs).toEqual([
      { type: 'nothing' },
      { type: 'start', start: MESSAGES.start },
      { type: 'event', event: { type: 'media', at: 171, audio } },
      { type: 'event', event: { type: 'mark', name: '1:0' } },
      { type: 'event', event: { type: 'dtmf', digit: '#' } },
      { type: 'event', event: { type: 'closed', reason: 'stop' } },
    ]);
    expect(state).toEqual({ kind: 'over' });
  });

  it.each<[string, Name[], string[]]>([
    ['anything before start', ['media', 'mark', 'stop', 'dtmf'], Array<string>(4).fill('before-start')],
    ['start without connected', ['start', 'media'], ['start', 'media']],
    ['a second connected', ['start', 'connected', 'media'], ['start', 'duplicate-connected', 'media']],
    ['a second start', ['start', 'start', 'media'], ['start', 'duplicate-start', 'media']],
    [
      'another stream',
      ['start', 'otherMedia', 'otherMark', 'otherStop', 'media'],
      ['start', 'wrong-stream', 'wrong-stream', 'wrong-stream', 'media'],
    ],
    [
      'anything after stop',
      ['start', 'stop', 'stop', 'media', 'start'],
      ['start', 'closed', 'after-stop', 'after-stop', 'after-stop'],
    ],
  ])('handles %s', (_what, names, expected) => {
    expect(words(run(...names).outputs)).toEqual(expected);
  });

  it('names the fault of a text that is no message, in every state', () => {
    const fault: ParsedMessage = { ok: false, code: 'not-json' };
    for (const { state } of [run(), run('start'), run('start', 'stop')]) {
      expect(gateStep(state, fault)).toEqual([state, { type: 'ignored', reason: 'not-json' }]);
    }
  });

  it('starts once and closes once, whatever comes in whatever order', () => {
    const names = fc.array(fc.constantFrom(...(Object.keys(MESSAGES) as Name[])), { maxLength: 40 });
    fc.assert(
      fc.property(names, (order) => {
        const said = words(run(...order).outputs);
        const started = said.indexOf('start');
        const closed = said.indexOf('closed');
        expect(said.filter((word) => word === 'start').length).toBeLessThanOrEqual(1);
        expect(said.filter((word) => word === 'closed').length).toBeLessThanOrEqual(1);
        said.forEach((word, index) => {
          if (['media', 'mark', 'dtmf', 'closed'].includes(word)) {
            expect(started).toBeGreaterThanOrEqual(0);
            expect(index).toBeGreaterThan(started);
            if (closed >= 0) expect(index).toBeLessThanOrEqual(closed);
          }
        });
      }),
    );
  });
});
