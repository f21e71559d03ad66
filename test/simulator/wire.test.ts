// The simulator's messages against the literal lines of the protocol, and its strictness with the server's.
import { describe, expect, it } from 'vitest';

import { readServerMessage, TwilioWriter } from '../../src/simulator/wire.ts';

const ids = { accountSid: 'AC..', callSid: 'CA..', streamSid: 'MZ..' };
/** 160 bytes of 0xff. */
const payload = `${'/'.repeat(213)}w==`;

describe('TwilioWriter', () => {
  it('writes the lines of a call as they are seen on the wire', () => {
    const writer = new TwilioWriter(ids);
    expect([
      writer.connected(),
      writer.start({}),
      writer.media(171, payload),
      writer.mark('my-label'),
      writer.dtmf('1'),
      writer.media(191, payload),
      writer.stop(),
    ]).toEqual([
      '{"event":"connected","protocol":"Call","version":"1.0.0"}',
      '{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC..","streamSid":"MZ..","callSid":"CA..","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{}},"streamSid":"MZ.."}',
      `{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"171","payload":"${payload}"},"streamSid":"MZ.."}`,
      '{"event":"mark","sequenceNumber":"3","streamSid":"MZ..","mark":{"name":"my-label"}}',
      '{"event":"dtmf","streamSid":"MZ..","sequenceNumber":"4","dtmf":{"track":"inbound_track","digit":"1"}}',
      `{"event":"media","sequenceNumber":"5","media":{"track":"inbound","chunk":"2","timestamp":"191","payload":"${payload}"},"streamSid":"MZ.."}`,
      '{"event":"stop","sequenceNumber":"6","streamSid":"MZ..","stop":{"accountSid":"AC..","callSid":"CA.."}}',
    ]);
  });

  it('gives a 20 ms frame 216 characters of base64', () => {
    expect(payload).toHaveLength(216);
  });
});

describe('readServerMessage', () => {
  it.each([
    ['{"event":"clear","streamSid":"MZ.."}', { event: 'clear' }],
    ['{"event":"mark","streamSid":"MZ..","mark":{"name":"utt-42"}}', { event: 'mark', name: 'utt-42' }],
    [
      '{"event":"media","streamSid":"MZ..","media":{"payload":"fw=="}}',
      { event: 'media', audio: Buffer.from([127]) },
    ],
    ['{"event":"media","streamSid":"MZ..","media":{"payload":""}}', { event: 'media', audio: Buffer.of() }],
  ])('takes %s', (text, message) => {
    expect(readServerMessage(text, 'MZ..')).toEqual({ ok: true, message });
  });

  it.each([
    ['not json', 31950],
    ['[]', 31951],
    ['null', 31951],
    ['{"event":"stop","streamSid":"MZ.."}', 31951],
    ['{"event":"clear"}', 31951],
    ['{"event":"clear","streamSid":"MZ-other"}', 31951],
    ['{"event":"clear","streamSid":"MZ..","extra":1}', 31951],
    ['{"event":"mark","streamSid":"MZ..","mark":{"name":1}}', 31951],
    ['{"event":"mark","streamSid":"MZ..","mark":{"name":"a","x":1}}', 31951],
    ['{"event":"media","streamSid":"MZ..","media":{}}', 31951],
    ['{"event":"media","streamSid":"MZ..","media":{"payload":"%%%"}}', 31951],
    ['{"event":"media","streamSid":"MZ..","media":{"payload":"fw==","track":"outbound"}}', 31951],
    ['{"event":"media","streamSid":"MZ..","sequenceNumber":"1","media":{"payload":"fw=="}}', 31951],
  ])('warns about %s with %i', (text, code) => {
    expect(readServerMessage(text, 'MZ..')).toMatchObject({ ok: false, code });
  });
});
