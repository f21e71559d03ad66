// The agent's side of a call: what is sent and when, pausing to the sample, filler, what was heard, levels and marks.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { QUIETEST_DBFS } from '../../src/audio/level.ts';
import { encodeMulaw } from '../../src/audio/mulaw.ts';
import { mulaw8k, ms, pcm, type Mulaw8k } from '../../src/audio/units.ts';
import { AgentAudio } from '../../src/call/agent-audio.ts';
import { PlayingLine } from '../support/playing-line.ts';
import { sine } from '../support/tones.ts';

const LEAD_MS = 400;
const FRAME_MS = 20;
const TURN = 3;

const voice = (durationMs: number, amplitude = 8000): Mulaw8k =>
  encodeMulaw(pcm(8000, sine(300, 8000, durationMs * 8, amplitude)));

class Rig {
  readonly line = new PlayingLine();
  readonly played: number[] = [];
  readonly firstSent: number[] = [];
  readonly agent: AgentAudio;
  #returned = 0;

  constructor(leadMs = LEAD_MS) {
    this.agent = new AgentAudio({
      channel: this.line,
      leadMs: ms(leadMs),
      onFirstSent: (turn) => this.firstSent.push(turn),
      onPlayed: (turn) => this.played.push(turn),
    });
    this.agent.begin(TURN);
  }

  get now() {
    return ms(this.line.now);
  }

  clause(text: string, ...pieces: Mulaw8k[]): void {
    this.agent.addClause(TURN, text);
    for (const piece of pieces) this.agent.add(TURN, piece, this.now);
  }

  /** A reply of one clause, complete and released. */
  say(text: string, audio: Mulaw8k): void {
    this.clause(text, audio);
    this.agent.complete(TURN, this.now);
    this.agent.release(TURN, this.now);
  }

  /** Time passes as in a call: a pump with every frame, marks come back when they are played. */
  run(durationMs: number): void {
    for (let passed = 0; passed < durationMs; passed += FRAME_MS) {
      this.line.advance(Math.min(FRAME_MS, durationMs - passed));
      this.agent.pump(this.now);
      this.takeMarks();
    }
  }

  takeMarks(): boolean[] {
    const names = this.line.returned.slice(this.#returned);
    this.#returned = this.line.returned.length;
    return names.map((name) => this.agent.markReturned(name));
  }
}

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});

describe('a reply', () => {
  it('is held until its release, then sent a lead ahead and played to its end', () => {
    rig.clause('Hello there.', voice(1000));
    rig.agent.complete(TURN, rig.now);
    rig.run(100);
    expect(rig.line.sentMs).toEqual([]);
    rig.agent.release(TURN, rig.now);
    expect(rig.line.queuedMs).toBe(LEAD_MS);
    expect(rig.firstSent).toEqual([TURN]);
    rig.run(980);
    expect(rig.played).toEqual([]);
    rig.run(20);
    expect(rig.played).toEqual([TURN]);
    expect(rig.line.played).toEqual([...voice(1000)]);
    expect(rig.agent.heard(TURN, rig.now)).toEqual({ text: 'Hello there.', all: true });
  });

  it('is reported played once, whatever comes back', () => {
    rig.say('Hello.', voice(200));
    rig.run(200);
    expect(rig.line.marks).toEqual(['g1:end']);
    expect(['g1:end', 'g0:end', 'g2:end', 'x', ''].map((name) => rig.agent.markReturned(name))).toEqual(
      Array.from({ length: 5 }, () => false),
    );
    expect(rig.played).toEqual([TURN]);
  });

  it('that is not the current one is nobody’s', () => {
    rig.clause('Hello.', voice(300));
    rig.agent.release(TURN, rig.now);
    rig.run(100);
    const before = rig.line.sentMs.length;
    for (const stranger of [TURN - 1, TURN + 1]) {
      rig.agent.addClause(stranger, 'Stranger.');
      rig.agent.add(stranger, voice(100), rig.now);
      rig.agent.addFiller(stranger, voice(100), rig.now);
      rig.agent.complete(stranger, rig.now);
      rig.agent.pause(stranger, rig.now);
      rig.agent.resume(stranger, rig.now);
      rig.agent.stop(stranger, rig.now);
      rig.agent.forget(stranger);
      expect(rig.agent.heard(stranger, rig.now)).toEqual({ text: '', all: false });
      expect(rig.agent.remainingMs(stranger, rig.now)).toBe(0);
      expect(rig.agent.lastClauseBegun(stranger, rig.now)).toBe(false);
    }
    expect(rig.line.sentMs).toHaveLength(before);
    expect(rig.line.clears).toBe(0);
    expect(rig.line.marks).toEqual([]);
    expect(rig.agent.remainingMs(TURN, rig.now)).toBe(200);
  });

  it('that is stopped falls silent, and its mark is a stranger’s', () => {
    rig.say('Hello.', voice(300));
    rig.run(100);
    rig.agent.stop(TURN, rig.now);
    expect(rig.line.clears).toBe(1);
    expect(rig.takeMarks()).toEqual([false]);
    rig.run(500);
    expect(rig.line.played).toHaveLength(800);
    expect(rig.played).toEqual([]);
  });

  it('without any audio leaves the line alone', () => {
    rig.agent.addClause(TURN, 'Never spoken.');
    rig.agent.complete(TURN, rig.now);
    rig.agent.release(TURN, rig.now);
    rig.run(100);
    rig.agent.stop(TURN, rig.now);
    expect([rig.line.sentMs, rig.line.marks, rig.line.clears]).toEqual([[], [], 0]);
  });
});

