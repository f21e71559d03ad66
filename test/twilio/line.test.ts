// What goes out to Twilio: whole audio in messages of a fair size, and never more than the line holds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mulaw8k } from '../../src/audio/units.ts';
import { Line } from '../../src/twilio/line.ts';

class KeptSocket {
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: string[] = [];

  send(text: string): void {
    this.sent.push(text);
  }
}

function setup(): { socket: KeptSocket; line: Line; overflows: () => number; closes: unknown[] } {
  const socket = new KeptSocket();
  let overflows = 0;
  const closes: unknown[] = [];
  const line = new Line({
    socket,
    callSid: 'CA1',
    streamSid: 'MZ1',
    maxBufferedBytes: 10_000,
    onOverflow: () => (overflows += 1),
    onClose: (code, reason) => closes.push([code, reason]),
  });
  return { socket, line, overflows: () => overflows, closes };
}

const payloadOf = (text: string): Buffer =>
  Buffer.from((JSON.parse(text) as { media: { payload: string } }).media.payload, 'base64');

describe('the line', () => {
  it('sends every sample once, in messages of 20 to 400 ms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), (length) => {
        const { socket, line } = setup();
        const audio = mulaw8k(Uint8Array.from({ length }, (_, index) => (index * 97) % 256));
        line.send(audio);
        const pieces = socket.sent.map(payloadOf);
        expect(Buffer.concat(pieces).equals(Buffer.from(audio))).toBe(true);
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(3_200);
          expect(piece.length).toBeGreaterThanOrEqual(Math.min(length, 160));
        }
      }),
    );
  });

  it('keeps the order of audio, marks and clears', () => {
    const { socket, line } = setup();
    line.send(mulaw8k(new Uint8Array(160)));
    line.mark('1:0');
    line.clear();
    expect(socket.sent.map((text) => (JSON.parse(text) as { event: string }).event)).toEqual([
      'media',
      'mark',
      'clear',
    ]);
  });

  it('drops what would go over the bound and says so', () => {
    const { socket, line, overflows } = setup();
    socket.bufferedAmount = 9_990;
    line.mark('1:0');
    expect(socket.sent).toEqual([]);
    expect(overflows()).toBe(1);
  });

  it('does nothing on a socket that is not open', () => {
    const { socket, line, overflows } = setup();
    for (const state of [0, 2, 3]) {
      socket.readyState = state;
      line.send(mulaw8k(new Uint8Array(160)));
      line.mark('m');
      line.clear();
    }
    expect(socket.sent).toEqual([]);
    expect(overflows()).toBe(0);
  });

  it('passes a close on', () => {
    const { line, closes } = setup();
    line.close(1000, 'done');
    expect(closes).toEqual([[1000, 'done']]);
  });
});
