// One media stream on a clock that the test moves: pacing, playout, marks, clear, keys, hang-up, strictness, timing.
import { describe, expect, it } from 'vitest';
import { rig, speak, STREAM_ORIGIN_MS as ORIGIN_MS } from '../support/stream-rig.ts';

describe('SimulatedStream', () => {
  it('sends connected, start and then 20 ms every 20 ms, counted and stamped as Twilio does', () => {
    const { socket, at } = rig([{ kind: 'wait', durationMs: 60_000 }]);
    at(1_000);
    expect(socket.sent.slice(0, 2).map((message) => [message.event, message.atMs])).toEqual([
      ['connected', ORIGIN_MS],
      ['start', ORIGIN_MS],
    ]);
    const media = socket.ofEvent('media');
    expect(media).toHaveLength(50);
    media.forEach((message, index) => {
      expect(message.atMs - ORIGIN_MS).toBeCloseTo((index + 1) * 20, 6);
      expect(message.json).toMatchObject({
        sequenceNumber: String(index + 2),
        media: { chunk: String(index + 1), timestamp: String(171 + index * 20) },
      });
    });
  });

  it('catches up after a stall and is then on its old schedule again', () => {
    const { clock, socket, at } = rig([{ kind: 'wait', durationMs: 60_000 }]);
    at(100);
    clock.stallTo(ORIGIN_MS + 190);
    expect(socket.ofEvent('media')).toHaveLength(9);
    at(200);
    expect(socket.ofEvent('media').at(-1)?.atMs).toBeCloseTo(ORIGIN_MS + 200, 6);
    const stamps = socket
      .ofEvent('media')
      .map(({ json }) => Number((json['media'] as { timestamp: string }).timestamp));
    expect(stamps).toEqual(Array.from({ length: 10 }, (_, index) => 171 + index * 20));
  });

  it('never sends digital silence on a line with noise, and sends the same noise for the same seed', () => {
    const first = rig([{ kind: 'wait', durationMs: 60_000 }], -60);
    const second = rig([{ kind: 'wait', durationMs: 60_000 }], -60);
    first.at(2_000);
    second.at(2_000);
    expect(first.socket.sent.map(({ text }) => text)).toEqual(second.socket.sent.map(({ text }) => text));
    const samples = first.frames.flatMap((frame) => Array.from(frame.caller));
    expect(first.frames.every((frame) => frame.caller.some((value) => value !== 0))).toBe(true);
    const rms = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
    expect(20 * Math.log10(rms / 32768)).toBeCloseTo(-60, 0);
  });

  it('returns marks at the playhead and records the agent where it was played', () => {
    const { at, media, mark, marksAt, frames, socket } = rig([{ kind: 'wait', durationMs: 60_000 }]);
    at(105);
    mark('empty');
    media(100);
    mark('a');
    media(50);
    mark('b');
    at(500);
    expect(marksAt()).toEqual([
      ['empty', 105],
      ['a', 205],
      ['b', 255],
    ]);
    const agent = frames.flatMap((frame) => Array.from(frame.agent));
    const loud = agent.flatMap((value, index) => (value === 0 ? [] : [index]));
    expect(loud[0]).toBe(105 * 8);
    expect(loud.at(-1)).toBe(255 * 8 - 1);
    expect(socket.ofEvent('mark').map(({ json }) => json['sequenceNumber'])).toEqual(['7', '13', '16']);
  });

  it('clear stops the playout at once, returns all marks in order, and the next audio plays from then', () => {
    const { at, media, mark, clear, marksAt, stream } = rig([{ kind: 'wait', durationMs: 60_000 }]);
    at(100);
    media(1_000);
    mark('a');
    media(1_000);
    mark('b');
    at(300);
    clear();
    at(400);
    media(100);
    mark('c');
    at(700);
    expect(marksAt()).toEqual([
      ['a', 300],
      ['b', 300],
      ['c', 500],
    ]);
    expect(stream.ear.spurts).toEqual([
      { startMs: 100, endMs: 300 - 1 / 8 },
      { startMs: 400, endMs: 500 - 1 / 8 },
    ]);
  });

  it('waits for the agent to finish, speaks, and measures to the first sound of the reply', () => {
    const { at, media, turns, caller, agentEvents } = rig([speak('hello'), speak('again')]);
    at(200);
    media(600, 200);
    at(1_900);
    expect(caller.utterances.map((utterance) => utterance.startedMs)).toEqual([1_700]);
    at(2_411);
    media(0, 50);
    media(300);
    at(5_000);
    const [hello, again] = turns();
    // The clip starts in the frame sent at 1,700, so its 300 ms of speech have left with the one sent at 1,980.
    expect(hello).toMatchObject({ answered: true, replyStartMs: 2_461, utterance: { spokenMs: 1_980 } });
    expect(hello?.responseMs).toBeCloseTo(2_461 - 1_980, 6);
    expect(again?.utterance.startedMs).toBe(3_680);
    expect(again?.answered).toBe(false);
    expect(agentEvents).toEqual(['heard', 'quiet', 'heard', 'quiet']);
  });

  it('goes on after the answer timeout and marks the turn as unanswered', () => {
    const { at, turns, caller } = rig([speak('one'), speak('two')]);
    at(10_000);
    expect(caller.utterances.map((utterance) => utterance.startedMs)).toEqual([3_000, 6_480]);
    expect(turns().map((turn) => turn.answered)).toEqual([false, false]);
  });

  it('interrupts a reply and does not take the rest of it for the answer', () => {
    const { at, media, clear, turns } = rig([speak('first'), speak('stop', 300, 200)]);
    at(100);
    media(200);
    at(1_700);
    media(5_000);
    at(2_300);
    clear();
    at(2_700);
    media(300);
    at(3_200);
    const [first, stop] = turns();
    expect(first?.responseMs).toBeCloseTo(1_700 - 1_480, 6);
    expect(stop?.utterance.startedMs).toBe(1_900);
    expect(stop?.responseMs).toBeCloseTo(2_700 - 2_180, 6);
  });

  it('presses keys one after the other', () => {
    const { at, media, socket } = rig([
      { kind: 'dtmf', digits: '12#', everyMs: 200, interruptMs: null, expect: [] },
    ]);
    at(100);
    media(200);
    at(3_000);
    expect(socket.ofEvent('dtmf').map(({ json, atMs }) => [json['dtmf'], atMs - ORIGIN_MS])).toEqual([
      [{ track: 'inbound_track', digit: '1' }, 1_200],
      [{ track: 'inbound_track', digit: '2' }, 1_400],
      [{ track: 'inbound_track', digit: '#' }, 1_600],
    ]);
  });

  it('hangs up with stop and a close, sends nothing afterwards, and leaves no timer', async () => {
    const { at, media, mark, socket, clock, done, ended } = rig([{ kind: 'hang-up', interruptMs: 100 }]);
    at(100);
    media(10_000);
    mark('never');
    at(260);
    expect(socket.closedByUs).toBe(true);
    expect(socket.sent.at(-1)?.json).toMatchObject({
      event: 'stop',
      stop: { accountSid: 'AC1', callSid: 'CA1' },
    });
    const sent = socket.sent.length;
    media(100);
    at(400);
    socket.serverCloses(1005);
    await done;
    expect(socket.sent).toHaveLength(sent);
    expect(clock.pendingTimers).toBe(0);
    expect(ended[0]).toMatchObject({ endedBy: 'caller', closeCode: 1005 });
  });

  it('hangs up when told to, and breaks the socket off when the server does not answer the close', async () => {
    const { at, abort, socket, clock, done, ended } = rig([{ kind: 'wait', durationMs: 60_000 }]);
    at(100);
    abort.abort();
    expect(socket.sent.at(-1)?.event).toBe('stop');
    at(2_200);
    await done;
    expect(socket.terminated).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    expect(ended[0]).toMatchObject({ endedBy: 'caller', closeCode: 1006 });
  });

  it.each([
    [1000, 'agent'],
    [1005, 'agent'],
    [1008, 'refused'],
    [1011, 'refused'],
    [1006, 'broken'],
  ])('reports a close with %i by the server as ended by %s', async (code, endedBy) => {
    const { at, socket, clock, done, ended } = rig([{ kind: 'wait', durationMs: 60_000 }]);
    at(1_000);
    socket.serverCloses(code);
    await done;
    expect(ended[0]).toMatchObject({ endedBy, closeCode: code, framesSent: 50 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('hangs up itself when the agent does not after the last reply', () => {
    const { at, media, socket } = rig([speak('goodbye')]);
    at(100);
    media(200);
    at(1_800);
    media(200);
    at(5_900);
    expect(socket.closedByUs).toBe(false);
    at(6_100);
    expect(socket.closedByUs).toBe(true);
  });

  it('counts what the server sends wrongly and plays on', async () => {
    const { at, media, socket, done, ended, stream } = rig([{ kind: 'wait', durationMs: 60_000 }]);
    at(100);
    socket.receive(null);
    socket.receive('{');
    socket.receive({ event: 'media', streamSid: 'MZ-other', media: { payload: 'fw==' } });
    socket.receive({ event: 'media', streamSid: 'MZ1', media: { payload: 'fw==', extra: 1 } });
    socket.receive({ event: 'clear', streamSid: 'MZ1', extra: 1 });
    socket.receive({ event: 'clear', streamSid: 'MZ1', extra: 1 });
    media(100);
    at(300);
    socket.serverCloses(1000);
    await done;
    expect(stream.ear.spurts).toHaveLength(1);
    expect(ended[0]?.warnings).toEqual({
      '31950 binary message': 1,
      '31950 not JSON': 1,
      '31951 wrong streamSid on media': 1,
      '31951 media is not {payload}': 1,
      '31951 extra field on clear': 2,
    });
  });

  it('drops caller audio when the server does not read', async () => {
    const { at, socket, done, ended } = rig([{ kind: 'wait', durationMs: 60_000 }]);
    at(100);
    socket.bufferedBytes = 2_000_000;
    at(200);
    socket.bufferedBytes = 0;
    at(300);
    socket.serverCloses(1000);
    await done;
    expect(ended[0]).toMatchObject({ framesSent: 10, framesDropped: 5 });
  });
});
