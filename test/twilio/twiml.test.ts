// The TwiML that Twilio gets from us, to the letter.
import { describe, expect, it } from 'vitest';
import { answerTwiml, emptyTwiml, farewellTwiml, hangupTwiml, refusalTwiml } from '../../src/twilio/twiml.ts';

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
    const none = { say: '', redirect: '', enqueue: '' };
    const said = `${HEAD}<Response><Say>Sorry &amp; goodbye &lt;all&gt;</Say><Hangup/></Response>`;
    expect(refusalTwiml('Sorry & goodbye <all>', none)).toBe(said);
    expect(refusalTwiml('Busy.', { ...none, say: 'Sorry & goodbye <all>' })).toBe(said);
    expect(farewellTwiml('Sorry & goodbye <all>')).toBe(said);
  });

  it('sends a refused call elsewhere, with addresses escaped', () => {
    const none = { say: '', redirect: '', enqueue: '' };
    expect(refusalTwiml('Busy.', { ...none, redirect: 'https://other.example/a?b=1&c=2' })).toBe(
      `${HEAD}<Response><Redirect method="POST">https://other.example/a?b=1&amp;c=2</Redirect></Response>`,
    );
    expect(refusalTwiml('Busy.', { ...none, enqueue: 'sales & support' })).toBe(
      `${HEAD}<Response><Enqueue>sales &amp; support</Enqueue></Response>`,
    );
  });

  it('hangs up, and does nothing', () => {
    expect(hangupTwiml()).toBe(`${HEAD}<Response><Hangup/></Response>`);
    expect(emptyTwiml()).toBe(`${HEAD}<Response/>`);
  });
});
