// The playout model: order, marks at the playhead, and clear as Twilio does it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_QUEUED_SAMPLES, Playout } from '../../src/simulator/playout.ts';

const audio = (length: number, value = 1000): Int16Array => new Int16Array(length).fill(value);

describe('Playout', () => {
  it('plays at once into an empty queue and behind what is queued', () => {
    const playout = new Playout();
    playout.media(100, audio(50, 1));
    playout.media(110, audio(50, 2));
    const heard = Array.from(playout.render(250));
    expect(heard.slice(0, 100)).toEqual(new Array(100).fill(0));
    expect(heard.slice(100, 150)).toEqual(new Array(50).fill(1));
    expect(heard.slice(150, 200)).toEqual(new Array(50).fill(2));
    expect(heard.slice(200)).toEqual(new Array(50).fill(0));
  });

  it('returns a mark at once when nothing is queued', () => {
    const playout = new Playout();
    playout.mark(80, 'now');
    expect(playout.takeDueMarks(80)).toEqual(['now']);
    expect(playout.nextMarkAt).toBeNull();
  });

  it('returns a mark when everything before it has been played', () => {
    const playout = new Playout();
    playout.media(0, audio(800));
    playout.mark(0, 'a');
    playout.media(0, audio(800));
    playout.mark(0, 'b');
    expect(playout.nextMarkAt).toBe(800);
    expect(playout.takeDueMarks(799)).toEqual([]);
    expect(playout.takeDueMarks(800)).toEqual(['a']);
    expect(playout.takeDueMarks(1600)).toEqual(['b']);
  });

  it('clear drops the rest, returns all marks in order and starts again from now', () => {
    const playout = new Playout();
    playout.media(0, audio(800, 1));
    playout.mark(0, 'a');
    playout.media(0, audio(800, 2));
    playout.mark(0, 'b');
    expect(playout.clear(400)).toEqual(['a', 'b']);
    expect(playout.isBusy(400)).toBe(false);
    playout.media(500, audio(100, 3));
    playout.mark(500, 'c');
    expect(playout.nextMarkAt).toBe(600);
    const heard = Array.from(playout.render(600));
    expect(heard.slice(0, 400)).toEqual(new Array(400).fill(1));
    expect(heard.slice(400, 500)).toEqual(new Array(100).fill(0));
    expect(heard.slice(500)).toEqual(new Array(100).fill(3));
  });

  it('clear with nothing pending returns nothing', () => {
    expect(new Playout().clear(10)).toEqual([]);
  });

  it('discards what would queue more than ten minutes, and plays the rest', () => {
    const playout = new Playout();
    expect(playout.media(0, audio(MAX_QUEUED_SAMPLES))).toBe(true);
    expect(playout.media(0, audio(1))).toBe(false);
    expect(playout.media(1, audio(1))).toBe(true);
  });

  const events = fc.array(
    fc.record({
      wait: fc.nat(400),
      what: fc.oneof(
        fc.nat(500).map((samples) => ({ media: samples })),
        fc.constant('mark' as const),
        fc.constant('clear' as const),
      ),
    }),
    { maxLength: 60 },
  );

  it('returns every mark once, in the order sent, never before the audio in front of it was played', () => {
    fc.assert(
      fc.property(events, (list) => {
        const playout = new Playout();
        let now = 0;
        let head = 0;
        let sent = 0;
        const due: number[] = [];
        const returned: string[] = [];
        const take = (): void => {
          for (const name of playout.takeDueMarks(now)) {
            expect(now).toBeGreaterThanOrEqual(due[Number(name)] ?? Infinity);
            returned.push(name);
          }
        };
        for (const { wait, what } of list) {
          now += wait;
          take();
          if (what === 'mark') {
            due.push(Math.max(now, head));
            playout.mark(now, String(sent));
            sent += 1;
          } else if (what === 'clear') {
            returned.push(...playout.clear(now));
            head = now;
          } else {
            playout.media(now, audio(what.media));
            head = Math.max(now, head) + what.media;
          }
        }
        now = Math.max(now, head);
        take();
        expect(returned).toEqual(Array.from({ length: sent }, (_, index) => String(index)));
      }),
    );
  });

  it('renders the same whatever the block sizes are', () => {
    fc.assert(
      fc.property(events, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (list, blocks) => {
        const run = (sizes: readonly number[]): readonly number[] => {
          const playout = new Playout();
          const out: number[] = [];
          let now = 0;
          let rendered = 0;
          let block = 0;
          const render = (until: number): void => {
            while (rendered < until) {
              const next = Math.min(until, rendered + (sizes[block % sizes.length] ?? until));
              block += 1;
              out.push(...playout.render(next));
              rendered = next;
            }
          };
          list.forEach(({ wait, what }, index) => {
            now += wait;
            render(now);
            if (what === 'clear') playout.clear(now);
            else if (what !== 'mark') playout.media(now, audio(what.media, index + 1));
          });
          render(now + 40_000);
          return out;
        };
        expect(run(blocks)).toEqual(run([1_000_000]));
      }),
      { numRuns: 30 },
    );
  });
});
