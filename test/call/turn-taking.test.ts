// What a call does at the borders of a turn: speculation and its cost, fillers, keys, long speech, notices, silence, time.
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import type { ReplyPart } from '../../src/ports/responder.ts';
import { DEFAULT_TURN_POLICY as POLICY } from '../../src/turn/policy.ts';
import { CallRig } from '../support/call-rig.ts';

async function listeningCall(options: ConstructorParameters<typeof CallRig>[0] = {}): Promise<CallRig> {
  const rig = await new CallRig(options).start();
  await rig.until('listening');
  return rig;
}

const counters = (rig: CallRig): Readonly<Record<string, number>> => rig.journal.snapshot().counters;
const sentMs = (rig: CallRig, from: number): number =>
  rig.sentBytesAt.filter(({ at }) => at >= from).reduce((sum, sent) => sum + sent.ms, 0);

describe('speculation', () => {
  it('prepares text and reply in the first silence, unheard, and counts what became of them', async () => {
    const rig = await listeningCall({ hears: ['I would', 'I would like a tea'] });
    await rig.speak(600);
    await rig.hush(160);
    expect(rig.session.state).toBe('endpointing');
    expect(rig.asked.at(-1)?.input).toEqual({ kind: 'heard', text: 'I would' });
    const sends = rig.sentBytesAt.length;
    await rig.speak(600);
    expect(rig.sentBytesAt).toHaveLength(sends);
    expect(rig.settled.at(-1)?.extent).toBe('none');
    await rig.until('agentSpeaking');
    await rig.until('listening');
    expect(counters(rig)).toMatchObject({ speculationsUsed: 1, speculationsDiscarded: 1 });
    expect(rig.counts.get('speculations:used')).toBe(1);
    expect(rig.counts.get('speculations:discarded')).toBe(1);
  });

  it('is left out while the models are busy: nothing is begun before the caller waits for it', async () => {
    const rig = await listeningCall();
    rig.maySpeculate = false;
    const asked = rig.asked.length;
    await rig.speak(600);
    await rig.hush(POLICY.baseWaitMs - 100);
    expect(rig.session.state).toBe('endpointing');
    expect(rig.transcribed).toHaveLength(0);
    await rig.hush(240);
    expect(rig.transcribed).toHaveLength(1);
    expect(rig.asked).toHaveLength(asked + 1);
    await rig.until('listening');
    expect(rig.journal.snapshot().turns.at(-1)?.replied).toBe('You said hello');
  });
});

describe('the end of a turn', () => {
  async function waitAfter(options: { fit?: 'whole' | 'part'; likelihood?: number }): Promise<number> {
    const { fit = 'unknown', likelihood } = options;
    const judge = { judge: () => Promise.resolve(likelihood ?? 0) };
    const rig = await listeningCall(likelihood === undefined ? {} : { turnEnd: judge });
    rig.fit = () => fit;
    await rig.speak(600);
    const { at } = rig;
    await rig.until('agentSpeaking');
    return rig.at - at;
  }

  it('comes when the words and the question say so', async () => {
    // A scripted detector has no lag, the usual one is taken into account.
    const slackMs = 160;
    expect(await waitAfter({ fit: 'whole' })).toBeLessThan(POLICY.shortWaitMs + slackMs);
    const late = await waitAfter({ fit: 'part' });
    expect(late).toBeGreaterThan(POLICY.longWaitMs);
    expect(late).toBeLessThan(POLICY.longWaitMs + slackMs);
  });

  it('heeds an acoustic model where there is one, and does without it when it fails', async () => {
    expect(await waitAfter({ likelihood: 0.99 })).toBeLessThan(await waitAfter({ likelihood: 0.01 }));
    const rig = await listeningCall({ turnEnd: { judge: () => Promise.reject(new Error('scripted')) } });
    await rig.turn();
    expect(rig.journal.snapshot().turns.at(-1)?.heard).toBe('hello');
    expect(rig.counts.get('port_failures:turn-end')).toBe(1);
  });

  it('of long speech has the words of all its parts, each transcribed once', async () => {
    const rig = await listeningCall({ hears: ['first part', 'and the second', 'and the end'] });
    await rig.speak(15_200);
    await rig.hush(60);
    await rig.speak(15_200);
    await rig.hush(60);
    await rig.speak(2_000);
    await rig.until('agentSpeaking');
    expect(rig.transcribed.map(({ audio }) => Math.round(audio.samples.length / 8_000))).toEqual([16, 15, 2]);
    expect(rig.journal.snapshot().turns.at(-1)?.heard).toBe('first part and the second and the end');
  });
});

