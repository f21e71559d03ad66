// The turn machine: tables of events to floor and commands, one test a promise.
import { describe, expect, it } from 'vitest';
import { FloorDriver } from '../support/floor.ts';

const WINDOW_MS = 32;

describe('a turn', () => {
  it('greets, plays the greeting, resets the detector once and listens', () => {
    const call = new FloorDriver();
    expect(call.send({ type: 'call-started' })).toEqual([
      { type: 'reply', turn: 1, cause: { kind: 'greeting' } },
      { type: 'release', turn: 1 },
    ]);
    expect(call.playReply()).toEqual([
      { type: 'finish', turn: 1 },
      { type: 'vad-reset', turn: 1 },
    ]);
    expect(call.kind).toBe('listening');
  });

  it('transcribes on speculation at the first silence, with preroll', () => {
    const call = new FloorDriver().answerCall();
    call.silence(1000);
    const onset = call.at;
    const commands = [...call.speech(800), ...call.silence(call.policy.minSilenceMs)];
    const lastSpeech = onset + 800;
    expect(commands).toEqual([
      {
        type: 'transcribe',
        turn: 2,
        parts: [{ from: onset - 300, to: lastSpeech + call.policy.minSilenceMs }],
        lastSpeech,
        priority: 'speculative',
      },
    ]);
    expect(call.kind).toBe('endpointing');
  });

  it('prepares the reply while it waits and releases it at the decision', () => {
    const call = new FloorDriver().answerCall();
    call.speech(800);
    call.silence(64);
    const turn = call.turn;
    expect(call.hear('hello')).toEqual([{ type: 'reply', turn, cause: { kind: 'heard', text: 'hello' } }]);
    call.audio(900);
    call.end();
    expect(call.kind).toBe('endpointing');
    const commands = call.silence(call.policy.longWaitMs);
    expect(commands).toContainEqual({ type: 'release', turn });
    expect(commands).toContainEqual({ type: 'speculation', result: 'used' });
    expect(call.kind).toBe('agentSpeaking');
  });

  it('drops what was prepared when the caller goes on, and answers all of it together', () => {
    const call = new FloorDriver().answerCall();
    const onset = call.at;
    call.speech(800);
    call.silence(192);
    const turn = call.turn;
    call.hear('I would like');
    const resumed = call.speech(200);
    expect(resumed).toContainEqual({ type: 'cancel', turn });
    expect(resumed).toContainEqual({ type: 'speculation', result: 'discarded' });
    expect(call.state.floor).toMatchObject({ kind: 'callerSpeaking', onset });
    expect(call.audio(500, turn)).toEqual([{ type: 'stale', event: 'reply-audio' }]);
    const later = call.silence(150).find((command) => command.type === 'transcribe');
    expect(later?.parts[0]).toMatchObject({ from: Math.max(0, onset - 300) });
  });

  it('waits for the answer in thinking when the work is slower than the silence', () => {
    const call = new FloorDriver().answerCall();
    call.speech(800);
    const commands = call.silence(call.policy.longWaitMs + WINDOW_MS);
    expect(call.kind).toBe('thinking');
    const { turn } = call;
    expect(commands).toContainEqual({ type: 'hurry', turn });
    expect(call.hear('hello')).toEqual([
      { type: 'reply', turn, cause: { kind: 'heard', text: 'hello' } },
      { type: 'release', turn },
    ]);
    call.audio(400);
    expect(call.kind).toBe('agentSpeaking');
  });

  it('does not decide while the caller may just be starting again', () => {
    const call = new FloorDriver().answerCall();
    call.speech(800);
    call.silence(64);
    call.hear('yes', { fit: 'whole' });
    call.silence(call.policy.shortWaitMs - 64 - WINDOW_MS);
    expect(call.kind).toBe('endpointing');
    call.window(0.9);
    expect(call.kind).toBe('endpointing');
    call.window(0.9);
    call.window(0.9);
    expect(call.kind).toBe('callerSpeaking');
  });

  it('hangs up only when the goodbye was played, and plays it through the caller’s own goodbye', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('goodbye');
    const { turn } = call;
    call.audio(2000);
    call.end('done');
    expect(call.speech(900)).toEqual([]);
    expect(call.count('close')).toBe(0);
    call.silence(1100);
    expect(call.send({ type: 'playout-end', turn })).toEqual([
      { type: 'finish', turn },
      { type: 'close', reason: 'goodbye', outcome: 'done' },
    ]);
    expect(call.kind).toBe('ended');
  });

  it('does not believe a mark of the goodbye that comes before it can have been played', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('goodbye');
    const { turn } = call;
    call.audio(2000);
    call.end('done');
    call.silence(480);
    expect(call.send({ type: 'playout-end', turn })).toEqual([]);
    expect(call.silence(1480)).toEqual([]);
    expect(call.silence(64)).toEqual([
      { type: 'finish', turn },
      { type: 'close', reason: 'goodbye', outcome: 'done' },
    ]);
  });

  it('apologizes soon when words that were hurried cannot be had', () => {
    const call = new FloorDriver().answerCall();
    call.speech(800);
    call.silence(call.policy.baseWaitMs + WINDOW_MS);
    expect(call.kind).toBe('endpointing');
    const commands = call.send({ type: 'transcript-failed', turn: call.turn });
    expect(commands).toContainEqual({ type: 'reply', turn: 3, cause: { kind: 'apology' } });
  });

  it('hangs up by the byte clock when the mark of the goodbye never comes', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('goodbye');
    call.audio(1000);
    call.end('done');
    expect(call.silence(1000 + call.policy.playoutSlackMs - 100)).toEqual([]);
    expect(call.silence(200)).toContainEqual({ type: 'close', reason: 'goodbye', outcome: 'done' });
  });
});

