// Media Streams messages as Twilio writes them: text to typed messages, and the three messages a server may send.
import { mulaw8k, type Mulaw8k } from '../audio/units.ts';

export type TwilioMessage =
  | { readonly type: 'connected' }
  | StartMessage
  | {
      readonly type: 'media';
      readonly streamSid: string;
      /** Presentation time of the first sample in ms from stream start; the first one is not 0. */
      readonly timestampMs: number;
      readonly audio: Mulaw8k;
    }
  | { readonly type: 'dtmf'; readonly streamSid: string; readonly digit: string }
  | { readonly type: 'mark'; readonly streamSid: string; readonly name: string }
  | { readonly type: 'stop'; readonly streamSid: string };

export interface StartMessage {
  readonly type: 'start';
  readonly streamSid: string;
  readonly callSid: string;
  readonly accountSid: string;
  readonly customParameters: Readonly<Record<string, string>>;
}

/** Why a text is not a message. Every code is also a label of the counter `twilio_messages_ignored`. */
export type MessageFault =
  | 'too-long'
  | 'not-json'
  | 'unknown-event'
  | 'bad-field'
  | 'bad-format'
  | 'bad-payload'
  | 'empty-payload'
  | 'payload-too-long';

export type ParsedMessage =
  | { readonly ok: true; readonly message: TwilioMessage }
  | { readonly ok: false; readonly code: MessageFault };

/**
 * Twilio's usual packet is 20 ms and its cadence is not promised. Two seconds in one message is no phone line: taken, it
 * would move the call's clock further than any time that has passed.
 */
export const MAX_PAYLOAD_BYTES = 16_000;
/** Base64 of the longest payload and 8 kB around it. */
export const MAX_MESSAGE_CHARS = Math.ceil(MAX_PAYLOAD_BYTES / 3) * 4 + 8_192;
/** Twilio allows a parameter 500 characters; 64 of them are far more than we ever send. */
const MAX_PARAMETERS = 64;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const DTMF_DIGIT = /^[0-9A-D*#]$/;

/** Length-agnostic: a payload may have any length from one byte to two seconds. Never throws. */
export function parseTwilioMessage(text: string): ParsedMessage {
  if (text.length > MAX_MESSAGE_CHARS) return fault('too-long');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fault('not-json');
  }
  if (!isRecord(json)) return fault('bad-field');
  switch (json['event']) {
    case 'connected':
      return { ok: true, message: { type: 'connected' } };
    case 'start':
      return parseStart(json);
    case 'media':
      return parseMedia(json);
    case 'dtmf':
      return parseDtmf(json);
    case 'mark':
      return parseMark(json);
    case 'stop':
      return parseStop(json);
    default:
      return fault(typeof json['event'] === 'string' ? 'unknown-event' : 'bad-field');
  }
}

function parseStart(json: JsonRecord): ParsedMessage {
  const start = json['start'];
  if (!isRecord(start)) return fault('bad-field');
  const streamSid = textOf(json['streamSid'] ?? start['streamSid']);
  const callSid = textOf(start['callSid']);
  const accountSid = textOf(start['accountSid']);
  const customParameters = parametersOf(start['customParameters']);
  if (streamSid === null || callSid === null || accountSid === null || customParameters === null) {
    return fault('bad-field');
  }
  if (!isLineFormat(start['mediaFormat'])) return fault('bad-format');
  return { ok: true, message: { type: 'start', streamSid, callSid, accountSid, customParameters } };
}

function parseMedia(json: JsonRecord): ParsedMessage {
  const media = json['media'];
  const streamSid = textOf(json['streamSid']);
  if (!isRecord(media) || streamSid === null) return fault('bad-field');
  const timestampMs = numberOf(media['timestamp']);
  const payload = media['payload'];
  if (timestampMs === null || timestampMs < 0 || typeof payload !== 'string') return fault('bad-field');
  if (!BASE64.test(payload) || payload.replace(/=+$/, '').length % 4 === 1) return fault('bad-payload');
  const bytes = Buffer.from(payload, 'base64');
  if (bytes.length === 0) return fault('empty-payload');
  if (bytes.length > MAX_PAYLOAD_BYTES) return fault('payload-too-long');
  const audio = mulaw8k(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  return { ok: true, message: { type: 'media', streamSid, timestampMs, audio } };
}

function parseDtmf(json: JsonRecord): ParsedMessage {
  const dtmf = json['dtmf'];
  const streamSid = textOf(json['streamSid']);
  if (!isRecord(dtmf) || streamSid === null) return fault('bad-field');
  const digit = typeof dtmf['digit'] === 'number' ? String(dtmf['digit']) : dtmf['digit'];
  if (typeof digit !== 'string' || !DTMF_DIGIT.test(digit)) return fault('bad-field');
  return { ok: true, message: { type: 'dtmf', streamSid, digit } };
}

function parseMark(json: JsonRecord): ParsedMessage {
  const mark = json['mark'];
  const streamSid = textOf(json['streamSid']);
  const name = isRecord(mark) ? textOf(mark['name']) : null;
  if (streamSid === null || name === null) return fault('bad-field');
  return { ok: true, message: { type: 'mark', streamSid, name } };
}

function parseStop(json: JsonRecord): ParsedMessage {
  const streamSid = textOf(json['streamSid']);
  if (streamSid === null) return fault('bad-field');
  return { ok: true, message: { type: 'stop', streamSid } };
}

/** Twilio answers an extra field with warning 31951, so a message holds exactly these. Any length of audio. */
export function mediaMessage(streamSid: string, audio: Mulaw8k): string {
  const payload = Buffer.from(audio.buffer, audio.byteOffset, audio.length).toString('base64');
  // By hand: base64 needs no escaping, and looking for what does costs more than the rest of the message.
  return `{"event":"media","streamSid":${JSON.stringify(streamSid)},"media":{"payload":"${payload}"}}`;
}

export function markMessage(streamSid: string, name: string): string {
  return JSON.stringify({ event: 'mark', streamSid, mark: { name } });
}

export function clearMessage(streamSid: string): string {
  return JSON.stringify({ event: 'clear', streamSid });
}

type JsonRecord = Readonly<Record<string, unknown>>;

const fault = (code: MessageFault): ParsedMessage => ({ ok: false, code });

const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= 512 ? value : null;

/** Twilio writes its numbers as strings; both are taken. */
function numberOf(value: unknown): number | null {
  if (typeof value === 'string' && value.trim() === '') return null;
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function isLineFormat(format: unknown): boolean {
  return (
    isRecord(format) &&
    format['encoding'] === 'audio/x-mulaw' &&
    numberOf(format['sampleRate']) === 8000 &&
    numberOf(format['channels']) === 1
  );
}

function parametersOf(value: unknown): Readonly<Record<string, string>> | null {
  if (value === undefined) return {};
  if (!isRecord(value)) return null;
  const entries = Object.entries(value);
  if (entries.length > MAX_PARAMETERS) return null;
  const parameters = new Map<string, string>();
  for (const [name, text] of entries) {
    if (typeof text !== 'string') return null;
    parameters.set(name, text);
  }
  return Object.fromEntries(parameters);
}
