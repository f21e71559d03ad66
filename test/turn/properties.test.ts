// The invariants of a call over random histories of speech, sounds, results, strangers, keys and faults.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/turn/hysteresis.ts';
import type { Floor, TurnCommand } from '../../src/turn/state.ts';
import { after, histories, play, type Move } from '../support/floor-histories.ts';
import { FloorDriver, type FloorStep } from '../support/floor.ts';

/** The most moves of a history; a move of speech or silence is up to 40 windows. */
const MAX_MOVES = 200;
const LIMIT_MS = 120_000;
/** New ones every time; PARLEY_SEED runs those of an earlier time again. */
const SEED = Number(process.env['PARLEY_SEED'] ?? Date.now() % 2 ** 31);
console.info(`random histories: PARLEY_SEED=${SEED}`);

/** Fails with seed, path and the shrunk history. */
function holds(
  promise: (history: readonly Move[]) => void,
  { runs, without = [], moves = MAX_MOVES }: { runs: number; without?: readonly string[]; moves?: number },
): void {
  fc.assert(
    fc.property(histories(moves, without), (history) => {
      promise(history);
    }),
    { numRuns: runs, seed: SEED },
  );
}

const turnsOf = (commands: readonly TurnCommand[], type: TurnCommand['type']): number[] =>
  commands.flatMap((command) => (command.type === type && 'turn' in command ? [command.turn] : []));

/** Turns whose results a floor waits for. */
function awaited(floor: Floor): readonly number[] {
  switch (floor.kind) {
    case 'endpointing':
    case 'thinking':
      return [floor.turn];
    case 'agentSpeaking':
      return [floor.turn, ...(floor.overlap?.dismissed == null ? [] : [floor.overlap.dismissed.turn])];
    case 'agentPaused':
      return [floor.turn, floor.callerTurn];
    case 'listening':
    case 'callerSpeaking':
    case 'ended':
      return [];
  }
}

/** A caller whose verdicts ceased, or who never stops, is ended by force. */
const FORCED: ReadonlySet<string> = new Set(['verdicts', 'utterance']);

/** Whether the detector's own state moved as the window says. */
function heard({ before, event, after: next, commands }: FloorStep, call: FloorDriver): boolean {
  if (event.type !== 'window') return true;
  const echo = event.echoDbfs > -100 && event.levelDbfs < event.echoDbfs - call.policy.echoGuardDb;
  const window = { from: event.from, to: event.at, probability: echo ? 0 : event.probability };
  const [vad] = judge(before.vad, window, call.policy);
  const forced = commands.some((command) => command.type === 'watchdog' && FORCED.has(command.which));
  return next.judgedTo === event.at && (forced || JSON.stringify(vad) === JSON.stringify(next.vad));
}