describe('a pause', () => {
  it('is silence at once, and the resumed reply goes on with the very next sample', () => {
    rig.say('Hello there.', voice(1000));
    rig.run(300);
    rig.agent.pause(TURN, rig.now);
    expect(rig.line.clears).toBe(1);
    rig.run(500);
    expect(rig.line.played).toHaveLength(300 * 8);
    expect(rig.agent.remainingMs(TURN, rig.now)).toBe(700);
    rig.agent.resume(TURN, rig.now);
    rig.run(700);
    expect(rig.line.played).toEqual([...voice(1000)]);
    expect(rig.played).toEqual([TURN]);
    expect(rig.firstSent).toEqual([TURN]);
  });

  it('makes the mark that is out a stranger’s, and the resumed reply sends its own', () => {
    rig.say('Hello.', voice(300));
    rig.run(100);
    expect(rig.line.marks).toEqual(['g1:end']);
    rig.agent.pause(TURN, rig.now);
    expect(rig.takeMarks()).toEqual([false]);
    rig.agent.resume(TURN, rig.now);
    rig.run(200);
    expect(rig.line.marks).toEqual(['g1:end', 'g2:end']);
    expect(rig.played).toEqual([TURN]);
  });

  it('after the last sample clears nothing and sends the outstanding mark anew', () => {
    rig.say('Hello.', voice(100));
    rig.line.advance(100);
    rig.agent.pause(TURN, rig.now);
    expect(rig.takeMarks()).toEqual([false]);
    expect(rig.line.clears).toBe(0);
    rig.agent.resume(TURN, rig.now);
    expect(rig.takeMarks()).toEqual([true]);
    expect(rig.line.marks).toEqual(['g1:end', 'g2:end']);
  });

  it('that crosses the mark’s return is no end: the resumed reply reports its own', () => {
    rig.say('Hello.', voice(100));
    rig.run(100);
    expect(rig.played).toEqual([TURN]);
    rig.agent.pause(TURN, rig.now);
    rig.agent.resume(TURN, rig.now);
    expect(rig.takeMarks()).toEqual([true]);
    expect(rig.played).toEqual([TURN, TURN]);
  });

  it('twice is a pause once, and so is resuming', () => {
    rig.say('Hello there.', voice(600));
    rig.run(100);
    rig.agent.resume(TURN, rig.now);
    rig.agent.pause(TURN, rig.now);
    rig.line.advance(40);
    rig.agent.pause(TURN, rig.now);
    expect(rig.line.clears).toBe(1);
    rig.agent.resume(TURN, rig.now);
    rig.agent.resume(TURN, rig.now);
    rig.run(500);
    expect(rig.line.played).toEqual([...voice(600)]);
  });

  it('before anything was sent just holds, through the release', () => {
    rig.clause('Hello.', voice(200));
    rig.agent.pause(TURN, rig.now);
    rig.agent.release(TURN, rig.now);
    rig.clause('And more.', voice(200));
    rig.run(200);
    expect(rig.line.sentMs).toEqual([]);
    rig.agent.resume(TURN, rig.now);
    rig.run(400);
    expect(rig.line.played).toEqual([...voice(200), ...voice(200)]);
    expect(rig.line.clears).toBe(0);
  });

  it('that ends in a stop does not clear the line again', () => {
    rig.say('Hello there.', voice(600));
    rig.run(100);
    rig.agent.pause(TURN, rig.now);
    rig.agent.stop(TURN, rig.now);
    expect(rig.line.clears).toBe(1);
    rig.run(600);
    expect(rig.line.played).toHaveLength(800);
  });
});

