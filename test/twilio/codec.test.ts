// Twilio's messages as they are on the wire, and everything that only looks like one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mulaw8k } from '../../src/audio/units.ts';
import {
  clearMessage,
  MAX_MESSAGE_CHARS,
  MAX_PAYLOAD_BYTES,
  markMessage,
  mediaMessage,
  parseTwilioMessage,
} from '../../src/twilio/codec.ts';

const CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}';
const START =
  '{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{}},"streamSid":"MZ1"}';
const DTMF =
  '{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"1"}}';
const MARK = '{"event":"mark","sequenceNumber":"3","streamSid":"MZ1","mark":{"name":"my-label"}}';
const STOP =
  '{"event":"stop","sequenceNumber":"4","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}';
const media = (payload: string, timestamp: string | number = '"171"'): string =>
  `{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":${timestamp},"payload":"${payload}"},"streamSid":"MZ1"}`;

describe('messages from Twilio', () => {
  it('reads each of the six as it is on the wire', () => {
    expect(parseTwilioMessage(CONNECTED)).toEqual({ ok: true, message: { type: 'connected' } });
    expect(parseTwilioMessage(START)).toEqual({
      ok: true,
      message: { type: 'start', streamSid: 'MZ1', callSid: 'CA1', accountSid: 'AC1', customParameters: {} },
    });
    const payload = Buffer.alloc(160, 0xff).toString('base64');
    expect(payload).toHaveLength(216);
    expect(parseTwilioMessage(media(payload))).toEqual({
      ok: true,
      message: {
        type: 'media',
        streamSid: 'MZ1',
        timestampMs: 171,
        audio: mulaw8k(new Uint8Array(160).fill(0xff)),
      },
    });
    expect(parseTwilioMessage(DTMF)).toEqual({
      ok: true,
      message: { type: 'dtmf', streamSid: 'MZ1', digit: '1' },
    });
    expect(parseTwilioMessage(MARK)).toEqual({
      ok: true,
      message: { type: 'mark', streamSid: 'MZ1', name: 'my-label' },
    });
    expect(parseTwilioMessage(STOP)).toEqual({ ok: true, message: { type: 'stop', streamSid: 'MZ1' } });
  });

  it('takes numbers as strings and as numbers', () => {
    expect(parseTwilioMessage(media('/w==', 5))).toMatchObject({ message: { timestampMs: 5 } });
    expect(parseTwilioMessage(media('/w==', '"5"'))).toMatchObject({ message: { timestampMs: 5 } });
    const asText = START.replace('8000', '"8000"').replace('"channels":1', '"channels":"1"');
    expect(parseTwilioMessage(asText)).toMatchObject({ ok: true });
  });

  it('takes audio of any length from one byte to two seconds', () => {
    for (const length of [1, 159, 161, 8_000, MAX_PAYLOAD_BYTES]) {
      const bytes = Uint8Array.from({ length }, (_, index) => index % 251);
      const parsed = parseTwilioMessage(media(Buffer.from(bytes).toString('base64')));
      expect(parsed).toEqual({
        ok: true,
        message: { type: 'media', streamSid: 'MZ1', timestampMs: 171, audio: bytes },
      });
    }
    expect(parseTwilioMessage(media(''))).toEqual({ ok: false, code: 'empty-payload' });
    const tooLong = Buffer.alloc(MAX_PAYLOAD_BYTES + 1).toString('base64');
    expect(parseTwilioMessage(media(tooLong))).toEqual({ ok: false, code: 'payload-too-long' });
    expect(parseTwilioMessage(' '.repeat(MAX_MESSAGE_CHARS + 1))).toEqual({ ok: false, code: 'too-long' });
  });

  it('reads custom parameters, odd names included', () => {
    const start = START.replace('"customParameters":{}', '"customParameters":{"token":"t","__proto__":"p"}');
    const parsed = parseTwilioMessage(start);
    expect(
      parsed.ok && parsed.message.type === 'start' && Object.entries(parsed.message.customParameters),
    ).toEqual([
      ['token', 't'],
      ['__proto__', 'p'],
    ]);
  });

  it.each([
    ['', 'not-json'],
    ['{"event":', 'not-json'],
    ['null', 'bad-field'],
    ['[1]', 'bad-field'],
    ['"media"', 'bad-field'],
    ['{}', 'bad-field'],
    ['{"event":7}', 'bad-field'],
    ['{"event":"hangup"}', 'unknown-event'],
    ['{"event":"toString"}', 'unknown-event'],
    ['{"event":"media","streamSid":"MZ1"}', 'bad-field'],
    ['{"event":"media","streamSid":"MZ1","media":{"timestamp":"1"}}', 'bad-field'],
    [media('AAAA', '"soon"'), 'bad-field'],
    [media('AAAA', '""'), 'bad-field'],
    [media('AAAA', '-1'), 'bad-field'],
    [media('A*=='), 'bad-payload'],
    [media('AAAAA'), 'bad-payload'],
    [media('=AAA'), 'bad-payload'],
    [DTMF.replace('"digit":"1"', '"digit":"12"'), 'bad-field'],
    [DTMF.replace('"digit":"1"', '"digit":"E"'), 'bad-field'],
    [MARK.replace('my-label', ''), 'bad-field'],
    [STOP.replace('"streamSid":"MZ1"', '"streamSid":""'), 'bad-field'],
    [START.replace('audio/x-mulaw', 'audio/l16'), 'bad-format'],
    [START.replace('8000', '16000'), 'bad-format'],
    [START.replace('"customParameters":{}', '"customParameters":{"a":1}'), 'bad-field'],
    [START.replace('"customParameters":{}', '"customParameters":[]'), 'bad-field'],
  ])('refuses %s as %s', (text, code) => {
    expect(parseTwilioMessage(text)).toEqual({ ok: false, code });
  });

  it('answers anything at all without throwing', () => {
    const key = fc.constantFrom(
      'event',
      'media',
      'start',
      'stop',
      'mark',
      'dtmf',
      'streamSid',
      'payload',
      'x',
    );
    const leaf = fc.oneof(
      fc.constantFrom('media', 'start', 'stop', 'mark', 'dtmf', 'MZ1', '5'),
      fc.jsonValue(),
    );
    const almost = fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf)));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          almost.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect(typeof parseTwilioMessage(text).ok).toBe('boolean');
        },
      ),
    );
  });

  it('brings every payload back as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1_000 }), (bytes) => {
        const parsed = parseTwilioMessage(media(Buffer.from(bytes).toString('base64')));
        expect(parsed.ok && parsed.message.type === 'media' && [...parsed.message.audio]).toEqual([...bytes]);
      }),
    );
  });
});

describe('messages to Twilio', () => {
  it('writes exactly the documented fields', () => {
    expect(mediaMessage('MZ1', mulaw8k(Uint8Array.of(0xff, 0x00, 0x7f)))).toBe(
      '{"event":"media","streamSid":"MZ1","media":{"payload":"/wB/"}}',
    );
    expect(markMessage('MZ1', 'utt-42')).toBe('{"event":"mark","streamSid":"MZ1","mark":{"name":"utt-42"}}');
    expect(clearMessage('MZ1')).toBe('{"event":"clear","streamSid":"MZ1"}');
  });

  it('encodes only the part of a buffer that the audio is', () => {
    const whole = Uint8Array.of(1, 2, 3, 4);
    expect(mediaMessage('MZ1', mulaw8k(whole.subarray(1, 3)))).toContain(
      `"${Buffer.from([2, 3]).toString('base64')}"`,
    );
  });
});
