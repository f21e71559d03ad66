// What became of a call after a fault: held against the deadline that was promised for it, and printed as a table.
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { parseWav } from '../../src/audio/wav.ts';
import { replyTo } from '../../src/simulator/caller.ts';
import type { Spurt } from '../../src/simulator/loudness.ts';
import { normalizeWords } from '../../src/simulator/word-error-rate.ts';
import type { CallAftermath } from './faulty-call.ts';
import type { FloorWatch } from './floor-watch.ts';

/** From the deadline of a fault to the open floor, and to the first sound where the agent has to speak. */
export const RECOVERY_LIMIT_MS = 1_000;

export interface Recovery {
  readonly fault: string;
  readonly deadline: string;
  /** From the fault. */
  readonly deadlineMs: number;
  readonly listeningMs: number;
  /** From the deadline to the first sound, where the agent has to speak. */
  readonly soundMs: number | null;
  readonly nextHeard: string;
}

/** What was heard of the agent from the caller's utterance to the next one. */
export function replyHeard(
  { result }: CallAftermath,
  index: number,
): { first: Spurt | null; last: Spurt | null } {
  const utterance = result.utterances[index] ?? null;
  const untilMs = result.utterances[index + 1]?.startedMs ?? Infinity;
  const before = result.spurts.filter((spurt) => spurt.startMs < untilMs);
  const first = replyTo(utterance, before);
  return { first, last: first === null ? null : (before.at(-1) ?? null) };
}

export interface Expectation {
  readonly fault: string;
  /** When it happened, on the wall's clock. */
  readonly faultMs: number;
  /** In words, and on the wall's clock: without a reply when the floor must be open, else when it must be heard. */
  readonly deadline: string;
  readonly deadlineMs: number;
  readonly recovery: 'silent' | 'spoken';
  /** How long after the last sound of the agent the end of its reply has to be assumed. */
  readonly slackMs?: number;
  readonly nextWords: readonly string[];
}

/** Holds a call against what was promised; returns the figures. */
export function recoveryOf(floors: FloorWatch, after: CallAftermath, expected: Expectation): Recovery {
  const { result, record, callSid, wallMs } = after;
  const { fault, faultMs, deadline, deadlineMs, recovery, slackMs = 0 } = expected;
  expect(result.problems, fault).toEqual([]);
  const listening = floors.entered(callSid, 'listening', faultMs);
  expect(listening, `${fault}: listening again`).not.toBeNull();
  const { first, last } = replyHeard(after, 0);
  let openByMs = deadlineMs;
  if (recovery === 'spoken') {
    expect(first, `${fault}: the agent is heard`).not.toBeNull();
    expect(wallMs(first!.startMs) - deadlineMs, `${fault}: first sound`).toBeLessThanOrEqual(
      RECOVERY_LIMIT_MS,
    );
    openByMs = wallMs(last!.endMs) + slackMs;
  } else {
    expect(first, `${fault}: nothing is heard`).toBeNull();
  }
  expect(listening!.atMs - openByMs, `${fault}: open floor`).toBeLessThanOrEqual(RECOVERY_LIMIT_MS);
  const next = record.turns.findLast(({ heard }) => heard !== null);
  expect(normalizeWords(next?.heard ?? ''), `${fault}: next turn`).toEqual(
    expect.arrayContaining([...expected.nextWords]),
  );
  expect(replyHeard(after, result.utterances.length - 1).first, `${fault}: next answer`).not.toBeNull();
  return {
    fault,
    deadline:
      recovery === 'silent' ? deadline : `${deadline}; end of the reply${slackMs > 0 ? ' + slack' : ''}`,
    deadlineMs: openByMs - faultMs,
    listeningMs: listening!.atMs - faultMs,
    soundMs: recovery === 'spoken' ? wallMs(first!.startMs) - deadlineMs : null,
    nextHeard: next?.heard ?? '',
  };
}

/** When the caller's last sound of an utterance had been sent. */
export function spokenAt({ result, wallMs }: CallAftermath, index = 0): number {
  return wallMs(result.utterances[index]!.spokenMs!);
}

/** All that the agent was heard to say, without its silences. */
export function agentSamples({ result }: CallAftermath): readonly number[] {
  const wav = parseWav(readFileSync(result.recording));
  if (!wav.ok) throw new Error(wav.message);
  return Array.from(wav.channels[1]!).filter((value) => value !== 0);
}

export function tableOf(rows: readonly Recovery[], grainMs: number): string {
  const figure = (value: number | null): string => (value === null ? '-' : value.toFixed(0)).padStart(9);
  const lines = rows.map(
    ({ fault, deadline, deadlineMs, listeningMs, soundMs, nextHeard }) =>
      `${fault.padEnd(28)}${figure(deadlineMs)}${figure(listeningMs)}${figure(listeningMs - deadlineMs)}${figure(soundMs)}  ${deadline.padEnd(60)}  ${nextHeard}`,
  );
  const head = `${'fault'.padEnd(28)} deadline listening     after    sound  ms; floors seen every ${grainMs} ms at worst`;
  return [head, ...lines].join('\n');
}