describe('the end of a turn', () => {
  function afterWords(text: string, fit: 'whole' | 'part' | 'unknown'): number {
    const call = new FloorDriver().answerCall();
    call.speech(800);
    const { at } = call;
    call.silence(64);
    call.hear(text, { fit });
    for (let passed = 0; call.kind === 'endpointing' && passed < 5000; passed += WINDOW_MS) call.silence(32);
    return call.at - at;
  }

  it('comes soon after an answer to the question, late after the beginning of one', () => {
    const { policy } = new FloorDriver();
    const windows = (waitMs: number): number => Math.ceil(waitMs / WINDOW_MS) * WINDOW_MS;
    expect(afterWords('Yes.', 'whole')).toBe(windows(policy.shortWaitMs));
    expect(afterWords('Five five five', 'part')).toBe(windows(policy.longWaitMs));
  });

  it('is decided at once when the words come after their wait', () => {
    const call = new FloorDriver().answerCall();
    call.speech(800);
    call.silence(call.policy.shortWaitMs + 2 * WINDOW_MS);
    expect(call.kind).toBe('endpointing');
    expect(call.hear('Yes.', { fit: 'whole' }).map((command) => command.type)).toEqual([
      'reply',
      'speculation',
      'release',
    ]);
    expect(call.kind).toBe('thinking');
  });

  it('hurries late words, and lets them prolong the wait', () => {
    const call = new FloorDriver().answerCall();
    call.speech(800);
    const { policy } = call;
    const commands = call.silence(policy.baseWaitMs + WINDOW_MS);
    expect(commands).toContainEqual({ type: 'hurry', turn: 2 });
    expect(call.kind).toBe('endpointing');
    call.hear('Five five five', { fit: 'part' });
    call.silence(policy.longWaitMs - policy.baseWaitMs - 3 * WINDOW_MS);
    expect(call.kind).toBe('endpointing');
    call.silence(3 * WINDOW_MS);
    expect(call.kind).toBe('thinking');
  });

  it('takes what an acoustic model says into account, whenever it says so', () => {
    const decidedAfter = (likelihood: number | null): number => {
      const call = new FloorDriver().answerCall();
      call.speech(800);
      const { at } = call;
      call.silence(64);
      if (likelihood !== null) call.send({ type: 'turn-end-likelihood', turn: 2, likelihood });
      call.hear('I was there', { fit: 'unknown' });
      for (let passed = 0; call.kind === 'endpointing' && passed < 5000; passed += 32) call.silence(32);
      return call.at - at;
    };
    expect(decidedAfter(0.98)).toBeLessThanOrEqual(decidedAfter(null));
    expect(decidedAfter(0.02)).toBeGreaterThanOrEqual(decidedAfter(null));
  });

  it('cuts long speech into parts at pauses, and asks for their texts with the rest', () => {
    const call = new FloorDriver().answerCall();
    const onset = call.at;
    call.speech(15_200);
    expect(call.count('transcribe-part')).toBe(0);
    const [part] = call.silence(32);
    expect(part).toMatchObject({ type: 'transcribe-part', part: { from: Math.max(0, onset - 300) } });
    call.speech(2000);
    const [whole] = call.silence(64);
    const cut = part?.type === 'transcribe-part' ? part.part.to : 0;
    expect(whole).toMatchObject({
      type: 'transcribe',
      parts: [
        { from: Math.max(0, onset - 300), to: cut },
        { from: cut, to: call.at },
      ],
    });
  });

  it('cuts speech without any pause all the same', () => {
    const call = new FloorDriver().answerCall();
    call.speech(50_000);
    expect(call.count('transcribe-part')).toBe(2);
  });
});

