// Random histories of a whole call: what callers, lines, ports and models may do, right or wrong, in any order.
import fc from 'fast-check';
import type { CallRig } from './call-rig.ts';
import type { Verdicts } from './scripted-detector.ts';
import type { Marks } from './scripted-line.ts';
import type { Manners, Takes } from './scripted-work.ts';

export type Move =
  | { readonly kind: 'words' | 'backchannel' | 'noise' | 'hush' | 'echo'; readonly ms: number }
  | { readonly kind: 'stall'; readonly ms: number; readonly packets: 'lost' | 'late' }
  | { readonly kind: 'disorder' }
  | { readonly kind: 'key'; readonly digit: string }
  | { readonly kind: 'stray-mark'; readonly name: string }
  | { readonly kind: 'repeated-mark'; readonly back: number }
  | { readonly kind: 'marks'; readonly marks: Marks }
  | { readonly kind: 'transcriber'; readonly fails: boolean; readonly takes: Takes }
  | { readonly kind: 'responder'; readonly does: CallRig['responder']; readonly takes: Takes }
  | { readonly kind: 'voice'; readonly does: CallRig['voice'] | 'fails'; readonly takes: Takes }
  | { readonly kind: 'detector'; readonly verdicts: Verdicts; readonly slots: 'free' | 'full' }
  | { readonly kind: 'load'; readonly maySpeculate: boolean }
  | { readonly kind: 'manners'; readonly manners: Manners };

const steps = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: min / 20, max: max / 20 }).map((frames) => frames * 20);

/** What people do. Words are long enough to be made out. */
export const talk: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('words' as const), ms: steps(300, 1500) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('hush' as const), ms: steps(20, 1500) }) },
  fc.record({ kind: fc.constant('backchannel' as const), ms: steps(200, 400) }),
  fc.record({ kind: fc.constant('noise' as const), ms: steps(20, 900) }),
);

export const echo: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('echo' as const),
  ms: steps(100, 900),
});
export const keys: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('key' as const),
  digit: fc.constantFrom('1', '5', '#'),
});

/** What never comes in time is not among them. */
const soon = fc.constantFrom<Takes>(0, 0, 100, 600, 1500);
export const slowPorts: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('transcriber' as const), fails: fc.constant(false), takes: soon }),
  fc.record({ kind: fc.constant('responder' as const), does: fc.constant('answers' as const), takes: soon }),
  fc.record({ kind: fc.constant('voice' as const), does: fc.constant('speaks' as const), takes: soon }),
  fc.record({ kind: fc.constant('load' as const), maySpeculate: fc.boolean() }),
);

const ever = fc.constantFrom<Takes>(0, 0, 300, 2500, 'never');
export const brokenPorts: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('transcriber' as const), fails: fc.boolean(), takes: ever }),
  fc.record({
    kind: fc.constant('responder' as const),
    does: fc.constantFrom<CallRig['responder']>('answers', 'says-nothing', 'fails'),
    takes: ever,
  }),
  fc.record({
    kind: fc.constant('voice' as const),
    does: fc.constantFrom<CallRig['voice'] | 'fails'>('speaks', 'gives-no-audio', 'fails'),
    takes: ever,
  }),
  fc.record({ kind: fc.constant('load' as const), maySpeculate: fc.boolean() }),
  fc.record({
    kind: fc.constant('manners' as const),
    manners: fc.constantFrom<Manners>('heeds-abort', 'answers-anyway'),
  }),
);

export const badMarks: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('marks' as const),
  marks: fc.constantFrom<Marks>('returned', 'lost', 'twice', 'late'),
});

/** None of them is a mark that the call waits for: that one only the line itself can return. */
export const strangers: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    kind: fc.constant('stray-mark' as const),
    name: fc.constantFrom('g0:end', 'g99:end', 'g1', '', '?'),
  }),
  fc.record({ kind: fc.constant('repeated-mark' as const), back: fc.integer({ min: 1, max: 4 }) }),
);

export const badLine: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    kind: fc.constant('stall' as const),
    ms: fc.constantFrom(60, 200, 800, 1600, 3000),
    packets: fc.constantFrom<'lost' | 'late'>('lost', 'late'),
  }),
  fc.record({ kind: fc.constant('disorder' as const) }),
);

export const badDetector: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('detector' as const),
  verdicts: fc.constantFrom<Verdicts>('right', 'none', 'stuck', 'nonsense'),
  slots: fc.constantFrom<'free' | 'full'>('free', 'free', 'full'),
});

export const anything: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: talk },
  echo,
  keys,
  brokenPorts,
  badMarks,
  strangers,
  badLine,
  badDetector,
);

export async function play(rig: CallRig, move: Move): Promise<void> {
  if ('ms' in move) return hear(rig, move);
  if (move.kind === 'disorder') return rig.disorder();
  script(rig, move);
}

function hear(rig: CallRig, move: Extract<Move, { readonly ms: number }>): Promise<void> {
  switch (move.kind) {
    case 'words':
      return rig.say(`word${rig.speech.said.length}`, move.ms);
    case 'backchannel':
      return rig.say('mm-hmm', move.ms);
    case 'noise':
      return rig.say('', move.ms);
    case 'hush':
      return rig.hush(move.ms);
    case 'echo':
      // There is no echo of silence.
      return rig.line.playing ? rig.echo(move.ms) : rig.hush(move.ms);
    case 'stall':
      return rig.stall(move.ms, move.packets);
  }
}

function script(rig: CallRig, move: Exclude<Move, { readonly ms: number } | { kind: 'disorder' }>): void {
  switch (move.kind) {
    case 'key':
      rig.receive({ type: 'dtmf', digit: move.digit });
      break;
    case 'stray-mark':
      rig.receive({ type: 'mark', name: move.name });
      break;
    case 'repeated-mark': {
      const name = rig.line.returned.at(-move.back);
      if (name !== undefined) rig.receive({ type: 'mark', name });
      break;
    }
    case 'marks':
      rig.line.marks = move.marks;
      break;
    case 'transcriber':
      rig.failTranscriber = move.fails;
      rig.transcriberTakes = move.takes;
      break;
    case 'responder':
      rig.responder = move.does;
      rig.responderTakes = move.takes;
      break;
    case 'voice':
      rig.failSynthesizer = move.does === 'fails';
      rig.voice = move.does === 'gives-no-audio' ? move.does : 'speaks';
      rig.voiceTakes = move.takes;
      break;
    case 'detector':
      rig.detector.verdicts = move.verdicts;
      rig.detector.slots = move.slots;
      break;
    case 'load':
      rig.maySpeculate = move.maySpeculate;
      break;
    case 'manners':
      rig.work.manners = move.manners;
  }
}

export async function playAll(rig: CallRig, moves: readonly Move[]): Promise<void> {
  for (const move of moves) await play(rig, move);
}
