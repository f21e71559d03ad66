// The life of one media socket over a real WebSocket pair, with every deadline driven by hand.
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ms, pcm } from '../../src/audio/units.ts';
import type { LineEvent, MediaChannel } from '../../src/ports/media-channel.ts';
import {
  acceptMediaSocket,
  type MediaSocketOptions,
  type StreamStart,
} from '../../src/twilio/media-socket.ts';
import { StreamTokens } from '../../src/twilio/stream-tokens.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordingLogger, RecordingMeter } from '../support/recorded-telemetry.ts';
import { openSocketPair, type SocketPair } from '../support/socket-pair.ts';

const CONNECTED = { event: 'connected', protocol: 'Call', version: '1.0.0' };
const STOP = {
  event: 'stop',
  sequenceNumber: '9',
  streamSid: 'MZ1',
  stop: { accountSid: 'AC1', callSid: 'CA1' },
};
const start = (token: string | null, callSid = 'CA1'): object => ({
  event: 'start',
  sequenceNumber: '1',
  start: {
    accountSid: 'AC1',
    streamSid: 'MZ1',
    callSid,
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters: token === null ? {} : { token },
  },
  streamSid: 'MZ1',
});
const media = (timestamp: number, bytes = 160): object => ({
  event: 'media',
  sequenceNumber: '2',
  media: {
    track: 'inbound',
    chunk: '1',
    timestamp: String(timestamp),
    payload: Buffer.alloc(bytes, 0xff).toString('base64'),
  },
  streamSid: 'MZ1',
});
const GRANT = {
  callSid: 'CA1',
  agent: 'front-desk',
  from: '+15550100001',
  to: '+15550100002',
  direction: 'inbound',
  variables: {},
} as const;

let pair: SocketPair;
let clock: ManualClock;
let meter: RecordingMeter;
let logger: RecordingLogger;
let tokens: StreamTokens;
let token: string;
let events: LineEvent[];
let calls: { start: StreamStart; channel: MediaChannel }[];

beforeEach(async () => {
  pair = await openSocketPair();
  clock = new ManualClock();
  meter = new RecordingMeter();
  logger = new RecordingLogger();
  tokens = new StreamTokens(clock, 10);
  token = tokens.mint(GRANT, ms(60_000));
  events = [];
  calls = [];
});
afterEach(() => pair.end());

function acceptOn(socket: MediaSocketOptions['socket'], onCall: MediaSocketOptions['onCall']): void {
  const limits = { startTimeoutMs: ms(5_000), mediaTimeoutMs: ms(5_000), maxBufferedBytes: 1_048_576 };
  acceptMediaSocket({ socket, tokens, clock, meter, logger, limits, onCall });
}

function accept(onEvent: (event: LineEvent) => void = (event) => events.push(event)): void {
  acceptOn(pair.server, (startOf, channel) => {
    calls.push({ start: startOf, channel });
    return onEvent;
  });
}
async function begin(): Promise<MediaChannel> {
  accept();
  await pair.say(CONNECTED, start(token));
  return calls[0]!.channel;
}
const serverClosed = (): Promise<unknown> =>
  pair.server.readyState === pair.server.CLOSED ? Promise.resolve() : once(pair.server, 'close');
const kinds = (): string[] =>
  events.map((event) => (event.type === 'closed' ? `closed ${event.reason}` : event.type));

