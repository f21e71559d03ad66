// What is said over a reply or must not be answered, on a clock that the test moves: when it is said, and its judgement.
import { describe, expect, it } from 'vitest';
import type { PreparedStep } from '../../src/simulator/caller-audio.ts';
import { clipOf } from '../../src/simulator/caller-line.ts';
import { turnsOf } from '../../src/simulator/call-result.ts';
import { ignoredSounds } from '../../src/simulator/ignored-sounds.ts';
import { holeBetween, isSpeakingAt, silencedMs } from '../../src/simulator/interruptions.ts';
import type { ServerTurn } from '../../src/simulator/server-api.ts';
import { rig, speak, tone } from '../support/stream-rig.ts';

const ignored = (ms: number, interruptMs: number | null = null): PreparedStep => ({
  kind: 'ignored',
  said: null,
  clip: clipOf(tone(ms, 200)),
  interruptMs,
});
const turn = (heard: string | null, replied: string, bargedIn = false): ServerTurn => ({
  heard,
  replied,
  stagesMs: null,
  bargedIn,
});
type Rig = ReturnType<typeof rig>;
const heardBy = ({ stream }: Rig) => ({ spurts: stream.ear.spurts, clearsMs: stream.ear.clearsMs });
const judged = (made: Rig, record: readonly ServerTurn[] | null) =>
  ignoredSounds(made.caller.utterances, record, heardBy(made)).map(({ heard, hole, faults }) => ({
    heard,
    hole,
    faults,
  }));
const startsOf = ({ caller }: Rig): readonly (readonly [string, number])[] =>
  caller.utterances.map(({ kind, startedMs }) => [kind, startedMs]);

describe('a sound over silence that must be ignored', () => {
  /** Greeted until 300 ms; the sound begins in the frame of 1,200 ms and is spoken with that of 1,280 ms. */
  const afterGreeting = () => {
    const made = rig([ignored(100), speak('hello')]);
    made.at(100);
    made.media(200);
    return made;
  };

  it('waits for no answer, but gives one the time to come', () => {
    const made = afterGreeting();
    made.at(6_000);
    expect(startsOf(made)).toEqual([
      ['ignored', 1_200],
      ['speech', 1_280 + 2_500],
    ]);
    expect(judged(made, [turn(null, 'Hello.'), turn('hello', 'Hi.')])).toEqual([
      { heard: null, hole: null, faults: [] },
    ]);
  });

  it('fails when the agent is heard, whether or not the server has a turn of it', () => {
    const made = afterGreeting();
    made.at(2_000);
    made.media(200);
    made.at(6_000);
    const faults = ['was answered 820 ms after it began'];
    expect(judged(made, [turn(null, 'Hello.')])[0]?.faults).toEqual(faults);
    expect(judged(made, null)[0]?.faults).toEqual(faults);
    expect(judged(made, [turn(null, 'Hello.'), turn('uh', 'Sorry?'), turn('hello', 'Hi.')])[0]).toEqual({
      heard: 'uh',
      hole: null,
      faults: ['became a turn: "uh"', ...faults],
    });
    // What the agent says of its own accord is no answer.
    expect(judged(made, [turn(null, 'Hello.'), turn(null, 'Still there?')])[0]?.faults).toEqual([]);
  });

  it('does not blame it for the answer to what is said next', () => {
    const made = afterGreeting();
    made.at(4_400);
    made.media(200);
    made.at(6_000);
    expect(judged(made, null)[0]?.faults).toEqual([]);
  });
});

describe('a sound over a reply that must go on', () => {
  /** The reply begins at 1,700 ms and lasts 3 s; the sound begins in the frame of 2,000 ms. */
  const overReply = () => {
    const made = rig([speak('tell me'), ignored(100, 300), speak('thanks')]);
    made.at(100);
    made.media(200);
    made.at(1_700);
    made.media(3_000);
    return made;
  };
  const record = (bargedIn: boolean) => [
    turn(null, 'Hello.'),
    turn('tell me', 'A long story.', bargedIn),
    turn('thanks', 'Bye.'),
  ];

  it('is content with a reply that plays on, and speaks again when it is over', () => {
    const made = overReply();
    made.at(8_000);
    expect(startsOf(made).slice(1)).toEqual([
      ['ignored', 2_000],
      ['speech', 5_600],
    ]);
    expect(judged(made, record(false))).toEqual([{ heard: null, hole: { kind: 'none' }, faults: [] }]);
  });

  it('measures the hole when the reply is resumed', () => {
    const made = overReply();
    made.at(2_150);
    made.clear();
    made.at(2_600);
    made.media(2_550);
    made.at(8_000);
    const [sound] = judged(made, record(false));
    expect(sound).toMatchObject({ hole: { kind: 'paused' }, faults: [] });
    expect(sound?.hole?.kind === 'paused' ? sound.hole.pausedMs : 0).toBeCloseTo(450, 0);
    // The resumed reply is waited for to its end.
    expect(startsOf(made).at(-1)).toEqual(['speech', 6_060]);
  });

  it('fails when the reply was broken off', () => {
    const made = overReply();
    made.at(2_150);
    made.clear();
    made.at(8_000);
    expect(judged(made, record(true))).toEqual([
      { heard: null, hole: { kind: 'cut-off' }, faults: ['ended the reply "A long story."'] },
    ]);
    expect(judged(made, null)[0]?.faults).toEqual(['silenced the agent, which was not heard again']);
  });
});

