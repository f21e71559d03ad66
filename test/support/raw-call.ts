// A hand-made Twilio for tests: signs a webhook, opens the media socket and says whatever the test wants, right or wrong.
import { once } from 'node:events';
import twilio from 'twilio';
import { WebSocket } from 'ws';
import { AUTH_TOKEN, PUBLIC_URL, type ServerProcess } from './server-process.ts';

type Server = Pick<ServerProcess, 'url'>;

export const sid = (prefix: 'AC' | 'CA' | 'MZ', digit: string): string => prefix + digit.repeat(32);

/** Posts a webhook form; `signature` null sends none. */
export async function postForm(
  server: Server,
  path: string,
  form: Readonly<Record<string, string>>,
  signature?: string | null,
): Promise<Response> {
  const signed = signature === undefined ? sign(`${PUBLIC_URL}${path}`, form) : signature;
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: signed === null ? {} : { 'x-twilio-signature': signed },
    body: new URLSearchParams(form),
  });
}

export const sign = (url: string, form: Readonly<Record<string, string>> = {}): string =>
  twilio.getExpectedTwilioSignature(AUTH_TOKEN, url, form);

/** Answers a call's webhook and returns the stream's one-use token. */
export async function answeredToken(server: Server, callSid: string, agent = 'echo-test'): Promise<string> {
  const form = {
    CallSid: callSid,
    AccountSid: sid('AC', 'a'),
    From: '+15550100001',
    To: '+15550100002',
    CallStatus: 'ringing',
    Direction: 'inbound',
  };
  const response = await postForm(server, `/twilio/voice?agent=${agent}`, form);
  const token = /name="token" value="([^"]+)"/u.exec(await response.text())?.[1];
  if (token === undefined) throw new Error(`no token in the answer, status ${response.status}`);
  return token;
}

export async function openMedia(server: Server): Promise<WebSocket> {
  const signature = sign(`${PUBLIC_URL.replace('https', 'wss')}/twilio/media`);
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/twilio/media`, {
    headers: { 'x-twilio-signature': signature },
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  return socket;
}

export interface StreamIds {
  readonly callSid: string;
  readonly streamSid: string;
}

export function sendStart(socket: WebSocket, { callSid, streamSid }: StreamIds, token: string | null): void {
  socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
  const start = {
    accountSid: sid('AC', 'a'),
    streamSid,
    callSid,
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters: token === null ? {} : { token },
  };
  socket.send(JSON.stringify({ event: 'start', sequenceNumber: '1', start, streamSid }));
}

export function mediaMessage(streamSid: string, timestampMs: number, bytes = 160): string {
  const media = {
    track: 'inbound',
    chunk: '1',
    timestamp: String(timestampMs),
    payload: Buffer.alloc(bytes, 0xff).toString('base64'),
  };
  return JSON.stringify({ event: 'media', sequenceNumber: '2', media, streamSid });
}

/** The close code the server gives. */
export async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}