type Move =
  | { readonly kind: 'pause' | 'resume' | 'pump' | 'release' | 'complete' }
  | { readonly kind: 'wait'; readonly eighths: number }
  | { readonly kind: 'clause' | 'add' | 'filler'; readonly count: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constantFrom('pause', 'resume', 'pump', 'release', 'complete' as const) }),
  fc.record({ kind: fc.constant('wait' as const), eighths: fc.nat(3000) }),
  fc.record({ kind: fc.constantFrom('clause', 'add', 'filler' as const), count: fc.nat(4000) }),
);

interface Script {
  readonly filler: number[];
  readonly own: number[];
  complete: boolean;
}

/** Numbers the samples, so that a lost or doubled one shows. */
function numbered(count: number, script: Script, of: 'filler' | 'own'): Mulaw8k {
  const from = script.filler.length + script.own.length;
  const values = Array.from({ length: count }, (_, index) => (from + index) % 251);
  script[of].push(...values);
  return mulaw8k(Uint8Array.from(values));
}

function make(own: Rig, next: Move, script: Script): void {
  const { agent, line } = own;
  switch (next.kind) {
    case 'pause':
      // What is paused is not over: from here on the end is reported anew.
      own.played.length = 0;
      agent.pause(TURN, own.now);
      break;
    case 'resume':
    case 'release':
      agent[next.kind](TURN, own.now);
      break;
    case 'complete':
      script.complete = true;
      agent.complete(TURN, own.now);
      break;
    case 'pump':
      agent.pump(own.now);
      break;
    case 'wait':
      line.advance(next.eighths / 8);
      break;
    case 'clause':
      if (script.complete) break;
      agent.addClause(TURN, 'a clause');
      agent.add(TURN, numbered(next.count, script, 'own'), own.now);
      break;
    case 'add':
      if (!script.complete) agent.add(TURN, numbered(next.count, script, 'own'), own.now);
      break;
    case 'filler':
      // Once the reply itself has begun, filler is dropped.
      if (own.firstSent.length > 0 || script.filler.length + next.count > 40_000) break;
      agent.addFiller(TURN, numbered(next.count, script, 'filler'), own.now);
      break;
  }
}

describe('over random histories of pauses', () => {
  it('exactly what was added is played, in order, within the lead, and its end is reported once after the last pause', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), fc.integer({ min: 60, max: 600 }), (moves, leadMs) => {
        const own = new Rig(leadMs);
        const script: Script = { filler: [], own: [], complete: false };
        for (const next of moves) {
          make(own, next, script);
          expect(own.line.queuedMs).toBeLessThanOrEqual(leadMs + 0.0625);
          own.takeMarks();
          const { length } = own.line.played;
          const added = script.filler.length + script.own.length;
          expect(own.agent.remainingMs(TURN, own.now)).toBe((added - length) / 8);
        }
        make(own, { kind: 'complete' }, script);
        make(own, { kind: 'release' }, script);
        make(own, { kind: 'resume' }, script);
        const totalMs = (script.filler.length + script.own.length) / 8;
        own.run(totalMs + 1000);
        expect(own.line.played).toEqual([...script.filler, ...script.own]);
        expect(own.played).toEqual(totalMs > 0 ? [TURN] : []);
        expect(own.agent.heard(TURN, own.now).all).toBe(true);
      }),
      { numRuns: 1000 },
    );
  }, 60_000);
});

describe('filler', () => {
  it('is played before the reply is there, without a release, and is never a clause', () => {
    rig.agent.addFiller(TURN, voice(300), rig.now);
    rig.run(500);
    expect(rig.line.played).toEqual([...voice(300)]);
    expect(rig.firstSent).toEqual([]);
    expect(rig.agent.heard(TURN, rig.now)).toEqual({ text: '', all: false });
    rig.say('Hello.', voice(200));
    expect(rig.firstSent).toEqual([TURN]);
    expect(rig.agent.heard(TURN, rig.now).text).toBe('');
    rig.run(200);
    expect(rig.agent.heard(TURN, rig.now)).toEqual({ text: 'Hello.', all: true });
    expect(rig.played).toEqual([TURN]);
  });

  it('goes before a reply that is held, and is dropped once that one has begun', () => {
    rig.clause('Hello.', voice(200));
    rig.agent.addFiller(TURN, voice(100, 500), rig.now);
    rig.agent.release(TURN, rig.now);
    rig.agent.addFiller(TURN, voice(100, 500), rig.now);
    rig.run(300);
    expect(rig.line.played).toEqual([...voice(100, 500), ...voice(200)]);
  });

  it('is paused, resumed and stopped like the rest', () => {
    rig.agent.addFiller(TURN, voice(300), rig.now);
    rig.run(100);
    rig.agent.pause(TURN, rig.now);
    rig.run(100);
    rig.agent.resume(TURN, rig.now);
    rig.run(100);
    expect(rig.line.played).toHaveLength(1600);
    rig.agent.stop(TURN, rig.now);
    rig.run(100);
    expect(rig.line.played).toHaveLength(1600);
    expect(rig.line.clears).toBe(2);
  });

  it('is at most five seconds', () => {
    for (let index = 0; index < 8; index += 1) rig.agent.addFiller(TURN, voice(1000), rig.now);
    expect(rig.agent.remainingMs(TURN, rig.now)).toBe(5000);
  });
});

