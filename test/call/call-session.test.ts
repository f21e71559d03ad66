// Whole calls over scripted ports: turns, interruptions, late and failing results, and a teardown that leaves nothing.
import { describe, expect, it } from 'vitest';
import { mulaw8k, ms } from '../../src/audio/units.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';
import { CallRig, flush } from '../support/call-rig.ts';

async function listeningCall(options: ConstructorParameters<typeof CallRig>[0] = {}): Promise<CallRig> {
  const rig = await new CallRig(options).start();
  await rig.until('listening');
  return rig;
}

describe('a call', () => {
  it('greets, answers turn after turn, and resets the detector once per reply', async () => {
    const rig = await listeningCall({ hears: ['one', 'two', 'three'] });
    for (let turn = 0; turn < 3; turn += 1) await rig.turn();
    const record = rig.journal.snapshot();
    expect(record.turns.map((turn) => [turn.heard, turn.replied])).toEqual([
      [null, 'Hello.'],
      ['one', 'You said one'],
      ['two', 'You said two'],
      ['three', 'You said three'],
    ]);
    expect(rig.resets).toBe(4);
    expect(rig.messages('line open again, detector reset')).toHaveLength(4);
    expect(record.counters['watchdogs']).toBeUndefined();
  });

  it('keeps what was heard on record when the reply to it has no text', async () => {
    const rig = await listeningCall({
      hears: ['one', 'two'],
      replyTo: (input) =>
        input.kind === 'heard' && input.text === 'one' ? [] : [{ kind: 'clause', text: 'Yes.' }],
    });
    await rig.speak(600);
    await rig.until('endpointing');
    await rig.until('listening');
    await rig.turn();
    expect(rig.journal.snapshot().turns.map((turn) => [turn.heard, turn.replied])).toEqual([
      [null, 'Yes.'],
      ['one', ''],
      ['two', 'Yes.'],
    ]);
    expect(rig.resets).toBe(3);
    expect(rig.messages('turn')).toHaveLength(3);
  });

  it('logs the turn state before and after every reset', async () => {
    const rig = await listeningCall();
    expect(rig.messages('line open again, detector reset')[0]?.fields).toMatchObject({
      before: { turnState: 'agentSpeaking', vad: 'quiet' },
      after: { turnState: 'listening', vad: 'quiet' },
    });
  });

  it('reports stages that add up to the time from the last speech to the first frame', async () => {
    const rig = await listeningCall();
    await rig.speak(600);
    const lastSpeech = rig.at;
    await rig.until('agentSpeaking');
    const firstSent = rig.sentBytesAt.find((send) => send.at >= lastSpeech)?.at ?? 0;
    await rig.until('listening');
    const stages = rig.journal.snapshot().turns[1]?.stagesMs;
    const values = Object.values(stages ?? {}) as number[];
    const sum = values.reduce((total, value) => total + value, 0);
    expect(Math.abs(sum - (firstSent - lastSpeech))).toBeLessThanOrEqual(64);
    expect(stages?.endpointWait).toBeGreaterThanOrEqual(DEFAULT_TURN_POLICY.shortWaitMs);
  });

  it('never sends more than its lead ahead of playout', async () => {
    const rig = await listeningCall({ clauseMs: 3000 });
    await rig.speak(600);
    await rig.until('agentSpeaking');
    await rig.until('listening');
    let playhead = 0;
    for (const { at, ms: length } of rig.sentBytesAt) {
      playhead = Math.max(at, playhead) + length;
      expect(playhead - at).toBeLessThanOrEqual(400 + 1);
    }
  });

  it('sends portions of 100 ms while the reply plays, and never lets the line run dry', async () => {
    const rig = await listeningCall({ clauseMs: 3000 });
    await rig.speak(600);
    const lastSpeech = rig.at;
    await rig.until('agentSpeaking');
    await rig.until('listening');
    const [first, ...later] = rig.sentBytesAt.filter(({ at }) => at >= lastSpeech);
    expect(first?.ms).toBe(400);
    let playhead = (first?.at ?? 0) + 400;
    for (const { at, ms: length } of later) {
      expect(playhead - at).toBeGreaterThanOrEqual(400 - 100 - 20);
      playhead += length;
    }
    expect(playhead).toBe((first?.at ?? 0) + 3000);
    expect(later).toHaveLength((3000 - 400) / 100);
  });

  it('gives the transcriber the caller’s words with preroll, and what is expected now', async () => {
    const rig = await listeningCall();
    await rig.hush(1000);
    await rig.turn(600);
    const [request] = rig.transcribed;
    expect(request?.expected).toEqual(['yes']);
    const lengthMs = (request?.audio.samples.length ?? 0) / 8;
    expect(lengthMs).toBeGreaterThan(600 + 300);
    expect(lengthMs).toBeLessThan(600 + 300 + 250);
  });

  it('gives the same turns whatever the packet sizes', async () => {
    const sizes = [1, 160, 37, 4000, 80, 0, 999];
    const rig = await listeningCall();
    const speech = new Uint8Array(8 * 600).map((_, i) => (i % 2 === 0 ? 0x10 : 0x90));
    const silence = new Uint8Array(8 * 900).fill(0xff);
    const audio = new Uint8Array([...speech, ...silence]);
    let offset = 0;
    for (let i = 0; offset < audio.length; i += 1) {
      const bytes = audio.subarray(offset, offset + (sizes[i % sizes.length] ?? 160));
      rig.receive({ type: 'media', at: ms(rig.at + offset / 8), audio: mulaw8k(bytes) });
      offset += bytes.length;
      await flush();
    }
    rig.at += audio.length / 8;
    await rig.until('listening');
    expect(rig.journal.snapshot().turns.map((turn) => turn.heard)).toEqual([null, 'hello']);
  });

  it('fills a gap in the media timestamps with silence, so that the clock stays true', async () => {
    const rig = await listeningCall();
    await rig.speak(400);
    rig.at += 1000;
    await rig.until('agentSpeaking');
    expect(rig.journal.snapshot().counters['gapsFilledMs']).toBe(1000);
    expect(rig.counts.get('frames_lost')).toBe(50);
  });
});