describe('what goes wrong', () => {
  it('asks again when speech long enough for words gave none', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.silence(64);
    call.hear('');
    const commands = call.silence(call.policy.longWaitMs);
    expect(commands).toContainEqual({ type: 'reply', turn: 2, cause: { kind: 'heard', text: '' } });
  });

  it('goes back to listening after a short noise', () => {
    const call = new FloorDriver().answerCall();
    call.speech(96);
    call.silence(64);
    call.hear('');
    call.silence(call.policy.longWaitMs);
    expect(call.kind).toBe('listening');
    expect(call.silence(8100)).toContainEqual({
      type: 'reply',
      turn: 3,
      cause: { kind: 'silence', count: 1 },
    });
  });

  it('does not answer a long noise, whether words were made of it or not', () => {
    for (const text of ['', 'True.']) {
      const call = new FloorDriver().answerCall();
      call.confidence = 0.4;
      call.noise(800);
      call.silence(64);
      call.hear(text);
      call.silence(call.policy.longWaitMs);
      expect(call.kind).toBe('listening');
      expect(call.count('reply')).toBe(0);
    }
  });

  it('counts the prompts without an answer, noises between them or not', () => {
    const call = new FloorDriver().answerCall();
    call.silence(8100);
    call.playReply();
    call.speech(96);
    call.silence(64);
    call.hear('');
    call.silence(call.policy.longWaitMs + 8100);
    expect(call.commands.filter((command) => command.type === 'reply')).toMatchObject([
      { cause: { kind: 'silence', count: 1 } },
      { cause: { kind: 'silence', count: 2 } },
    ]);
  });

  it('apologizes when the transcription fails, and listens when the apology fails too', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.silence(64);
    call.send({ type: 'transcript-failed', turn: call.turn });
    const commands = call.silence(call.policy.baseWaitMs);
    expect(commands).toContainEqual({ type: 'reply', turn: 3, cause: { kind: 'apology' } });
    expect(call.send({ type: 'reply-failed', turn: 3 })).toEqual([
      { type: 'cancel', turn: 3 },
      { type: 'vad-reset', turn: 3 },
    ]);
    expect(call.kind).toBe('listening');
  });

  it('bridges a long wait with a filler, once, and plays the reply behind it', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('hours');
    const { turn } = call;
    const waited = call.silence(2000);
    expect(waited).toEqual([{ type: 'fill', turn }]);
    call.send({ type: 'filler-audio', turn, durationMs: 800 as never });
    call.silence(320);
    expect(call.kind).toBe('thinking');
    call.audio(1000);
    expect(call.state.floor).toMatchObject({
      kind: 'agentSpeaking',
      reply: { playUntil: call.at - 320 + 800 + 1000 },
    });
  });

  it('bridges no silence of its own accord: greeting and prompts have none before them', () => {
    const call = new FloorDriver();
    call.send({ type: 'call-started' });
    expect(call.silence(3000)).toEqual([]);
  });

  it('apologizes when the first audio does not come in time, filler or not', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('hours');
    const { turn } = call;
    call.silence(1300);
    call.send({ type: 'filler-audio', turn, durationMs: 800 as never });
    const commands = call.silence(call.policy.thinkingDeadlineMs);
    expect(commands).toContainEqual({ type: 'watchdog', which: 'thinking' });
    expect(commands).toContainEqual({ type: 'cancel', turn });
    expect(commands).toContainEqual({ type: 'reply', turn: 3, cause: { kind: 'apology' } });
  });

  it('does not wait for a mark that never comes', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('x');
    call.audio(1000);
    call.end();
    const commands = call.silence(2100);
    expect(commands.map((command) => command.type)).toEqual(['watchdog', 'finish', 'vad-reset']);
    expect(call.kind).toBe('listening');
  });

  it('opens the line after a reply without audio, with its one reset', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('x');
    const { turn } = call;
    expect(call.end()).toEqual([
      { type: 'finish', turn },
      { type: 'vad-reset', turn },
    ]);
    expect(call.kind).toBe('listening');
  });

  it('ends the caller’s speech when verdicts cease in the middle of it', () => {
    const call = new FloorDriver().answerCall();
    call.speech(500);
    call.at += 1100;
    expect(call.send({ type: 'tick' }).map((command) => command.type)).toEqual(['watchdog', 'transcribe']);
    expect(call.kind).toBe('endpointing');
    call.at += 1600;
    call.send({ type: 'tick' });
    call.at += 1500;
    call.send({ type: 'tick' });
    expect(call.kind).toBe('thinking');
  });

  it('hears a caller who talks on after verdicts had ceased in the middle of a word', () => {
    const call = new FloorDriver().answerCall();
    call.speech(96);
    call.at += 1100;
    call.send({ type: 'tick' });
    call.hear('');
    call.at += 2600;
    call.send({ type: 'tick' });
    expect(call.kind).toBe('listening');
    call.speech(96);
    expect(call.kind).toBe('callerSpeaking');
  });

  it('ends a turn that is longer than any, and still hears the caller', () => {
    const call = new FloorDriver().answerCall();
    const commands = call.speech(call.policy.maxUtteranceMs + 100);
    expect(commands).toContainEqual({ type: 'watchdog', which: 'utterance' });
    const { turn } = call;
    expect(commands).toContainEqual(expect.objectContaining({ type: 'transcribe', turn, priority: 'final' }));
    call.hear('a very long story');
    call.audio(3000);
    expect(call.speech(600)).toContainEqual({ type: 'pause', turn });
  });

  it('waits as long as was promised when late audio has moved the media clock', () => {
    const call = new FloorDriver().answerCall();
    call.saysAndWaits('x');
    const { turn } = call;
    call.audio(3000);
    call.end();
    call.at += 2000;
    call.send({ type: 'clock-ahead', byMs: 2000 as never });
    expect(call.silence(2900)).toEqual([]);
    expect(call.send({ type: 'playout-end', turn })).toContainEqual({ type: 'finish', turn });
  });

  /** Late audio of the caller comes all at once; the detector judges it window by window while the line goes on. */
  function burst(call: FloorDriver, ms: number, windows: number): void {
    const begin = call.at;
    call.at += ms;
    call.send({ type: 'clock-ahead', byMs: ms as never });
    for (let index = 0; index < windows; index += 1) {
      call.at = begin + ms + index;
      call.send({ type: 'tick' });
      call.at = begin + index * 32;
      call.window(0.95);
    }
    call.at = begin + ms + windows;
  }

  it('does not end speech that came all at once and is not judged yet', () => {
    const call = new FloorDriver().answerCall();
    burst(call, 3200, 100);
    expect(call.count('watchdog')).toBe(0);
    expect(call.kind).toBe('callerSpeaking');
    call.silence(64);
    expect(call.count('transcribe')).toBe(1);
    expect(call.kind).toBe('endpointing');
  });

  it('ends speech after a burst all the same when no verdicts come any more', () => {
    const call = new FloorDriver().answerCall();
    burst(call, 3200, 10);
    expect(call.kind).toBe('callerSpeaking');
    for (let passed = 0; call.kind === 'callerSpeaking' && passed < 1_000; passed += 20) {
      call.at += 20;
      call.send({ type: 'tick' });
    }
    expect(call.kind).toBe('endpointing');
    expect(call.count('watchdog')).toBe(1);
  });

  it('never moves for a stranger, and nothing at all after the end', () => {
    const call = new FloorDriver().answerCall();
    const before = call.state;
    expect(call.send({ type: 'playout-end', turn: 77 })).toEqual([{ type: 'stale', event: 'playout-end' }]);
    expect(call.state).toBe(before);
    call.send({ type: 'hang-up', reason: 'hang-up' });
    expect(call.kind).toBe('ended');
    expect(call.speech(500)).toEqual([]);
    expect(call.send({ type: 'hang-up', reason: 'shutdown' })).toEqual([]);
  });
});

describe('the time of a call', () => {
  const short = { maxCallMs: 60_000 as never, callWarningMs: 20_000 as never };

  it('warns once, says goodbye when it is up, and hangs up when that was played', () => {
    const call = new FloorDriver({ ...new FloorDriver().policy, ...short, idleMs: 100_000 as never });
    call.answerCall();
    const warned = call.silence(41_000);
    expect(warned).toContainEqual(
      expect.objectContaining({ type: 'reply', cause: { kind: 'time-warning' } }),
    );
    call.playReply();
    expect(call.kind).toBe('listening');
    const up = call.silence(19_500);
    expect(up.filter((command) => command.type === 'reply')).toMatchObject([{ cause: { kind: 'time-up' } }]);
    expect(call.playReply(1000, 'time-up')).toContainEqual({
      type: 'close',
      reason: 'goodbye',
      outcome: 'time-up',
    });
  });

  it('cuts a call that never comes to rest', () => {
    const call = new FloorDriver({ ...new FloorDriver().policy, ...short });
    call.answerCall();
    const commands = call.speech(90_000);
    expect(commands).toContainEqual({ type: 'watchdog', which: 'call' });
    expect(commands.at(-1)).toEqual({ type: 'close', reason: 'time-up', outcome: null });
  });
});