describe('what was heard', () => {
  it('is cut at the word that was played, and goes on behind a pause', () => {
    rig.clause('One.', voice(500));
    rig.clause('two three four', voice(1200));
    rig.agent.complete(TURN, rig.now);
    rig.agent.release(TURN, rig.now);
    const text = (): string => rig.agent.heard(TURN, rig.now).text;
    rig.run(480);
    expect(text()).toBe('');
    rig.run(20);
    expect(text()).toBe('One.');
    rig.run(340);
    expect(text()).toBe('One. two');
    rig.agent.pause(TURN, rig.now);
    rig.run(2000);
    expect(text()).toBe('One. two');
    rig.agent.resume(TURN, rig.now);
    rig.run(840);
    expect(text()).toBe('One. two three');
    rig.run(20);
    expect(rig.agent.heard(TURN, rig.now)).toEqual({ text: 'One. two three four', all: true });
  });

  it('is not all of it while more may come, and leaves out clauses that never got a voice', () => {
    rig.clause('One.', voice(200));
    rig.agent.addClause(TURN, 'Lost.');
    rig.clause('Two.', voice(200));
    rig.agent.release(TURN, rig.now);
    rig.run(400);
    expect(rig.agent.heard(TURN, rig.now)).toEqual({ text: 'One. Two.', all: false });
    rig.agent.complete(TURN, rig.now);
    expect(rig.agent.heard(TURN, rig.now)).toEqual({ text: 'One. Two.', all: true });
  });

  it('says when the last clause of a complete reply has begun', () => {
    const begun = (): boolean => rig.agent.lastClauseBegun(TURN, rig.now);
    rig.clause('One.', voice(200));
    rig.clause('Two.', voice(200));
    rig.agent.release(TURN, rig.now);
    rig.run(300);
    expect(begun()).toBe(false);
    rig.agent.complete(TURN, rig.now);
    expect(begun()).toBe(true);

    const early = new Rig();
    early.clause('One.', voice(200));
    early.say('Two.', voice(200));
    early.run(200);
    expect(early.agent.lastClauseBegun(TURN, early.now)).toBe(false);
    early.line.advance(1);
    expect(early.agent.lastClauseBegun(TURN, early.now)).toBe(true);
  });
});

describe('the level of what is played', () => {
  it('follows the playout and ends with a pause', () => {
    rig.say('Hello there.', voice(1000));
    rig.run(200);
    expect(rig.agent.loudestDbfs(ms(150), ms(182))).toBeCloseTo(-15.3, 0);
    expect(rig.agent.loudestDbfs(ms(300), ms(332))).toBeCloseTo(-15.3, 0);
    rig.agent.pause(TURN, rig.now);
    expect(rig.agent.loudestDbfs(ms(200), ms(400))).toBe(QUIETEST_DBFS);
    expect(rig.agent.loudestDbfs(ms(150), ms(182))).toBeCloseTo(-15.3, 0);
    rig.run(200);
    rig.agent.resume(TURN, rig.now);
    expect(rig.agent.loudestDbfs(ms(350), ms(400))).toBe(QUIETEST_DBFS);
    expect(rig.agent.loudestDbfs(ms(400), ms(432))).toBeCloseTo(-15.3, 0);
  });

  it('outlives the reply that was stopped', () => {
    rig.say('Hello there.', voice(1000));
    rig.run(200);
    rig.agent.stop(TURN, rig.now);
    expect(rig.agent.loudestDbfs(ms(100), ms(400))).toBeCloseTo(-15.3, 0);
    expect(rig.agent.loudestDbfs(ms(200), ms(400))).toBe(QUIETEST_DBFS);
  });
});