describe('a long wait', () => {
  it('is bridged by a filler, once, which is no part of the reply', async () => {
    const rig = await listeningCall();
    rig.responderTakes = 3_000;
    await rig.speak(600);
    await rig.until('thinking');
    const from = rig.at;
    await rig.until('agentSpeaking');
    expect(rig.phrases.map(({ kind }) => kind)).toEqual(['filler']);
    expect(rig.phrases[0]!.at - from).toBeGreaterThanOrEqual(POLICY.fillerAfterMs);
    expect(sentMs(rig, from)).toBeGreaterThanOrEqual(600);
    await rig.until('listening');
    expect(sentMs(rig, from)).toBe(1_200);
    expect(rig.journal.snapshot().turns.at(-1)?.replied).toBe('You said hello');
    expect(counters(rig)['watchdogs']).toBeUndefined();
  });

  it('is bridged while the words are still awaited, too', async () => {
    const rig = await listeningCall();
    rig.transcriberTakes = 4_000;
    await rig.speak(600);
    await rig.until('agentSpeaking');
    expect(rig.phrases.map(({ kind }) => kind)).toEqual(['filler']);
    await rig.until('listening');
    expect(rig.journal.snapshot().turns.at(-1)).toMatchObject({ heard: 'hello', replied: 'You said hello' });
  });

  it('ends in an apology at the deadline', async () => {
    const rig = await listeningCall();
    rig.responderTakes = 'never';
    await rig.speak(600);
    await rig.until('agentSpeaking', 10_000);
    expect(rig.phrases.map(({ kind }) => kind)).toEqual(['filler', 'apology']);
    expect(rig.counts.get('watchdogs:thinking')).toBe(1);
    expect(rig.messages('watchdog fired')).toHaveLength(1);
  });
});

describe('keys', () => {
  const press = (rig: CallRig, digits: string): void => {
    for (const digit of digits) rig.receive({ type: 'dtmf', digit });
  };

  it('are an answer when they are whole, or when # ends them', async () => {
    const rig = await listeningCall();
    rig.keys = 'four-expected';
    press(rig, '1234');
    await rig.until('listening');
    press(rig, '56#');
    await rig.until('listening');
    expect(rig.asked.slice(-2).map(({ input }) => input)).toEqual([
      { kind: 'keys', digits: '1234' },
      { kind: 'keys', digits: '56' },
    ]);
  });

  it('stop the agent, and the record keeps what was heard', async () => {
    const rig = await listeningCall({ clauseMs: 3_000 });
    rig.keys = 'four-expected';
    await rig.speak(600);
    await rig.until('agentSpeaking');
    await rig.hush(1_600);
    press(rig, '1');
    expect(rig.cleared).toBe(1);
    expect(rig.settled.at(-1)).toMatchObject({ extent: 'some', text: 'You' });
    await rig.hush(POLICY.keyGapMs + 100);
    expect(rig.asked.at(-1)?.input).toEqual({ kind: 'keys', digits: '1' });
  });

  it('do nothing where none are expected, and are counted', async () => {
    const rig = await listeningCall({ clauseMs: 3_000 });
    await rig.speak(600);
    await rig.until('agentSpeaking');
    const asked = rig.asked.length;
    press(rig, '12#');
    await rig.until('listening');
    expect(rig.cleared).toBe(0);
    expect(rig.asked).toHaveLength(asked);
    expect(counters(rig)).toMatchObject({ dtmfKeys: 3, dtmfIgnored: 3 });
  });
});

describe('a legal notice', () => {
  it('is played to its end, and what was said over it is answered afterwards', async () => {
    const notice: ReplyPart = { kind: 'clause', text: 'This call is recorded.', uninterruptible: true };
    const rig = await new CallRig({
      clauseMs: 3_000,
      hears: ['I know that'],
      replyTo: (input) => (input.kind === 'greeting' ? [notice] : [{ kind: 'clause', text: 'Fine.' }]),
    }).start();
    await rig.until('agentSpeaking');
    await rig.hush(1_200);
    await rig.speak(800);
    for (let frames = 0; rig.asked.length < 2 && frames < 200; frames += 1) await rig.hush(20);
    expect(rig.cleared).toBe(0);
    await rig.until('listening');
    expect(rig.journal.snapshot().turns).toMatchObject([
      { heard: null, replied: 'This call is recorded.', bargedIn: false },
      { heard: 'I know that', replied: 'Fine.' },
    ]);
  });
});

describe('silence', () => {
  it('is broken by the agent, again, and the count goes up', async () => {
    const rig = await listeningCall();
    await rig.until('agentSpeaking', 9_000);
    await rig.until('listening');
    await rig.until('agentSpeaking', 9_000);
    expect(rig.asked.slice(-2).map(({ input }) => input)).toEqual([
      { kind: 'silence', count: 1 },
      { kind: 'silence', count: 2 },
    ]);
  });

  it('of the whole line ends the caller’s speech after a second', async () => {
    const rig = await listeningCall();
    await rig.speak(500);
    await rig.stall(1_200, 'lost');
    expect(rig.transcribed).toHaveLength(1);
    expect(rig.counts.get('watchdogs:stall')).toBe(1);
    expect(rig.messages('watchdog fired').map(({ fields }) => fields['which'])).toContain('stall');
    await rig.until('agentSpeaking');
    expect(rig.journal.snapshot().turns.at(-1)?.heard).toBe('hello');
  });
});

describe('the time of a call', () => {
  it('is announced and kept', async () => {
    const policy = { maxCallMs: ms(20_000), callWarningMs: ms(8_000), idleMs: ms(60_000) };
    const rig = await listeningCall({ policy });
    await rig.until('ended', 30_000);
    expect(rig.phrases.map(({ kind }) => kind)).toEqual(['time-warning', 'time-up']);
    expect(rig.closedWith).toBe('goodbye');
    expect(rig.journal.snapshot()).toMatchObject({ outcome: 'completed', result: 'time-up' });
  });
});
