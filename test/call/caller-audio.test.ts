// The caller's side of a call: packets of any size on one media clock, with gaps, stalls, bursts, duplicates and jumps.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { QUIETEST_DBFS, rmsDbfs } from '../../src/audio/level.ts';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.ts';
import { mulaw8k, ms, pcm, type Mulaw8k } from '../../src/audio/units.ts';
import { CallerAudio, MAX_GAP_MS, MAX_LATE_MS } from '../../src/call/caller-audio.ts';
import { VERDICT_LIMIT_MS } from '../../src/call/detector-slot.ts';
import { LEVELS_KEPT } from '../../src/call/window-levels.ts';
import { VAD_WINDOW_MS } from '../../src/ports/speech-detector.ts';
import { noise } from '../support/tones.ts';

const ORIGIN_MS = 171;
const SPOKEN = encodeMulaw(pcm(8000, noise(8000 * 8, 9000)));
const LINEAR = decodeMulaw(SPOKEN).samples;

/** The part of the recording that was spoken in these ms. */
const spoken = (fromMs: number, toMs: number): Mulaw8k => mulaw8k(SPOKEN.subarray(fromMs * 8, toMs * 8));
const linear = (fromMs: number, toMs: number): Int16Array => LINEAR.slice(fromMs * 8, toMs * 8);
const silence = (durationMs: number): Int16Array => new Int16Array(durationMs * 8);
const joined = (...parts: Int16Array[]): number[] => parts.flatMap((part) => [...part]);

const bytesOf = (windows: readonly Int16Array[]): Buffer =>
  Buffer.concat(
    windows.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );

class Rig {
  readonly windows: Int16Array[] = [];
  readonly levels: number[] = [];
  readonly caller = new CallerAudio((window, levelDbfs) => {
    this.windows.push(window);
    this.levels.push(levelDbfs);
  });

  /** Frames of 20 ms of the recording, under timestamps that are `shiftMs` later than they were spoken. */
  frames(fromMs: number, toMs: number, shiftMs = 0): number {
    let lostMs = 0;
    for (let at = fromMs; at < toMs; at += 20) {
      lostMs += this.caller.receive(ms(ORIGIN_MS + at + shiftMs), spoken(at, Math.min(toMs, at + 20)));
    }
    return lostMs;
  }

  /** How long the call's audio is by now. */
  get lengthMs(): number {
    return this.caller.nowMs - ORIGIN_MS;
  }

  get audio(): number[] {
    return [...this.caller.read(ms(0), this.caller.nowMs).samples];
  }
}

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});

