// A call's place in the detector: rebuilt when verdicts stop or say nothing, once a second at most, and never by a stall.
import { beforeEach, describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import { DetectorSlot, type RebuildReason, type SlotVerdict } from '../../src/call/detector-slot.ts';
import { CallError } from '../../src/ports/errors.ts';
import type { VadVerdict } from '../../src/ports/speech-detector.ts';

const WINDOW = new Int16Array(256);

class Rig {
  readonly verdicts: SlotVerdict[] = [];
  readonly faults: string[] = [];
  readonly rebuilds: { at: number; reason: RebuildReason }[] = [];
  opened = 0;
  open = 0;
  resets = 0;
  now = 5000;
  full = false;
  /** What the stream answers to a window; null is nothing. */
  answer: (index: number) => number | null = (index) => 0.5 + (index % 5) / 100;
  levelOf: (index: number) => number | null = (index) => -20 - (index % 3);
  /** The opened streams' callbacks, for verdicts that come late. */
  readonly sinks: ((verdict: VadVerdict) => void)[] = [];
  readonly slot = new DetectorSlot({
    detector: { open: (sink) => this.#openStream(sink) },
    onVerdict: (verdict) => this.verdicts.push(verdict),
    onFault: (code) => this.faults.push(code),
    levelOf: (index) => this.levelOf(index),
  });

  #openStream(sink: (verdict: VadVerdict) => void) {
    if (this.full) throw new CallError('queue-full', 'scripted');
    this.sinks.push(sink);
    this.opened += 1;
    this.open += 1;
    let index = -1;
    return {
      push: () => {
        index += 1;
        const probability = this.answer(index);
        if (probability !== null) sink({ index, probability });
      },
      reset: () => {
        this.resets += 1;
      },
      close: () => {
        this.open -= 1;
      },
    };
  }

  look(): RebuildReason | null {
    const reason = this.slot.checkAlive(ms(this.now));
    if (reason !== null) this.rebuilds.push({ at: this.now, reason });
    return reason;
  }

  /** Windows as they come in a call, with a look at each. */
  run(durationMs: number): void {
    for (let passed = 0; passed < durationMs; passed += 32) {
      this.now += 32;
      this.slot.push(WINDOW);
      this.look();
    }
  }
}

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});

describe('a detector slot', () => {
  it('gives each window its verdict, and is left alone', () => {
    rig.run(32 * 100);
    expect(rig.verdicts.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(rig.rebuilds).toEqual([]);
    expect(rig.slot.judged).toBe(100);
    expect(rig.slot.lastProbability).toBe(0.54);
  });

  it('resets its stream, and closes it once', () => {
    rig.run(32);
    rig.slot.reset();
    rig.slot.close();
    rig.slot.close();
    expect([rig.resets, rig.open, rig.opened]).toEqual([1, 0, 1]);
  });

  it('reports a detector that is full, and takes a place as soon as there is one', () => {
    rig.full = true;
    rig.run(64);
    rig.full = false;
    rig.run(64);
    expect(rig.faults).toEqual(['queue-full', 'queue-full']);
    expect(rig.verdicts.map(({ index }) => index)).toEqual([2, 3]);
  });
});

describe('no verdicts', () => {
  it('for a second rebuild the stream once, and the windows keep their numbers', () => {
    rig.answer = () => null;
    rig.run(1100);
    expect(rig.rebuilds.map(({ reason }) => reason)).toEqual(['no-verdicts']);
    rig.answer = () => 0.25;
    rig.run(320);
    expect(rig.opened).toBe(2);
    expect(rig.open).toBe(1);
    expect(rig.verdicts.at(-1)?.index).toBe(Math.ceil(1100 / 32) + 10 - 1);
    expect(rig.rebuilds).toHaveLength(1);
  });

  it('from the new stream either rebuild it once a second, each counted', () => {
    rig.answer = () => null;
    rig.run(10_000);
    expect(rig.rebuilds.length).toBeGreaterThanOrEqual(8);
    expect(rig.rebuilds.length).toBeLessThanOrEqual(10);
    const gaps = rig.rebuilds.slice(1).map(({ at }, index) => at - (rig.rebuilds[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000);
    expect(rig.open).toBeLessThanOrEqual(1);
  });

  it('are no fault where no windows wait for them', () => {
    rig.run(320);
    for (let passed = 0; passed < 5000; passed += 20) {
      rig.now += 20;
      rig.look();
    }
    expect(rig.rebuilds).toEqual([]);
  });

  it('of a whole process that stood still are not the stream’s fault', () => {
    rig.run(320);
    rig.answer = () => null;
    // Three seconds without a look, then their packets at once: the verdicts have not been read yet.
    rig.now += 3000;
    for (let window = 0; window < 90; window += 1) {
      rig.slot.push(WINDOW);
      expect(rig.look()).toBeNull();
    }
    expect(rig.opened).toBe(1);
  });

  it('of a stream that was given up are strangers', () => {
    rig.answer = () => null;
    rig.run(1100);
    rig.sinks[0]?.({ index: 3, probability: 0.9 });
    rig.answer = () => 0.25;
    rig.run(32);
    rig.sinks[0]?.({ index: 4, probability: 0.9 });
    expect(rig.verdicts.map(({ probability }) => probability)).toEqual([0.25]);
  });
});

describe('verdicts that say nothing', () => {
  it.each([Number.NaN, -0.01, 1.01, Infinity])(
    'such as %d are not passed on, and rebuild the stream',
    (value) => {
      rig.run(320);
      rig.answer = () => value;
      rig.run(32);
      expect(rig.rebuilds.map(({ reason }) => reason)).toEqual(['stuck']);
      expect(rig.verdicts).toHaveLength(10);
      rig.answer = () => 0.5;
      rig.run(32);
      expect(rig.verdicts).toHaveLength(11);
    },
  );

  it('do not rebuild it more than once a second', () => {
    rig.answer = () => Number.NaN;
    rig.run(5000);
    expect(rig.rebuilds.length).toBeGreaterThanOrEqual(4);
    expect(rig.rebuilds.length).toBeLessThanOrEqual(5);
  });

  it('since they are the same for a second of loud audio rebuild it', () => {
    rig.answer = () => 0.0123;
    rig.run(1000);
    expect(rig.rebuilds).toEqual([]);
    rig.run(64);
    expect(rig.rebuilds.map(({ reason }) => reason)).toEqual(['stuck']);
  });

  const innocent: [string, (own: Rig) => void][] = [
    ['in quiet audio', (own) => (own.levelOf = (index) => -51 - (index % 3))],
    ['in audio that is the same as well', (own) => (own.levelOf = () => -20)],
    ['in audio whose level is not known any more', (own) => (own.levelOf = () => null)],
    ['but for the last bit', (own) => (own.answer = (index) => 0.5 + (index % 2) * Number.EPSILON)],
    ['but for one in twenty', (own) => (own.answer = (index) => (index % 20 === 0 ? 0.1 : 0.2))],
  ];
  it.each(innocent)('are no fault when they are the same %s', (_, script) => {
    rig.answer = () => 0.5;
    script(rig);
    rig.run(10_000);
    expect(rig.rebuilds).toEqual([]);
  });
});
