// Promises of the turn machine over random histories of speech, results, strangers and silence.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { FloorDriver } from '../support/floor.ts';

type Move =
  | { kind: 'speech' | 'silence'; windows: number }
  | { kind: 'tick' | 'burst'; ms: number }
  | { kind: 'text'; text: string; offset: number }
  | { kind: 'audio'; offset: number }
  | { kind: 'end'; hangUp: string | null; offset: number }
  | { kind: 'reply-failed' | 'transcript-failed' | 'playout-end'; offset: number };

/** Mostly the current turn; sometimes an older or a future one. */
const offset = fc.constantFrom(0, 0, 0, 0, -1, -2, 1);
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constantFrom('speech', 'silence'), windows: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('speech'), windows: fc.constantFrom(3, 3, 13, 900) }),
  fc.record({ kind: fc.constant('tick'), ms: fc.constantFrom(20, 450, 1000, 1500) }),
  fc.record({ kind: fc.constant('burst'), ms: fc.constantFrom(20, 700, 4000) }),
  fc.record({ kind: fc.constant('text'), text: fc.constantFrom('', 'yes', 'goodbye'), offset }),
  fc.record({ kind: fc.constant('audio'), offset }),
  fc.record({ kind: fc.constant('end'), hangUp: fc.constantFrom(null, null, null, 'done'), offset }),
  fc.record({ kind: fc.constantFrom('reply-failed', 'transcript-failed', 'playout-end'), offset }),
);

function play(call: FloorDriver, next: Move): void {
  const { floor } = call.state;
  const turn =
    ('turn' in floor ? floor.turn : call.state.nextTurn - 1) + ('offset' in next ? next.offset : 0);
  switch (next.kind) {
    case 'speech':
      call.speech(next.windows * 32);
      break;
    case 'silence':
      call.silence(next.windows * 32);
      break;
    case 'tick':
      call.at += next.ms;
      call.send({ type: 'tick' });
      break;
    case 'burst':
      call.at += next.ms;
      call.send({ type: 'clock-ahead', byMs: ms(next.ms) });
      break;
    case 'text':
      call.hear(next.text, { turn });
      break;
    case 'audio':
      call.audio(700, turn);
      break;
    case 'end':
      call.send({ type: 'reply-end', turn, hangUp: next.hangUp });
      break;
    case 'reply-failed':
    case 'transcript-failed':
    case 'playout-end':
      call.send({ type: next.kind, turn });
  }
}

function historyOf(moves: readonly Move[]): FloorDriver {
  const call = new FloorDriver();
  call.send({ type: 'call-started' });
  for (const next of moves) play(call, next);
  return call;
}

describe('over random histories', () => {
  const histories = fc.array(move, { maxLength: 120 });

  it('resets the detector at most once per reply', () => {
    fc.assert(
      fc.property(histories, (moves) => {
        const turns = historyOf(moves).commands.flatMap((c) => (c.type === 'vad-reset' ? [c.turn] : []));
        expect(new Set(turns).size).toBe(turns.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('opens the line again within two deadlines whatever is left undone', () => {
    fc.assert(
      fc.property(histories, (moves) => {
        const call = historyOf(moves);
        let open = false;
        for (let passed = 0; passed < 40_000 && !open; passed += 32) {
          call.silence(32);
          open = call.kind === 'listening' || call.kind === 'ended';
        }
        expect(open).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('never listens with the detector inside speech: that would be deafness', () => {
    fc.assert(
      fc.property(histories, (moves) => {
        const call = new FloorDriver();
        call.send({ type: 'call-started' });
        for (const next of moves) {
          play(call, next);
          if (call.kind === 'listening') expect(['quiet', 'starting']).toContain(call.state.vad.kind);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves the floor untouched by strangers', () => {
    fc.assert(
      fc.property(
        histories,
        fc.constantFrom('transcript-failed', 'reply-failed', 'playout-end'),
        (moves, type) => {
          const call = historyOf(moves);
          const before = call.state;
          call.send({ type, turn: 100_000 });
          expect(call.state).toEqual(before);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('hears the next caller turn after any history', () => {
    fc.assert(
      fc.property(histories, (moves) => {
        const call = historyOf(moves);
        for (let passed = 0; passed < 40_000 && !['listening', 'ended'].includes(call.kind); passed += 32) {
          call.silence(32);
        }
        if (call.kind === 'ended') return;
        call.commands = [];
        call.speech(600);
        call.silence(200);
        expect(call.count('transcribe')).toBe(1);
      }),
      { numRuns: 2000 },
    );
  });
});