describe('the media clock', () => {
  it('begins with the first packet and counts samples', () => {
    expect(rig.caller.nowMs).toBe(0);
    rig.frames(0, 1000);
    expect(rig.caller.nowMs).toBe(ORIGIN_MS + 1000);
    expect(rig.caller.lineMs).toBe(ORIGIN_MS + 1000);
    expect(rig.caller.windowSpan(2)).toEqual({ from: ORIGIN_MS + 64, to: ORIGIN_MS + 96 });
    expect(rig.audio).toEqual(joined(linear(0, 1000)));
  });

  it('gives the same windows, levels and times for the same samples in any packets', () => {
    const whole = new Rig();
    whole.caller.receive(ms(ORIGIN_MS), spoken(0, 640));
    const sizes = fc.array(fc.nat(600), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        sizes.filter((list) => list.some((size) => size > 0)),
        (list) => {
          const pieces = new Rig();
          let at = 0;
          for (let index = 0; at < 5120; index += 1) {
            const end = Math.min(5120, at + (list[index % list.length] ?? 1));
            pieces.caller.receive(ms(ORIGIN_MS + at / 8), mulaw8k(SPOKEN.subarray(at, end)));
            at = end;
          }
          expect(pieces.caller.nowMs).toBe(whole.caller.nowMs);
          expect(bytesOf(pieces.windows).equals(bytesOf(whole.windows))).toBe(true);
          expect(pieces.levels).toEqual(whole.levels);
          expect(pieces.caller.counters).toMatchObject({
            framesLate: 0,
            gapsFilledMs: 0,
            stallsFilledMs: 0,
          });
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a gap in the timestamps', () => {
  it('is filled with silence of its length', () => {
    rig.frames(0, 400);
    expect(rig.frames(400, 800, 1000)).toBe(1000);
    expect(rig.lengthMs).toBe(1800);
    expect(rig.caller.counters.gapsFilledMs).toBe(1000);
    expect(rig.audio).toEqual(joined(linear(0, 400), silence(1000), linear(400, 800)));
  });

  it.each([3, 20, 40])('of %i ms is jitter', (jitterMs) => {
    rig.frames(0, 400);
    expect(rig.frames(400, 800, jitterMs)).toBe(0);
    expect(rig.lengthMs).toBe(800);
  });

  it('of many small steps is caught up with', () => {
    for (let frame = 0; frame < 20; frame += 1) rig.frames(frame * 20, frame * 20 + 20, frame * 20);
    expect(rig.caller.nowMs).toBeGreaterThanOrEqual(ORIGIN_MS + 19 * 40 + 20 - 40);
    expect(rig.caller.counters.gapsFilledMs).toBeGreaterThanOrEqual(19 * 20 - 40);
  });

  it('longer than five seconds is a jump of the clock, and the audio goes on without a hole', () => {
    rig.frames(0, 400);
    expect(rig.frames(400, 800, MAX_GAP_MS + 1000)).toBe(0);
    expect(rig.lengthMs).toBe(800);
    expect(rig.frames(800, 1000, MAX_GAP_MS + 1500)).toBe(500);
    expect(rig.lengthMs).toBe(1500);
    expect(rig.caller.counters.gapsFilledMs).toBe(500);
    expect(rig.caller.lineMs).toBe(rig.caller.nowMs);
  });
});

describe('packets that were there before', () => {
  it('are dropped and counted, whether they are repeated or were overtaken', () => {
    rig.frames(0, 400);
    rig.frames(380, 400);
    rig.frames(100, 160);
    rig.frames(400, 600);
    expect(rig.caller.counters).toMatchObject({ framesReceived: 34, framesLate: 4, gapsFilledMs: 0 });
    expect(rig.audio).toEqual(joined(linear(0, 600)));
  });

  it('come too late for the gap they left', () => {
    rig.frames(0, 200);
    rig.frames(260, 400);
    rig.frames(200, 260);
    rig.frames(400, 500);
    expect(rig.caller.counters).toMatchObject({ framesLate: 3, gapsFilledMs: 60 });
    expect(rig.audio).toEqual(joined(linear(0, 200), silence(60), linear(260, 500)));
  });

  it.each([
    { name: 'a little', backMs: 2000, lost: MAX_LATE_MS },
    { name: 'far', backMs: MAX_GAP_MS + 1000, lost: 0 },
  ])('are the caller all the same when the clock was set back $name', ({ backMs, lost }) => {
    rig.frames(0, 6400);
    rig.frames(6400, 8000, -backMs);
    expect(rig.lengthMs).toBe(8000 - lost);
    expect(rig.caller.counters.framesLate).toBe(lost / 20);
    expect(rig.audio.slice(-800)).toEqual(joined(linear(7900, 8000)));
    expect(rig.caller.counters.gapsFilledMs).toBe(0);
  });
});

describe('a stall', () => {
  it('does not move the clock before the first packet', () => {
    rig.caller.fill(ms(500));
    expect(rig.caller.nowMs).toBe(0);
    expect(rig.caller.counters.stallsFilledMs).toBe(0);
  });

  it('is filled once when its audio was lost', () => {
    rig.frames(0, 400);
    rig.caller.fill(ms(200));
    rig.caller.fill(ms(100));
    expect(rig.lengthMs).toBe(700);
    expect(rig.caller.lineMs).toBe(rig.caller.nowMs);
    expect(rig.frames(700, 1000)).toBe(300);
    expect(rig.lengthMs).toBe(1000);
    expect(rig.audio).toEqual(joined(linear(0, 400), silence(300), linear(700, 1000)));
    expect(rig.caller.counters).toMatchObject({ gapsFilledMs: 0, stallsFilledMs: 300 });
    expect(rig.caller.lineMs).toBe(rig.caller.nowMs);
  });

  it('is filled up to the loss when it was longer than what was fed', () => {
    rig.frames(0, 400);
    rig.caller.fill(ms(200));
    expect(rig.frames(800, 1000)).toBe(400);
    expect(rig.caller.counters).toMatchObject({ gapsFilledMs: 200, stallsFilledMs: 200 });
    expect(rig.lengthMs).toBe(1000);
  });

  it('whose audio comes after all loses none of it, in order, and puts the clock ahead', () => {
    rig.frames(0, 400);
    rig.caller.fill(ms(300));
    expect(rig.frames(400, 1000)).toBe(0);
    expect(rig.audio).toEqual(joined(linear(0, 400), silence(300), linear(400, 1000)));
    expect(rig.lengthMs).toBe(1300);
    expect(rig.caller.counters).toMatchObject({ framesLate: 0, gapsFilledMs: 0 });
    expect(rig.caller.lineMs).toBe(ORIGIN_MS + 1000);
  });

  it('covers a later gap, which is not filled twice', () => {
    rig.frames(0, 400);
    rig.caller.fill(ms(300));
    rig.frames(400, 700);
    expect(rig.frames(900, 1000)).toBe(200);
    expect(rig.lengthMs).toBe(300 + 700 + 100);
    expect(rig.frames(1400, 1500)).toBe(400);
    expect(rig.lengthMs).toBe(1500);
    expect(rig.caller.counters).toMatchObject({ gapsFilledMs: 300, stallsFilledMs: 300 });
    expect(rig.caller.lineMs).toBe(rig.caller.nowMs);
  });

  it('never takes the line’s clock back while its audio comes in a burst', () => {
    rig.frames(0, 400);
    rig.caller.fill(ms(300));
    let before = rig.caller.lineMs;
    for (let at = 400; at < 900; at += 20) {
      rig.frames(at, at + 20);
      expect(rig.caller.lineMs).toBeGreaterThanOrEqual(before);
      before = rig.caller.lineMs;
    }
    expect(before).toBe(ORIGIN_MS + 900);
  });
});

describe('over random lines', () => {
  const event = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('frame' as const), bytes: fc.nat(400) }) },
    fc.record({ kind: fc.constant('lost' as const), bytes: fc.nat(12_000) }),
    fc.record({ kind: fc.constant('fill' as const), bytes: fc.nat(12_000) }),
    fc.record({ kind: fc.constant('repeat' as const), bytes: fc.nat(400) }),
  );

  it('every sample that came in time is kept, in order, and the clock is never behind the line', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const own = new Rig();
        let at = 0;
        let last = 0;
        const kept: number[] = [];
        for (const { kind, bytes } of events) {
          const before = own.caller.nowMs;
          const codes = mulaw8k(Uint8Array.from({ length: bytes }, (_, index) => 1 + ((at + index) % 120)));
          if (kind === 'lost') at += bytes;
          if (kind === 'fill') own.caller.fill(ms(bytes / 8));
          if (kind === 'repeat' && kept.length > 0)
            own.caller.receive(ms(last / 8), codes.subarray(0, 8) as Mulaw8k);
          if (kind === 'frame') {
            own.caller.receive(ms(at / 8), codes);
            if (bytes > 0) last = at;
            at += bytes;
            kept.push(...decodeMulaw(codes).samples);
            if (bytes > 0) expect(own.caller.nowMs).toBeGreaterThanOrEqual(at / 8 - 40);
          }
          expect(own.caller.nowMs).toBeGreaterThanOrEqual(before);
        }
        expect(own.windows).toHaveLength(Math.floor((own.caller.nowMs - own.caller.windowSpan(0).from) / 32));
        const audio = [...own.caller.read(ms(0), own.caller.nowMs).samples].filter((sample) => sample !== 0);
        // The history holds the last half minute.
        expect(audio).toEqual(kept.slice(kept.length - audio.length));
        if (own.caller.nowMs < 30_000) expect(audio).toHaveLength(kept.length);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe('the level of a window', () => {
  it('is that of its samples, at once and when its verdict comes', () => {
    rig.frames(0, 400);
    expect(rig.levels).toHaveLength(12);
    rig.windows.forEach((window, index) => {
      expect(rig.levels[index]).toBe(rmsDbfs(window));
      expect(rig.caller.levelOf(index)).toBeCloseTo(rmsDbfs(window), 4);
    });
    rig.caller.fill(ms(64));
    expect(rig.caller.levelOf(13)).toBe(QUIETEST_DBFS);
  });

  it('is kept until a verdict must have come, even behind the longest gap', () => {
    expect(LEVELS_KEPT * VAD_WINDOW_MS).toBeGreaterThan(MAX_GAP_MS + VERDICT_LIMIT_MS);
  });

  it('is unknown before the window has come and once it is long gone', () => {
    rig.frames(0, 64);
    expect(rig.caller.levelOf(2)).toBeNull();
    expect(rig.caller.levelOf(-1)).toBeNull();
    rig.caller.fill(ms(5000));
    expect(rig.caller.levelOf(0)).not.toBeNull();
    rig.caller.fill(ms(5000));
    expect(rig.caller.levelOf(0)).toBeNull();
  });
});
