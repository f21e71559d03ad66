// The bounded store of ready clauses against a plain model of it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mulaw8k } from '../../src/audio/units.ts';
import { ClauseStore } from '../../src/inference/clause-store.ts';

const CAPACITY = 10_000;
const OVERHEAD = 252;
const clause = (bytes: number) => mulaw8k(new Uint8Array(bytes));

interface Action {
  readonly kind: 'put' | 'pin' | 'get';
  readonly key: string;
  readonly bytes: number;
}
const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom('put', 'put', 'get', 'pin'),
  key: fc.constantFrom(...Array.from('abcdefghijklmnopqrst')),
  bytes: fc.integer({ min: 1, max: 1_500 }),
});

/** The rules in the simplest words: a list in the order of use, and a set that stays. */
class Model {
  recent: { key: string; bytes: number }[] = [];
  pinned: { key: string; bytes: number }[] = [];

  get bytes(): number {
    return [...this.recent, ...this.pinned].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  has(key: string): boolean {
    return [...this.recent, ...this.pinned].some((entry) => entry.key === key);
  }

  apply({ kind, key, bytes: audio }: Action): void {
    const bytes = audio + OVERHEAD;
    if (kind === 'get') {
      const used = this.recent.filter((entry) => entry.key === key);
      this.recent = [...this.recent.filter((entry) => entry.key !== key), ...used];
    } else if (kind === 'put') {
      if (!this.has(key) && bytes <= CAPACITY / 8) this.recent.push({ key, bytes });
    } else if (!this.pinned.some((entry) => entry.key === key)) {
      if (this.pinned.reduce((sum, entry) => sum + entry.bytes, bytes) > CAPACITY / 2) return;
      this.recent = this.recent.filter((entry) => entry.key !== key);
      this.pinned.push({ key, bytes });
    }
    while (this.bytes > CAPACITY) this.recent.shift();
  }
}

describe('the clause store', () => {
  it('holds what its rules say after any actions, and never more than its capacity', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const store = new ClauseStore(CAPACITY);
        const model = new Model();
        for (const one of actions) {
          model.apply(one);
          if (one.kind === 'put') store.put(one.key, clause(one.bytes));
          else if (one.kind === 'pin') store.pin(one.key, clause(one.bytes));
          else expect(store.get(one.key) !== null).toBe(model.has(one.key));
          expect(store.bytes).toBe(model.bytes);
          expect(store.bytes).toBeLessThanOrEqual(CAPACITY);
        }
        for (const key of 'abcdefghijklmnopqrst') expect(store.has(key)).toBe(model.has(key));
      }),
    );
  });

  it('lets the least recently used go, and says how many', () => {
    const store = new ClauseStore(4_000);
    for (const key of 'abcdefgh') expect(store.put(key, clause(500 - OVERHEAD))).toBe(0);
    expect(store.bytes).toBe(4_000);
    expect(store.get('a')).toHaveLength(500 - OVERHEAD);
    expect(store.put('i', clause(499 - OVERHEAD))).toBe(1);
    expect(store.put('j', clause(1))).toBe(1);
    expect(
      Array.from('abcdefghij')
        .filter((key) => store.has(key))
        .join(''),
    ).toBe('adefghij');
  });

  it('keeps what is pinned, up to half of it, whatever comes', () => {
    const store = new ClauseStore(4_000);
    const pinned = Array.from('abcdefgh').filter((key) => store.pin(key, clause(500 - OVERHEAD)));
    expect(pinned.join('')).toBe('abcd');
    for (let i = 0; i < 50; i += 1) store.put(`other ${i}`, clause(100));
    expect(pinned.every((key) => store.has(key))).toBe(true);
    expect(store.has('other 49')).toBe(true);
    expect(store.has('other 0')).toBe(false);
  });

  it('keeps no clause that would push out much else, and nothing without a capacity', () => {
    const store = new ClauseStore(4_000);
    expect(store.put('long', clause(501 - OVERHEAD))).toBe(0);
    expect(store.has('long')).toBe(false);
    const none = new ClauseStore(0);
    none.put('a', clause(1));
    expect(none.pin('a', clause(1))).toBe(false);
    expect(none.bytes).toBe(0);
  });
});