describe('over 20,000 random histories of up to 200 moves', () => {
  it(
    'I1, I2, I4, I6: one reset per reply and an open line, every window heard, strangers ignored, nothing after the end',
    () => {
      holds(
        (history) => {
          const call = new FloorDriver();
          const resets = new Set<number>();
          call.onStep = (taken) => {
            const { before, event, after: next, commands } = taken;
            if (before.floor.kind === 'ended') {
              expect(commands).toEqual([]);
              expect(next).toBe(before);
              return;
            }
            for (const turn of turnsOf(commands, 'vad-reset')) {
              expect(resets.has(turn)).toBe(false);
              resets.add(turn);
            }
            const closes = commands.some((command) => command.type === 'close');
            const over = [...turnsOf(commands, 'finish'), ...turnsOf(commands, 'interrupt')];
            if (!closes) expect(over.every((turn) => resets.has(turn))).toBe(true);
            if (over.length > 0) expect(['agentSpeaking', 'agentPaused']).not.toContain(next.floor.kind);
            if (next.floor.kind !== 'ended') expect(heard(taken, call)).toBe(true);
            if (next.floor.kind === 'listening') expect(['quiet', 'starting']).toContain(next.vad.kind);
            if ('turn' in event && !awaited(before.floor).includes(event.turn)) {
              expect(next).toBe(before);
              expect(commands).toEqual([{ type: 'stale', event: event.type }]);
            }
          };
          after(history, call);
        },
        { runs: 20_000 },
      );
    },
    LIMIT_MS,
  );

  it(
    'I3: nobody waits longer than the deadline of the state, whether windows or only ticks go on',
    () => {
      const limit = (floor: Floor, call: FloorDriver): number => {
        const { policy } = call;
        const { burstMs } = call.state;
        switch (floor.kind) {
          case 'endpointing':
            return Math.max(floor.decideAt, call.at) + policy.longWaitMs + policy.verdictGraceMs + burstMs;
          case 'thinking':
            return floor.deadline;
          case 'agentPaused':
            return floor.since + 2 * policy.maxPauseMs;
          case 'agentSpeaking':
            return (
              Math.max(floor.reply.playUntil, call.at) +
              Math.max(policy.thinkingDeadlineMs, policy.playoutSlackMs)
            );
          case 'callerSpeaking':
            return call.at + policy.verdictGraceMs + burstMs;
          case 'listening':
          case 'ended':
            return Infinity;
        }
      };
      fc.assert(
        fc.property(histories(MAX_MOVES), fc.boolean(), (history, windows) => {
          const call = after(history, new FloorDriver());
          for (let states = 0; states < 12 && !['listening', 'ended'].includes(call.kind); states += 1) {
            const { floor } = call.state;
            const until = limit(floor, call) + 64;
            const same = (): boolean =>
              call.kind === floor.kind && 'turn' in call.state.floor && call.turn === turnOf(floor);
            while (same() && call.at <= until) {
              if (windows) call.silence(32);
              else {
                call.at += 20;
                call.send({ type: 'tick' });
              }
            }
            expect(same(), `still ${call.kind} after its deadline`).toBe(false);
          }
          expect(['listening', 'ended']).toContain(call.kind);
        }),
        { numRuns: 2_500, seed: SEED },
      );
    },
    LIMIT_MS,
  );

  it(
    'I2: whatever the caller says is transcribed, over the agent, in its pauses and while it thinks',
    () => {
      holds(
        (history) => {
          const call = new FloorDriver();
          const bursts: { onset: number; lastSpeech: number }[] = [];
          call.onStep = ({ after: next }) => {
            if (next.vad.kind !== 'speaking') return;
            const { onset, lastSpeech } = next.vad;
            const last = bursts.at(-1);
            if (last?.onset === onset) last.lastSpeech = lastSpeech;
            else bursts.push({ onset, lastSpeech });
          };
          after(history, call);
          // Silence and no answers: everything that is waited for runs into its deadline.
          call.silence(60_000);
          const spans = call.commands.flatMap((command) =>
            command.type === 'transcribe' ? command.parts.map(({ from, to }) => ({ from, to })) : [],
          );
          for (const { onset, lastSpeech } of bursts) {
            // What remains unasked of a burst that was found to hold no words is shorter than any word.
            const covered = spans.filter((span) => span.from < lastSpeech && span.to > onset);
            expect(covered.length, `speech from ${onset} to ${lastSpeech}`).toBeGreaterThan(0);
            expect(Math.max(...covered.map(({ to }) => to))).toBeGreaterThanOrEqual(lastSpeech - 250);
            expect(Math.min(...covered.map(({ from }) => from))).toBeLessThanOrEqual(onset);
          }
        },
        { runs: 2_500, without: ['key', 'goodbye', 'tick', 'clock'], moves: 100 },
      );
    },
    LIMIT_MS,
  );

  it(
    'I7: whatever was left undone, the line opens, the idle prompt follows, and the next caller turn is answered',
    () => {
      holds(
        (history) => {
          const call = after(history, new FloorDriver());
          for (let passed = 0; passed < 60_000 && call.kind !== 'ended'; passed += 32) {
            if (call.kind === 'listening' && call.state.keys === null) break;
            call.silence(32);
          }
          if (call.kind === 'ended') return;
          expect(call.kind).toBe('listening');
          const { at } = call;
          call.commands = [];
          while (call.kind === 'listening' && call.at - at <= call.policy.idleMs + 64) call.silence(32);
          expect(call.commands[0]).toMatchObject({ type: 'reply', cause: { kind: 'silence' } });
          call.playReply(500);
          call.commands = [];
          call.speech(600);
          call.silence(200);
          expect(call.count('transcribe')).toBe(1);
          call.hear('hello', { fit: 'whole' });
          call.silence(call.policy.shortWaitMs);
          expect(call.commands).toContainEqual({ type: 'release', turn: call.turn });
        },
        { runs: 2_500 },
      );
    },
    LIMIT_MS,
  );

  it(
    'a reply that was paused goes on or is given up, never both, and never plays on beside another',
    () => {
      holds(
        (history) => {
          const call = new FloorDriver();
          let standing: number | null = null;
          call.onStep = ({ commands, after: next }) => {
            for (const command of commands) {
              if (command.type === 'pause') {
                expect(standing).toBe(null);
                standing = command.turn;
              }
              if (command.type === 'resume') expect(command.turn).toBe(standing);
              if (command.type === 'resume' || command.type === 'interrupt') standing = null;
              if (command.type === 'release') expect(standing).toBe(null);
            }
            expect(next.floor.kind === 'agentPaused').toBe(standing !== null);
          };
          after(history, call);
        },
        { runs: 2_500 },
      );
    },
    LIMIT_MS,
  );

  it(
    'keys are answered whole and once, however they mix with speech',
    () => {
      holds(
        (history) => {
          const call = new FloorDriver();
          call.send({ type: 'call-started' });
          for (const move of history) {
            play(call, move);
            if (call.kind === 'ended') return;
          }
          call.commands = [];
          const before = call.state.keys?.digits ?? '';
          const closing = 'reply' in call.state.floor && call.state.floor.reply.end?.hangUp != null;
          if (closing) return;
          call.send({ type: 'key', digit: '7', whole: true });
          for (
            let passed = 0;
            passed < 60_000 && call.commands.every(({ type }) => type !== 'reply');
            passed += 32
          )
            call.silence(32);
          const digits = `${before}7`.slice(0, 32);
          expect(call.commands.find(({ type }) => type === 'reply')).toMatchObject({
            cause: { kind: 'keys', digits },
          });
          expect(call.state.keys).toBe(null);
        },
        { runs: 1_000, without: ['goodbye'], moves: 60 },
      );
    },
    LIMIT_MS,
  );
});

const turnOf = (floor: Floor): number | null => ('turn' in floor ? floor.turn : null);
