// Who may speak to us as Twilio: the published signatures, each legal form of them, and near misses.
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { createSignatureCheck, type SignatureCheck } from '../../src/twilio/signature.ts';

const TOKEN = '12345';
const at = (origin: string): SignatureCheck =>
  createSignatureCheck({ authToken: TOKEN, publicUrl: () => origin });
const sign = (url: string, params: Record<string, string | string[]> = {}): string =>
  twilio.getExpectedTwilioSignature(TOKEN, url, params);

describe('webhook signatures', () => {
  const check = at('https://example.com');
  const params = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675310',
    Digits: '1234',
    From: '+14158675310',
    To: '+18005551212',
  };
  const rawUrl = '/myapp.php?foo=1&bar=2';

  it('accepts the documented vector', () => {
    expect(check.webhook({ rawUrl, params, signature: 'L/OH5YylLD5NRKLltdqwSvS0BnU=' })).toBe(true);
  });

  it.each([
    ['a missing header', undefined],
    ['an empty header', ''],
    ['another signature', 'L/OH5YylLD5NRKLltdqwSvS0BnV='],
    ['a short signature', 'L/OH'],
    ['a signature that is not ASCII', 'ÄÖÜ'],
  ])('refuses %s', (_what, signature) => {
    expect(check.webhook({ rawUrl, params, signature })).toBe(false);
  });

  it('covers every field, unknown, empty and repeated ones too', () => {
    const fields = { ...params, Brand: '', Tag: ['b', 'a', 'b'], NewField: 'x' };
    const signature = sign(`https://example.com${rawUrl}`, fields);
    expect(check.webhook({ rawUrl, params: fields, signature })).toBe(true);
    const without = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'Brand'));
    expect(check.webhook({ rawUrl, params: without, signature })).toBe(false);
    expect(check.webhook({ rawUrl, params: { ...fields, Digits: '1235' }, signature })).toBe(false);
  });

  it('accepts a written default port, and nothing else that differs', () => {
    const by = (url: string): boolean =>
      check.webhook({ rawUrl: '/voice', params: {}, signature: sign(url) });
    expect(by('https://example.com/voice')).toBe(true);
    expect(by('https://example.com:443/voice')).toBe(true);
    expect(by('http://example.com/voice')).toBe(false);
    expect(by('https://example.com/voice/')).toBe(false);
    expect(by('https://example.com/voice#frag')).toBe(false);
    expect(by('https://evil.example/voice')).toBe(false);
    expect(by('https://example.com/voice?agent=other')).toBe(false);
  });

  it('accepts signatures with and without the port of an origin that names one', () => {
    const other = at('https://example.com:8443');
    for (const url of ['https://example.com:8443/voice', 'https://example.com/voice']) {
      expect(other.webhook({ rawUrl: '/voice', params: {}, signature: sign(url) })).toBe(true);
    }
    const plain = at('http://127.0.0.1:3000');
    expect(
      plain.webhook({ rawUrl: '/voice', params: {}, signature: sign('http://127.0.0.1:3000/voice') }),
    ).toBe(true);
  });

  it('keeps the encoding of the query as it came', () => {
    const by = (url: string, raw: string): boolean =>
      check.webhook({ rawUrl: raw, params: {}, signature: sign(`https://example.com${url}`) });
    expect(by('/voice?name=a%20b', '/voice?name=a%20b')).toBe(true);
    expect(by('/voice?name=a+b', '/voice?name=a%20b')).toBe(false);
    expect(by('/voice?name=a%20b', '/voice?name=a%20c')).toBe(false);
  });
});

describe('upgrade signatures', () => {
  const check = at('https://example.com');

  it('accepts the two known vectors, for either form of the path', () => {
    for (const signature of ['7PR3qMkpDyEJtMrVOY/LDyNq8J8=', 'T+WBXwUXC0/CyoZ1DA+p9ilZORs=']) {
      expect(check.upgrade({ rawUrl: '/media', signature })).toBe(true);
      expect(check.upgrade({ rawUrl: '/media/', signature })).toBe(true);
    }
  });

  it.each([
    'wss://example.com/media',
    'wss://example.com/media/',
    'wss://example.com:443/media',
    'wss://example.com:443/media/',
  ])('accepts %s', (url) => {
    expect(check.upgrade({ rawUrl: '/media', signature: sign(url) })).toBe(true);
  });

  it.each([
    'https://example.com/media',
    'ws://example.com/media',
    'wss://example.com:8443/media',
    'wss://example.com/media//',
    'wss://example.com/other',
    'wss://evil.example/media',
    'wss://example.com/media?token=1',
  ])('refuses %s', (url) => {
    expect(check.upgrade({ rawUrl: '/media', signature: sign(url) })).toBe(false);
  });

  it('refuses a missing header and a path that cannot be a URL', () => {
    expect(check.upgrade({ rawUrl: '/media', signature: undefined })).toBe(false);
    expect(at('https://').upgrade({ rawUrl: '', signature: 'x' })).toBe(false);
  });

  it('knows the port of an origin that names one', () => {
    const other = at('https://example.com:8443');
    for (const url of ['wss://example.com:8443/media', 'wss://example.com/media/']) {
      expect(other.upgrade({ rawUrl: '/media', signature: sign(url) })).toBe(true);
    }
    const plain = at('http://127.0.0.1:3000');
    expect(plain.upgrade({ rawUrl: '/media', signature: sign('ws://127.0.0.1:3000/media') })).toBe(true);
    expect(plain.upgrade({ rawUrl: '/media', signature: sign('wss://127.0.0.1:3000/media') })).toBe(false);
  });
});
