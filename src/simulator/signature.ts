// Signs requests as Twilio does: HMAC-SHA1 over the public URL and the sorted form fields.
import { createHmac } from 'node:crypto';

/** The fields of one form post, in any order; names are unique. */
export type FormFields = Readonly<Record<string, string>>;

/** `url` is the public one, as written in the webhook's configuration or in the TwiML; `fields` is empty for GET and wss. */
export function signRequest(authToken: string, url: string, fields: FormFields): string {
  const names = Object.keys(fields).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const text = names.reduce((signed, name) => signed + name + (fields[name] ?? ''), signedUrl(url));
  return createHmac('sha1', authToken).update(text, 'utf8').digest('base64');
}

/** A URL without what is never signed: the fragment, user and password, and the port of an https voice webhook. */
function signedUrl(url: string): string {
  const match = /^([a-z]+:\/\/)(?:[^/@?#]*@)?([^/?#]*)([^#]*)/i.exec(url);
  if (match === null) return url;
  const [, scheme = '', host = '', rest = ''] = match;
  return scheme + (scheme.toLowerCase() === 'https://' ? host.replace(/:\d+$/, '') : host) + rest;
}
