// One simulated call in which something goes wrong: its caller's steps, and its moments on the clock of the wall.
import { join } from 'node:path';
import type { PreparedStep } from '../../src/simulator/caller-audio.ts';
import { clipOf } from '../../src/simulator/caller-line.ts';
import type { CallResult } from '../../src/simulator/call-result.ts';
import type { LineFault } from '../../src/simulator/line-faults.ts';
import { scenarioSchema } from '../../src/simulator/scenario.ts';
import { serverApi, type ServerCall } from '../../src/simulator/server-api.ts';
import { simulateCall } from '../../src/simulator/simulate-call.ts';
import { systemClock } from '../../src/simulator/simulator-clock.ts';
import { API_KEY, AUTH_TOKEN, PUBLIC_URL, type ServerProcess } from './server-process.ts';

export interface FaultyCall {
  /** Tells the calls of one server apart. */
  readonly number: number;
  readonly agent: string;
  readonly steps: readonly PreparedStep[];
  /** What becomes of the call when the server hands it on. */
  readonly transfers?: 'completed' | 'busy' | 'no-answer' | 'failed';
  readonly patience?: { readonly answerTimeoutMs?: number; readonly pauseMs?: number };
}

export interface CallAftermath {
  readonly callSid: string;
  readonly result: CallResult;
  readonly record: ServerCall;
  /** `Date.now()` of a moment of the stream. */
  readonly wallMs: (streamMs: number) => number;
}

export const callSidOf = (number: number): string => `CA${hexOf(number, 32)}`;

const hexOf = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

export function speak(samples: Int16Array, faults: readonly LineFault[] = []): PreparedStep {
  const clip = clipOf(samples);
  return { kind: 'speak', said: null, clip, interruptMs: null, expect: [], faults };
}

export const wait = (durationMs: number, faults: readonly LineFault[] = []): PreparedStep => ({
  kind: 'wait',
  durationMs,
  faults,
});

export const HANG_UP: PreparedStep = { kind: 'hang-up', interruptMs: null };

/** Runs the call to its end. */
export async function faultyCall(
  server: ServerProcess,
  folder: string,
  { number, agent, steps, patience = {}, transfers = 'completed' }: FaultyCall,
): Promise<CallAftermath> {
  const written = { name: agent, agent, patience, transfers, steps: ['hang-up'] };
  const callSid = callSidOf(number);
  const result = await simulateCall({
    scenario: { ...scenarioSchema.parse(written), folder },
    steps,
    agent,
    line: { target: server.url, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN },
    api: serverApi(server.url, API_KEY),
    clock: systemClock,
    randomHex: (digits) => hexOf(number, digits),
    recording: join(folder, `${number}.wav`),
    print: () => undefined,
    signal: new AbortController().signal,
  });
  if (result.record === null) throw new Error(`no record of the call of ${agent}: ${result.problems.join()}`);
  const started = server.lines.find((line) => line.msg === 'call started' && line['callSid'] === callSid);
  const originMs = Date.parse(String(started?.['time']));
  return { callSid, result, record: result.record, wallMs: (streamMs) => originMs + streamMs };
}
