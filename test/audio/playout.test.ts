// Playout arithmetic: the playhead, what was begun, and marks that belong to a generation.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clausesBegun,
  IDLE_PLAYOUT,
  leadMs,
  markName,
  MAX_SPANS,
  nextGeneration,
  parseMark,
  sent,
} from '../../src/audio/playout.ts';
import { ms } from '../../src/audio/units.ts';

describe('the playhead', () => {
  it('starts now on an idle line and goes on from where it was on a busy one', () => {
    const first = sent(IDLE_PLAYOUT, ms(1000), 0, 1600);
    expect(first.playheadMs).toBe(1200);
    const second = sent(first, ms(1100), 1, 800);
    expect(second.playheadMs).toBe(1300);
    expect(leadMs(second, ms(1100))).toBe(200);
    expect(leadMs(second, ms(5000))).toBe(0);
  });

  it('joins the pieces of one clause and knows which clauses were begun', () => {
    const line = sent(sent(sent(IDLE_PLAYOUT, ms(0), 0, 800), ms(0), 0, 800), ms(0), 1, 800);
    expect(line.spans).toHaveLength(2);
    expect(clausesBegun(line, ms(0))).toEqual([]);
    expect(clausesBegun(line, ms(150))).toEqual([0]);
    expect(clausesBegun(line, ms(201))).toEqual([0, 1]);
  });

  it('starts again from now when cleared, in a new generation', () => {
    const line = nextGeneration(sent(IDLE_PLAYOUT, ms(0), 0, 80_000), ms(500));
    expect(line).toEqual({ generation: 1, playheadMs: 500, spans: [] });
  });

  it('never runs backwards and is never further ahead than what was sent', () => {
    const sends = fc.array(fc.tuple(fc.nat(500), fc.nat(4000)), { maxLength: 60 });
    fc.assert(
      fc.property(sends, (list) => {
        let line = IDLE_PLAYOUT;
        let at = 0;
        let total = 0;
        list.forEach(([wait, count], clause) => {
          at += wait;
          total += count / 8;
          const before = line.playheadMs;
          line = sent(line, ms(at), clause, count);
          expect(line.playheadMs).toBeGreaterThanOrEqual(before);
          expect(line.playheadMs - at).toBeLessThanOrEqual(total + 1e-6);
        });
      }),
    );
  });

  it('forgets the oldest spans of an endless reply', () => {
    let line = IDLE_PLAYOUT;
    for (let clause = 0; clause < MAX_SPANS + 10; clause += 1) line = sent(line, ms(0), clause, 8);
    expect(line.spans).toHaveLength(MAX_SPANS);
    expect(line.spans[0]?.clause).toBe(10);
  });
});

describe('marks', () => {
  it('carry their generation', () => {
    expect(parseMark(markName(7, 'end'))).toEqual({ generation: 7, label: 'end' });
  });

  it.each(['', 'end', 'g:end', 'gx:end', 'g1:', 'utt-42', `g1:${'x'.repeat(33)}`])(
    'are not read from %j',
    (name) => {
      expect(parseMark(name)).toBeNull();
    },
  );
});
