// Random histories of a call for the turn machine: speech, sounds, results of this and other turns, keys, faults.
import fc from 'fast-check';
import { ms } from '../../src/audio/units.ts';
import type { Fit } from '../../src/turn/state.ts';
import type { FloorDriver } from './floor.ts';

export type Move =
  | { kind: 'speech' | 'silence'; windows: number }
  | { kind: 'echo'; windows: number }
  | { kind: 'tick'; ms: number }
  | { kind: 'text'; text: string; fit: Fit; asked: boolean; offset: number }
  | { kind: 'likelihood'; likelihood: number; offset: number }
  | { kind: 'audio'; uninterruptible: boolean; offset: number }
  | { kind: 'filler'; offset: number }
  | { kind: 'end'; hangUp: string | null; offset: number }
  | { kind: 'reply-failed' | 'transcript-failed' | 'playout-end'; offset: number }
  | { kind: 'key'; digit: string; whole: boolean }
  | { kind: 'clock-ahead'; ms: number };

/** Mostly the current turn; sometimes the one that speech over it becomes, an older or a future one. */
const offset = fc.constantFrom(0, 0, 0, 0, 1, -1, -2, 2);
const windows = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(3, 4, 13, 25, 40));
const text = fc.constantFrom('', '', 'Mm-hmm.', 'yes', 'I would like to', 'stop', 'goodbye');
const fit = fc.constantFrom<Fit>('whole', 'part', 'unknown');

const moves: Record<string, fc.Arbitrary<Move>> = {
  sound: fc.record({ kind: fc.constantFrom('speech', 'silence'), windows }),
  echo: fc.record({ kind: fc.constant('echo'), windows }),
  tick: fc.record({ kind: fc.constant('tick'), ms: fc.constantFrom(20, 100, 450, 1000, 1500, 5500) }),
  text: fc.record({ kind: fc.constant('text'), text, fit, asked: fc.boolean(), offset }),
  likelihood: fc.record({ kind: fc.constant('likelihood'), likelihood: fc.constantFrom(0, 0.5, 1), offset }),
  audio: fc.record({ kind: fc.constant('audio'), uninterruptible: fc.boolean(), offset }),
  filler: fc.record({ kind: fc.constant('filler'), offset }),
  end: fc.record({ kind: fc.constant('end'), hangUp: fc.constant(null), offset }),
  fault: fc.record({ kind: fc.constantFrom('reply-failed', 'transcript-failed'), offset }),
  playout: fc.record({ kind: fc.constant('playout-end'), offset }),
  key: fc.record({ kind: fc.constant('key'), digit: fc.constantFrom('1', '5', '#'), whole: fc.boolean() }),
  clock: fc.record({ kind: fc.constant('clock-ahead'), ms: fc.constantFrom(100, 2000, 4000) }),
  goodbye: fc.record({ kind: fc.constant('end'), hangUp: fc.constant('done'), offset }),
};

const WEIGHTS: Readonly<Record<string, number>> = {
  sound: 8,
  echo: 1,
  tick: 2,
  text: 4,
  likelihood: 1,
  audio: 4,
  filler: 1,
  end: 3,
  fault: 1,
  playout: 3,
  key: 2,
  clock: 1,
  goodbye: 1,
};

/** Histories of at most `maxLength` moves without the kinds that are left out. */
export function histories(maxLength: number, without: readonly string[] = []): fc.Arbitrary<Move[]> {
  const kinds = Object.keys(moves).filter((kind) => !without.includes(kind));
  const weighted = kinds.map((kind) => ({ weight: WEIGHTS[kind] ?? 1, arbitrary: moves[kind]! }));
  return fc.array(fc.oneof(...weighted), { maxLength });
}

export function play(call: FloorDriver, move: Move): void {
  const { floor } = call.state;
  const current = 'turn' in floor ? floor.turn : call.state.nextTurn - 1;
  const turn = current + ('offset' in move ? move.offset : 0);
  switch (move.kind) {
    case 'speech':
      call.speech(move.windows * 32);
      break;
    case 'silence':
      call.silence(move.windows * 32);
      break;
    case 'echo':
      call.echoDbfs = -20;
      call.levelDbfs = -70;
      call.speech(move.windows * 32);
      call.echoDbfs = -100;
      call.levelDbfs = -20;
      break;
    case 'tick':
      call.at += move.ms;
      call.send({ type: 'tick' });
      break;
    case 'text':
      call.hear(move.text, { turn, fit: move.fit, asked: move.asked });
      break;
    case 'likelihood':
      call.send({ type: 'turn-end-likelihood', turn, likelihood: move.likelihood });
      break;
    case 'audio':
      call.audio(700, turn, move.uninterruptible);
      break;
    case 'filler':
      call.send({ type: 'filler-audio', turn, durationMs: ms(600) });
      break;
    case 'end':
      call.end(move.hangUp, turn);
      break;
    case 'key':
      call.send({ type: 'key', digit: move.digit, whole: move.whole || move.digit === '#' });
      break;
    case 'clock-ahead':
      call.at += move.ms;
      call.send({ type: 'clock-ahead', byMs: ms(move.ms) });
      break;
    case 'reply-failed':
    case 'transcript-failed':
    case 'playout-end':
      call.send({ type: move.kind, turn });
  }
}

export function after(history: readonly Move[], call: FloorDriver): FloorDriver {
  call.send({ type: 'call-started' });
  for (const move of history) play(call, move);
  return call;
}
