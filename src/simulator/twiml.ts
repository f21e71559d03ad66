// Reads a TwiML document into the verbs that the simulated phone network carries out.
import { parseXml, type XmlElement } from './xml.ts';

export interface ConnectStream {
  readonly verb: 'connect-stream';
  /** Requested when the stream is over; null goes on with the next verb. */
  readonly action: string | null;
  readonly url: string;
  readonly name: string | null;
  readonly statusCallback: string | null;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface DialNumber {
  readonly verb: 'dial';
  /** E.164. */
  readonly number: string;
  /** Its TwiML is played to whoever answers, before the two are connected. */
  readonly announcement: string | null;
  /** Asked for when the other call is over; null goes on with the next verb. */
  readonly action: string | null;
}

export type Verb =
  | ConnectStream
  | DialNumber
  | { readonly verb: 'say'; readonly text: string }
  | { readonly verb: 'pause'; readonly seconds: number }
  | { readonly verb: 'redirect'; readonly url: string }
  | { readonly verb: 'enqueue'; readonly queue: string }
  | { readonly verb: 'hangup' }
  | { readonly verb: 'reject'; readonly reason: string };

/** Twilio's code 12200 for a verb it does not know, 12100 for XML it cannot read, 31922/31941 for a wrong Stream. */
export class TwimlError extends Error {
  override readonly name = 'TwimlError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** @throws TwimlError, XmlError. Names are case-sensitive, as they are for Twilio. */
export function parseTwiml(document: string): readonly Verb[] {
  const response = parseXml(document);
  if (response.name !== 'Response') throw new TwimlError(12100, `<${response.name}> instead of <Response>`);
  return response.children.map(readVerb);
}

function readVerb(element: XmlElement): Verb {
  switch (element.name) {
    case 'Connect':
      return readConnect(element);
    case 'Dial':
      return readDial(element);
    case 'Say':
      return { verb: 'say', text: element.text };
    case 'Pause':
      return { verb: 'pause', seconds: Number(element.attributes['length'] ?? '1') };
    case 'Redirect':
      return { verb: 'redirect', url: element.text };
    case 'Enqueue':
      return { verb: 'enqueue', queue: readQueue(element.text) };
    case 'Hangup':
      return { verb: 'hangup' };
    case 'Reject':
      return { verb: 'reject', reason: element.attributes['reason'] ?? 'rejected' };
    default:
      throw new TwimlError(12200, `<${element.name}> is not a verb the simulator knows`);
  }
}

function readQueue(text: string): string {
  if (text === '' || text.length > 64) throw new TwimlError(12200, `<Enqueue> names no queue: "${text}"`);
  return text;
}

function readDial(dial: XmlElement): DialNumber {
  const [number] = dial.children;
  if (number?.name !== 'Number' || !/^\+[1-9]\d{6,14}$/.test(number.text)) {
    throw new TwimlError(13223, `<Dial> names no number: "${number?.text ?? dial.text}"`);
  }
  const announcement = number.attributes['url'] ?? null;
  return { verb: 'dial', number: number.text, announcement, action: dial.attributes['action'] ?? null };
}

function readConnect(connect: XmlElement): ConnectStream {
  const [stream] = connect.children;
  if (stream?.name !== 'Stream') throw new TwimlError(12200, '<Connect> holds no <Stream>');
  const url = stream.attributes['url'] ?? '';
  if (!url.startsWith('wss://')) throw new TwimlError(31922, `the Stream url is not wss: ${url}`);
  if (url.includes('?')) throw new TwimlError(31920, 'the Stream url has a query string');
  const track = stream.attributes['track'] ?? 'inbound_track';
  if (track !== 'inbound_track') throw new TwimlError(31941, `track ${track} on <Connect>`);
  return {
    verb: 'connect-stream',
    action: connect.attributes['action'] ?? null,
    url,
    name: stream.attributes['name'] ?? null,
    statusCallback: stream.attributes['statusCallback'] ?? null,
    parameters: readParameters(stream),
  };
}

function readParameters(stream: XmlElement): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = {};
  for (const child of stream.children) {
    const { name, value } = child.attributes;
    if (child.name !== 'Parameter' || name === undefined || value === undefined) {
      throw new TwimlError(12200, 'a Stream holds only <Parameter name value>');
    }
    if (name.length + value.length >= 500) throw new TwimlError(12200, `Parameter ${name} is too long`);
    parameters[name] = value;
  }
  return parameters;
}
