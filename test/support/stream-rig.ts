// A simulated stream on a clock that the test moves, its socket in memory, the test being the server.
import { encodeMulaw } from '../../src/audio/mulaw.ts';
import { pcm } from '../../src/audio/units.ts';
import type { PreparedStep } from '../../src/simulator/caller-audio.ts';
import { CallerLine, clipOf } from '../../src/simulator/caller-line.ts';
import { Caller } from '../../src/simulator/caller.ts';
import { turnsOf } from '../../src/simulator/call-result.ts';
import { LineFaults, type LineFault } from '../../src/simulator/line-faults.ts';
import { SimulatedStream, type StreamResult } from '../../src/simulator/simulated-stream.ts';
import { ManualSimulatorClock, MemoryStreamSocket } from './simulator-clock.ts';

const ids = { accountSid: 'AC1', callSid: 'CA1', streamSid: 'MZ1' };
export const STREAM_ORIGIN_MS = 5_000.25;

/** `ms` of a square wave, then `trailingMs` of silence. */
export function tone(ms: number, trailingMs = 0): Int16Array {
  return Int16Array.from({ length: (ms + trailingMs) * 8 }, (_, index) =>
    index < ms * 8 ? (index % 16 < 8 ? 8000 : -8000) : 0,
  );
}

export function speak(said: string, ms = 300, interruptMs: number | null = null): PreparedStep {
  return { kind: 'speak', said, clip: clipOf(tone(ms, 200)), interruptMs, expect: [] };
}

export function rig(steps: readonly PreparedStep[], noiseDbfs = -96, always: readonly LineFault[] = []) {
  const clock = new ManualSimulatorClock(STREAM_ORIGIN_MS);
  const socket = new MemoryStreamSocket(clock);
  const faults = new LineFaults(always);
  const patience = { answerTimeoutMs: 3_000, finishedAfterMs: 500, pauseMs: 400 };
  const caller = new Caller(steps, patience, (begin) => {
    faults.begin(begin);
  });
  const frames: { caller: Int16Array; agent: Int16Array }[] = [];
  const agentEvents: string[] = [];
  const abort = new AbortController();
  const stream = new SimulatedStream({
    socket,
    clock,
    ids,
    parameters: { token: 't' },
    firstTimestampMs: 171,
    caller,
    line: new CallerLine({ noiseDbfs, seed: 7 }),
    faults,
    onFrame: (left, right) => frames.push({ caller: left, agent: right }),
    onAgent: (event) => agentEvents.push(event),
  });
  const ended: StreamResult[] = [];
  const done = stream.run(abort.signal).then((result) => ended.push(result));
  const at = (ms: number): void => {
    clock.advanceTo(STREAM_ORIGIN_MS + ms);
  };
  const media = (ms: number, trailingMs = 0): void => {
    const payload = Buffer.from(encodeMulaw(pcm(8000, tone(ms, trailingMs)))).toString('base64');
    socket.receive({ event: 'media', streamSid: 'MZ1', media: { payload } });
  };
  const mark = (name: string): void => {
    socket.receive({ event: 'mark', streamSid: 'MZ1', mark: { name } });
  };
  const clear = (): void => {
    socket.receive({ event: 'clear', streamSid: 'MZ1' });
  };
  const marksAt = (): readonly (readonly [string, number])[] =>
    socket
      .ofEvent('mark')
      .map(({ json, atMs }) => [(json['mark'] as { name: string }).name, atMs - STREAM_ORIGIN_MS] as const);
  const turns = () => turnsOf(caller.utterances, stream.ear.spurts, []);
  return {
    clock,
    socket,
    caller,
    stream,
    frames,
    agentEvents,
    abort,
    ended,
    done,
    at,
    media,
    mark,
    clear,
    marksAt,
    turns,
  };
}
