// The simulator's own signatures against known vectors and against Twilio's library.
import fc from 'fast-check';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { signRequest } from '../../src/simulator/signature.ts';

describe('signRequest', () => {
  it('gives the documented signature of a webhook', () => {
    const fields = {
      To: '+18005551212',
      Digits: '1234',
      CallSid: 'CA1234567890ABCDE',
      From: '+14158675310',
      Caller: '+14158675310',
    };
    expect(signRequest('12345', 'https://example.com/myapp.php?foo=1&bar=2', fields)).toBe(
      'L/OH5YylLD5NRKLltdqwSvS0BnU=',
    );
  });

  it.each([
    ['wss://example.com/media', '7PR3qMkpDyEJtMrVOY/LDyNq8J8='],
    ['wss://example.com/media/', 'T+WBXwUXC0/CyoZ1DA+p9ilZORs='],
  ])('gives the known signature of the upgrade of %s', (url, signature) => {
    expect(signRequest('12345', url, {})).toBe(signature);
  });

  it('leaves out the fragment, the credentials and the port of https', () => {
    const plain = signRequest('t', 'https://a.example/v?x=1', {});
    expect(signRequest('t', 'https://user:pw@a.example:8443/v?x=1#rc=2', {})).toBe(plain);
  });

  it('is accepted by the Twilio library whatever the fields are, empty ones included', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^\w{1,12}$/), fc.string()),
        fc.string(),
        (fields, token) => {
          const url = 'https://parley.example/twilio/voice?agent=front-desk';
          return twilio.validateRequest(token, signRequest(token, url, fields), url, fields);
        },
      ),
    );
  });
});