describe('a barge-in', () => {
  it('is timed from the first sample of speech to the last of the reply, as both stand in the recording', () => {
    const clip = clipOf(new Int16Array([...new Int16Array(800), ...tone(300, 200)]));
    const made = rig([speak('tell me'), { kind: 'speak', said: 'stop', clip, interruptMs: 300, expect: [] }]);
    made.at(100);
    made.media(200);
    made.at(1_700);
    made.media(3_000);
    made.at(2_330);
    made.clear();
    made.at(2_700);
    made.media(200);
    made.at(5_000);
    const stop = made.caller.utterances[1];
    // In the frame that leaves at 2,000 ms, which began at 1,980, 100 ms of silence begin.
    expect(stop).toMatchObject({ startedMs: 2_000, onsetMs: 2_080 });
    const turnsWith = (bargedIn: boolean) =>
      turnsOf(made.caller.utterances, made.stream.ear.spurts, [
        turn(null, 'Hello.'),
        turn('tell me', 'A long', bargedIn),
        turn('stop', 'Okay.'),
      ]);
    expect(turnsWith(true)[1]?.silencedMs).toBeCloseTo(250, 0);
    expect(turnsWith(true)[0]?.silencedMs).toBeNull();
    // A reply that was over is not broken off.
    expect(turnsWith(false)[1]?.silencedMs).toBeNull();
  });

  it('counts a reply that was paused, went on and then ended, to its last sample', () => {
    const utterance = {
      kind: 'speech',
      step: 1,
      said: 'stop',
      expect: [],
      interrupts: true,
      startedMs: 1_000,
      onsetMs: 1_000,
      spokenMs: 3_000,
    } as const;
    const spurts = [
      { startMs: 500, endMs: 1_200 },
      { startMs: 1_800, endMs: 2_100 },
      { startMs: 3_400, endMs: 4_000 },
    ];
    expect(silencedMs(utterance, spurts)).toBe(1_100);
    expect(silencedMs(utterance, [{ startMs: 500, endMs: 900 }])).toBe(0);
    expect(silencedMs(utterance, [])).toBe(0);
  });
});

describe('holeBetween', () => {
  const spurts = [
    { startMs: 0, endMs: 1_000 },
    { startMs: 1_400, endMs: 2_000 },
    { startMs: 2_900, endMs: 4_000 },
  ];

  it.each([
    ['nothing was cleared', [], [0, 5_000], { kind: 'none' }],
    ['the clear came before', [1_001], [1_100, 5_000], { kind: 'none' }],
    ['it was cleared once', [1_001], [500, 5_000], { kind: 'paused', pausedMs: 400 }],
    ['it was cleared twice', [1_001, 2_001], [500, 5_000], { kind: 'paused', pausedMs: 900 }],
    ['nothing came before the end', [2_001], [500, 2_800], { kind: 'cut-off' }],
  ] as const)('when %s', (_name, clearsMs, [fromMs, untilMs], hole) => {
    expect(holeBetween({ spurts, clearsMs }, fromMs, untilMs)).toEqual(hole);
  });

  it('takes a short silence after a sentence for a part of the speech', () => {
    expect([900, 1_600, 2_800, 4_700, 4_701].map((atMs) => isSpeakingAt(spurts, atMs))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('a silence that the agent must fill', () => {
  const silence: PreparedStep = { kind: 'silence', durationMs: 9_000, expect: [] };

  it('begins when the agent has finished and is over when the prompt is', () => {
    const made = rig([silence, speak('yes')]);
    made.at(100);
    made.media(200);
    made.at(8_300);
    made.media(500);
    made.at(12_000);
    expect(startsOf(made)).toEqual([
      ['silence', 1_200],
      ['speech', 9_700],
    ]);
    const [asked] = turnsOf(made.caller.utterances, made.stream.ear.spurts, [
      turn(null, 'Hello.'),
      turn(null, 'Are you still there?'),
      turn('yes', 'Good.'),
    ]);
    expect(asked).toMatchObject({
      answered: true,
      heard: null,
      replied: 'Are you still there?',
      responseMs: null,
      replyStartMs: 8_300,
    });
  });

  it('is unanswered after its own time, not after that of an answer', () => {
    const made = rig([silence, speak('yes')]);
    made.at(100);
    made.media(200);
    made.at(12_000);
    expect(startsOf(made)).toEqual([
      ['silence', 1_200],
      ['speech', 10_200],
    ]);
    expect(turnsOf(made.caller.utterances, made.stream.ear.spurts, [])[0]?.answered).toBe(false);
  });
});

describe('keys', () => {
  it('are pressed at their own pace and answered like speech', () => {
    const made = rig([{ kind: 'dtmf', digits: '42#', everyMs: 60, interruptMs: null, expect: [] }]);
    made.at(100);
    made.media(200);
    made.at(2_000);
    made.media(200);
    made.at(4_000);
    expect(made.socket.ofEvent('dtmf')).toHaveLength(3);
    const [keys] = turnsOf(made.caller.utterances, made.stream.ear.spurts, [
      turn(null, 'Hello.'),
      turn(null, 'Forty two.'),
    ]);
    // Pressed at 1,200, 1,260 and 1,320 ms.
    expect(keys).toMatchObject({ answered: true, heard: null, replied: 'Forty two.', responseMs: 680 });
  });

  it('are not answered by a prompt that has nothing to do with them', () => {
    const expected = ['forty'];
    const made = rig([{ kind: 'dtmf', digits: '42#', everyMs: 60, interruptMs: null, expect: expected }]);
    made.at(100);
    made.media(200);
    made.at(2_000);
    made.media(200);
    made.at(4_000);
    const answered = (replied: string) =>
      turnsOf(made.caller.utterances, made.stream.ear.spurts, [turn(null, 'Hello.'), turn(null, replied)])[0];
    expect(answered('Are you still there?')).toMatchObject({ answered: false, replyStartMs: 2_000 });
    expect(answered('Forty two.')).toMatchObject({ answered: true });
  });
});