describe('interruption', () => {
  it('stops the audio, keeps what was heard, and answers the caller', async () => {
    const rig = await listeningCall({
      hears: ['first', 'second'],
      clauseMs: 2000,
      replyTo: (input) =>
        input.kind === 'heard'
          ? [
              { kind: 'clause', text: `${input.text} one.` },
              { kind: 'clause', text: 'never heard.' },
            ]
          : [{ kind: 'clause', text: 'Hello.' }],
    });
    await rig.speak(600);
    await rig.until('agentSpeaking');
    await rig.hush(1200);
    await rig.speak(700);
    expect(rig.cleared).toBe(1);
    await rig.until('agentSpeaking');
    await rig.until('listening');
    const turns = rig.journal.snapshot().turns;
    expect(turns[1]).toMatchObject({ heard: 'first', replied: 'first', bargedIn: true });
    expect(turns[2]).toMatchObject({ heard: 'second', replied: 'second one. never heard.', bargedIn: false });
    expect(rig.settled.map((entry) => entry.extent)).toEqual(['all', 'some', 'all']);
    expect(rig.resets).toBe(3);
  });

  it('does not take the marks of cleared audio for played audio', async () => {
    const rig = await listeningCall({ clauseMs: 300 });
    await rig.speak(600);
    await rig.until('agentSpeaking');
    await rig.speak(500);
    rig.receive({ type: 'mark', name: 'g1:end' });
    rig.receive({ type: 'mark', name: 'not-ours' });
    expect(rig.session.state).not.toBe('listening');
    expect(rig.journal.snapshot().counters['staleMarks']).toBeGreaterThanOrEqual(2);
  });
});

