// TwiML documents into verbs, and the documents that Twilio would refuse.
import { describe, expect, it } from 'vitest';
import { parseTwiml, TwimlError } from '../../src/simulator/twiml.ts';
import { parseXml, XmlError } from '../../src/simulator/xml.ts';

const CONNECT = `<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <!-- answer -->
  <Connect action="/twilio/stream-ended">
    <Stream url="wss://parley.example/twilio/media" statusCallback='https://parley.example/s?a=1&amp;b=2' name="n">
      <Parameter name="token" value="&quot;a&amp;b&quot; &#65;&#x42;"/>
      <Parameter name="agent" value="front-desk"/>
    </Stream>
  </Connect>
  <Say>Bye &lt;now&gt;</Say><Pause length="2"/><Hangup/>
</Response>`;

describe('parseTwiml', () => {
  it('reads a connected stream, its parameters and what follows', () => {
    expect(parseTwiml(CONNECT)).toEqual([
      {
        verb: 'connect-stream',
        action: '/twilio/stream-ended',
        url: 'wss://parley.example/twilio/media',
        name: 'n',
        statusCallback: 'https://parley.example/s?a=1&b=2',
        parameters: { token: '"a&b" AB', agent: 'front-desk' },
      },
      { verb: 'say', text: 'Bye <now>' },
      { verb: 'pause', seconds: 2 },
      { verb: 'hangup' },
    ]);
  });

  it.each([
    ['<Response/>', []],
    ['<Response></Response>', []],
    ['<Response><Reject reason="busy"/></Response>', [{ verb: 'reject', reason: 'busy' }]],
    ['<Response><Reject/></Response>', [{ verb: 'reject', reason: 'rejected' }]],
    ['<Response><Redirect>/x</Redirect></Response>', [{ verb: 'redirect', url: '/x' }]],
    ['<Response><Enqueue>sales</Enqueue></Response>', [{ verb: 'enqueue', queue: 'sales' }]],
    ['<Response><Say><![CDATA[a < b]]></Say></Response>', [{ verb: 'say', text: 'a < b' }]],
  ])('reads %s', (document, verbs) => {
    expect(parseTwiml(document)).toEqual(verbs);
  });

  it.each([
    ['<Response><Connect><Stream url="ws://a/m"/></Connect></Response>', 31922],
    ['<Response><Connect><Stream url="wss://a/m?x=1"/></Connect></Response>', 31920],
    ['<Response><Connect><Stream url="wss://a/m" track="both_tracks"/></Connect></Response>', 31941],
    ['<Response><connect/></Response>', 12200],
    ['<Response><Connect/></Response>', 12200],
    ['<Response><Connect><Stream url="wss://a/m"><Parameter name="x"/></Stream></Connect></Response>', 12200],
    ['<Response><Enqueue/></Response>', 12200],
    [`<Response><Enqueue>${'q'.repeat(65)}</Enqueue></Response>`, 12200],
    ['<Reply/>', 12100],
  ])('refuses %s with %i', (document, code) => {
    expect(() => parseTwiml(document)).toThrow(expect.objectContaining({ code }) as TwimlError);
  });

  it('refuses a Parameter of 500 characters and takes one below', () => {
    const document = (value: string): string =>
      `<Response><Connect><Stream url="wss://a/m"><Parameter name="n" value="${value}"/></Stream></Connect></Response>`;
    expect(() => parseTwiml(document('x'.repeat(499)))).toThrow(TwimlError);
    expect(parseTwiml(document('x'.repeat(498)))).toHaveLength(1);
  });
});

describe('parseXml', () => {
  it.each([
    ' <?xml version="1.0"?><a/>',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a>&nbsp;</a>',
    '<a>x & y</a>',
    '<a b=c/>',
    '<a b="1" b="2"/>',
    'hello',
    '',
    '<a><!-- x</a>',
  ])('refuses %j', (document) => {
    expect(() => parseXml(document)).toThrow(XmlError);
  });
});