describe('a media socket', () => {
  it('connects the call that its token was made for, and passes its events on', async () => {
    await begin();
    expect(calls).toHaveLength(1);
    expect(calls[0]!.start).toEqual({ callSid: 'CA1', streamSid: 'MZ1', accountSid: 'AC1', grant: GRANT });
    await pair.say(
      media(171),
      { event: 'dtmf', streamSid: 'MZ1', sequenceNumber: '3', dtmf: { track: 'inbound_track', digit: '5' } },
      { event: 'mark', sequenceNumber: '4', streamSid: 'MZ1', mark: { name: '1:0' } },
      STOP,
    );
    expect(events).toEqual([
      { type: 'media', at: 171, audio: new Uint8Array(160).fill(0xff) },
      { type: 'dtmf', digit: '5' },
      { type: 'mark', name: '1:0' },
      { type: 'closed', reason: 'stop' },
    ]);
    expect(await pair.closed).toBe(1000);
    await serverClosed();
    expect(clock.pending).toBe(0);
    expect(events).toHaveLength(4);
  });

  it('sends audio, marks and clears to Twilio', async () => {
    const channel = await begin();
    channel.send(pcm(8000, new Int16Array(4_000)));
    channel.mark('1:0');
    channel.clear();
    await pair.say();
    const sent = pair.received.map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(sent.map((message) => [message['event'], message['streamSid']])).toEqual([
      ['media', 'MZ1'],
      ['media', 'MZ1'],
      ['mark', 'MZ1'],
      ['clear', 'MZ1'],
    ]);
  });

  it.each([
    ['no token', null, 'CA1', 'missing-token'],
    ['an unknown token', 'nonsense', 'CA1', 'unknown-token'],
    ['the token of another call', undefined, 'CA2', 'unknown-token'],
  ])('is closed with 1008 for %s', async (_what, given, callSid, reason) => {
    accept();
    await pair.say(CONNECTED, start(given === undefined ? token : given, callSid));
    expect(await pair.closed).toBe(1008);
    await serverClosed();
    expect(calls).toEqual([]);
    expect(meter.counts.get(`streams_refused{${reason}}`)).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('is closed with 1008 for a second use of the token', async () => {
    await begin();
    const second = await openSocketPair();
    acceptOn(second.server, () => {
      throw new Error('must not be asked');
    });
    await second.say(CONNECTED, start(token));
    expect(await second.closed).toBe(1008);
    expect(meter.counts.get('streams_refused{used-token}')).toBe(1);
    await second.end();
    await pair.say(media(20));
    expect(kinds()).toEqual(['media']);
  });

  it('is closed with 1008 when no start comes within 5 s', async () => {
    accept();
    await pair.say(CONNECTED, media(20));
    clock.advance(4_999);
    expect(pair.server.readyState).toBe(pair.server.OPEN);
    clock.advance(1);
    expect(await pair.closed).toBe(1008);
    await serverClosed();
    expect(meter.counts.get('streams_refused{no-start}')).toBe(1);
    expect(meter.counts.get('twilio_messages_ignored{before-start}')).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('counts and ignores what does not belong, and the call lives', async () => {
    await begin();
    await pair.say(
      'not json',
      'not json either',
      { event: 'hangup' },
      { ...media(20), streamSid: 'MZ2' },
      start(token),
      CONNECTED,
      { event: 'media', streamSid: 'MZ1', media: { timestamp: '20', payload: '***' } },
      new Uint8Array([1, 2, 3]),
      media(40, 0),
      media(60, 1),
      media(80, 40_000),
    );
    expect(kinds()).toEqual(['media']);
    expect(Object.fromEntries(meter.counts)).toEqual({
      'twilio_messages_ignored{not-json}': 2,
      'twilio_messages_ignored{unknown-event}': 1,
      'twilio_messages_ignored{wrong-stream}': 1,
      'twilio_messages_ignored{duplicate-start}': 1,
      'twilio_messages_ignored{duplicate-connected}': 1,
      'twilio_messages_ignored{bad-payload}': 1,
      'twilio_messages_ignored{empty-payload}': 1,
      'twilio_messages_ignored{too-long}': 1,
      'twilio_messages_ignored{binary}': 1,
    });
    expect(logger.of('Twilio message ignored')).toHaveLength(9);
    await pair.say(STOP, STOP, media(100));
    expect(kinds().filter((kind) => kind.startsWith('closed'))).toEqual(['closed stop']);
  });

  it('survives any garbage', async () => {
    await begin();
    const garbage = fc.sample(fc.oneof(fc.string(), fc.json()), { numRuns: 300, seed: 7 });
    await pair.say(...garbage, media(20));
    expect(kinds()).toEqual(['media']);
    expect(pair.server.readyState).toBe(pair.server.OPEN);
  });

  it('tells the call once when the socket goes without a stop', async () => {
    await begin();
    pair.twilio.terminate();
    await serverClosed();
    expect(kinds()).toEqual(['closed socket-closed']);
    expect(clock.pending).toBe(0);
  });

  it('gives up a line without media for 5 s, even one that never answers the close', async () => {
    await begin();
    clock.advance(3_000);
    await pair.say(media(20));
    clock.advance(4_999);
    expect(kinds()).toEqual(['media']);
    pair.twilio.pause();
    clock.advance(1);
    expect(kinds()).toEqual(['media', 'closed media-timeout']);
    const gone = serverClosed();
    clock.advance(2_000);
    await gone;
    expect(kinds()).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('counts no marks or keys as media', async () => {
    await begin();
    clock.advance(4_000);
    await pair.say({ event: 'mark', sequenceNumber: '4', streamSid: 'MZ1', mark: { name: '1:0' } });
    clock.advance(1_000);
    expect(kinds()).toEqual(['mark', 'closed media-timeout']);
  });

  it('ends when the call closes it, and passes nothing on meanwhile', async () => {
    const channel = await begin();
    channel.close(1000, 'goodbye');
    channel.close(1011, 'again');
    pair.twilio.send(JSON.stringify(media(20)));
    expect(await pair.closed).toBe(1000);
    await serverClosed();
    expect(kinds()).toEqual(['closed socket-closed']);
    expect(clock.pending).toBe(0);
  });

  it('is closed with 1011 when the call cannot begin', async () => {
    acceptOn(pair.server, () => {
      throw new Error('no slot');
    });
    await pair.say(CONNECTED, start(token));
    expect(await pair.closed).toBe(1011);
    await serverClosed();
    expect(logger.of('call failed')).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('is closed with 1011 when the call fails on an event, and still tells it the end', async () => {
    accept((event) => {
      events.push(event);
      if (event.type === 'media') throw new Error('a bug');
    });
    await pair.say(CONNECTED, start(token), media(20), media(40));
    expect(await pair.closed).toBe(1011);
    await serverClosed();
    expect(kinds()).toEqual(['media', 'closed socket-closed']);
  });

  it('gives the line up when more than the bound waits to be sent', async () => {
    const channel = await begin();
    pair.twilio.pause();
    for (let second = 0; second < 3_000 && pair.server.readyState === pair.server.OPEN; second += 1) {
      channel.send(pcm(8000, new Int16Array(8_000)));
      expect(pair.server.bufferedAmount).toBeLessThanOrEqual(1_048_576 + 1_024);
    }
    await serverClosed();
    expect(kinds()).toEqual(['closed socket-closed']);
    expect(meter.counts.get('line_overflows')).toBe(1);
    expect(clock.pending).toBe(0);
  });
});
