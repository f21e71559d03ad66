// Twilio's side of the Media Streams JSON: writes its messages in its key order, reads the server's strictly.
import { mulaw8k, type Mulaw8k } from '../audio/units.ts';

export interface StreamIds {
  readonly accountSid: string;
  readonly callSid: string;
  readonly streamSid: string;
}

const CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}';

/** Writes one stream's messages; counts `sequenceNumber` over all kinds and `chunk` over media, both as strings. */
export class TwilioWriter {
  readonly #ids: StreamIds;
  readonly #streamSidJson: string;
  #sequence = 0;
  #chunk = 0;

  constructor(ids: StreamIds) {
    this.#ids = ids;
    this.#streamSidJson = JSON.stringify(ids.streamSid);
  }

  connected(): string {
    return CONNECTED;
  }

  start(customParameters: Readonly<Record<string, string>>): string {
    const { accountSid, callSid, streamSid } = this.#ids;
    return JSON.stringify({
      event: 'start',
      sequenceNumber: this.#next(),
      start: {
        accountSid,
        streamSid,
        callSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters,
      },
      streamSid,
    });
  }

  /**
   * `timestampMs` counts from the start of the stream and is not 0 on the first message of a real call; `payload` is
   * mu-law in base64. Put together by hand: this is written fifty times a second for every call.
   */
  media(timestampMs: number, payload: string): string {
    this.#chunk += 1;
    return (
      `{"event":"media","sequenceNumber":"${this.#next()}","media":{"track":"inbound","chunk":"${this.#chunk}",` +
      `"timestamp":"${timestampMs}","payload":"${payload}"},"streamSid":${this.#streamSidJson}}`
    );
  }

  dtmf(digit: string): string {
    return JSON.stringify({
      event: 'dtmf',
      streamSid: this.#ids.streamSid,
      sequenceNumber: this.#next(),
      dtmf: { track: 'inbound_track', digit },
    });
  }

  mark(name: string): string {
    return JSON.stringify({
      event: 'mark',
      sequenceNumber: this.#next(),
      streamSid: this.#ids.streamSid,
      mark: { name },
    });
  }

  stop(): string {
    const { accountSid, callSid, streamSid } = this.#ids;
    return JSON.stringify({
      event: 'stop',
      sequenceNumber: this.#next(),
      streamSid,
      stop: { accountSid, callSid },
    });
  }

  #next(): string {
    this.#sequence += 1;
    return String(this.#sequence);
  }
}

export type ServerMessage =
  | { readonly event: 'media'; readonly audio: Mulaw8k }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'clear' };

export type ServerRead =
  | { readonly ok: true; readonly message: ServerMessage }
  /** 31950: cannot be decoded at all; 31951: JSON that does not conform. Twilio ignores the message and goes on. */
  | { readonly ok: false; readonly code: 31950 | 31951; readonly detail: string };

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const BODY_KEY = { media: 'payload', mark: 'name' } as const;

/** Any missing, extra or mistyped field makes the message non-conforming, as the messages page says. */
export function readServerMessage(text: string, streamSid: string): ServerRead {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, code: 31950, detail: 'not JSON' };
  }
  if (!isRecord(value)) return nonConforming('not an object');
  const { event } = value;
  if (event !== 'media' && event !== 'mark' && event !== 'clear') {
    return nonConforming(`unknown event ${JSON.stringify(event)}`);
  }
  if (value['streamSid'] !== streamSid) return nonConforming(`wrong streamSid on ${event}`);
  if (event === 'clear') {
    return hasOnly(value, ['event', 'streamSid'])
      ? { ok: true, message: { event } }
      : nonConforming('extra field on clear');
  }
  if (!hasOnly(value, ['event', 'streamSid', event])) return nonConforming(`extra field on ${event}`);
  return readBody(event, value[event]);
}

function readBody(event: 'media' | 'mark', body: unknown): ServerRead {
  const key = BODY_KEY[event];
  if (!isRecord(body) || !hasOnly(body, [key])) return nonConforming(`${event} is not {${key}}`);
  const field = body[key];
  if (typeof field !== 'string') return nonConforming(`${event}.${key} is not a string`);
  if (event === 'mark') return { ok: true, message: { event, name: field } };
  if (!BASE64.test(field)) return nonConforming('media.payload is not base64');
  return { ok: true, message: { event, audio: mulaw8k(Buffer.from(field, 'base64')) } };
}

function nonConforming(detail: string): ServerRead {
  return { ok: false, code: 31951, detail };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(value: Record<string, unknown>, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}
