// The TwiML that Twilio gets from us, to the letter.
import { describe, expect, it } from 'vitest';
import { answerTwiml, emptyTwiml, hangupTwiml, refusalTwiml } from '../../src/twilio/twiml.ts';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';

describe('TwiML', () => {
  it('connects a call to the media socket', () => {
    expect(answerTwiml({ publicUrl: 'https://voice.example.com', token: 'abc' })).toBe(
      `${HEAD}<Response><Connect action="/twilio/stream-ended"><Stream url="wss://voice.example.com/twilio/media" ` +
        'statusCallback="https://voice.example.com/twilio/stream-status"><Parameter name="token" value="abc"/>' +
        '</Stream></Connect></Response>',
    );
  });

  it('keeps a loopback origin unencrypted', () => {
    expect(answerTwiml({ publicUrl: 'http://127.0.0.1:3000', token: 'abc' })).toContain(
      'url="ws://127.0.0.1:3000/twilio/media"',
    );
  });

  it('says a refusal and hangs up, with text escaped', () => {
    expect(refusalTwiml('Sorry & goodbye <all>')).toBe(
      `${HEAD}<Response><Say>Sorry &amp; goodbye &lt;all&gt;</Say><Hangup/></Response>`,
    );
  });

  it('hangs up, and does nothing', () => {
    expect(hangupTwiml()).toBe(`${HEAD}<Response><Hangup/></Response>`);
    expect(emptyTwiml()).toBe(`${HEAD}<Response/>`);
  });
});