describe('trouble', () => {
  it('apologizes when the transcriber fails and hears the next turn', async () => {
    const rig = await listeningCall();
    rig.failTranscriber = true;
    await rig.turn();
    expect(rig.journal.snapshot().turns.at(-1)?.replied).toBe('(apology)');
    rig.failTranscriber = false;
    await rig.turn();
    expect(rig.journal.snapshot().turns.at(-1)).toMatchObject({ heard: 'hello', replied: 'You said hello' });
  });

  it('keeps listening when there is no voice at all', async () => {
    const rig = await listeningCall();
    rig.failSynthesizer = true;
    await rig.speak(600);
    await rig.hush(1500);
    await rig.until('listening');
    rig.failSynthesizer = false;
    await rig.turn();
    expect(rig.journal.snapshot().turns.at(-1)?.replied).toBe('You said hello');
  });

  it('ends playout by the byte clock on a line that loses marks', async () => {
    const rig = await new CallRig({ deafLine: true }).start();
    await rig.until('listening', 4000);
    expect(rig.journal.snapshot().counters['watchdogs']).toBe(1);
  });

  it('rebuilds the detector of a call that gets no verdicts, and hears again', async () => {
    const rig = await listeningCall();
    rig.silentDetector = true;
    await rig.hush(1100);
    rig.silentDetector = false;
    expect(rig.journal.snapshot().counters['vadRebuilds']).toBe(1);
    await rig.turn();
    expect(rig.openSlots).toBe(1);
    expect(rig.journal.snapshot().turns.at(-1)?.heard).toBe('hello');
  });

  it('ends only itself when there is a bug in it', async () => {
    const rig = new CallRig({
      replyTo: () => {
        throw new TypeError('scripted bug');
      },
    });
    await rig.start();
    await rig.hush(1000);
    expect(rig.session.state).toBe('listening');
    expect(rig.messages('a port failed unexpectedly')).toHaveLength(1);
  });
});

describe('the end', () => {
  it('says goodbye to its end, then closes the line once', async () => {
    const rig = await listeningCall({
      replyTo: (input) =>
        input.kind === 'heard'
          ? [
              { kind: 'clause', text: 'Goodbye.' },
              { kind: 'hang-up', outcome: 'done' },
            ]
          : [{ kind: 'clause', text: 'Hello.' }],
    });
    await rig.speak(600);
    await rig.until('ended');
    const lastSend = rig.sentBytesAt.at(-1);
    expect(rig.at).toBeGreaterThanOrEqual((lastSend?.at ?? 0) + (lastSend?.ms ?? 0));
    expect(rig.closedWith).toBe('goodbye');
    expect(rig.journal.snapshot()).toMatchObject({
      outcome: 'completed',
      result: 'done',
      state: 'ended',
      collected: { date: '2026-12-03' },
    });
    expect(rig.resets).toBe(1);
  });

  const moments: [string, (rig: CallRig) => Promise<void>][] = [
    ['listening', (rig) => rig.hush(100)],
    ['callerSpeaking', (rig) => rig.speak(300)],
    ['endpointing', (rig) => rig.speak(300).then(() => rig.hush(200))],
    ['agentSpeaking', (rig) => rig.speak(300).then(() => rig.until('agentSpeaking'))],
  ];
  it.each(moments)('releases everything when the caller hangs up while %s', async (state, reach) => {
    const rig = await listeningCall();
    await reach(rig);
    expect(rig.session.state).toBe(state);
    rig.receive({ type: 'closed', reason: 'socket-closed' });
    rig.receive({ type: 'closed', reason: 'stop' });
    rig.session.end('shutdown');
    await flush();
    expect(rig.session.state).toBe('ended');
    expect(rig.openSlots).toBe(0);
    expect(rig.onClosedCalls).toBe(1);
    expect(rig.journal.snapshot()).toMatchObject({ outcome: 'caller-hung-up' });
    const sends = rig.sentBytesAt.length;
    await rig.speak(300);
    await rig.hush(1500);
    expect(rig.sentBytesAt).toHaveLength(sends);
    expect(rig.openSlots).toBe(0);
  });

  it('releases everything when the caller hangs up before any audio', async () => {
    const rig = await new CallRig().start();
    rig.receive({ type: 'closed', reason: 'stop' });
    await flush();
    expect(rig.onClosedCalls).toBe(1);
    expect(rig.openSlots).toBe(0);
  });
});
