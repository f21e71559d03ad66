// Chance that is the same every time: numbers from a seed and any words.

/** From 0 to below 1, one after the other. */
export type Chance = () => number;

/** Mulberry32 over an FNV-1a hash of the words. */
export function chanceOf(seed: number, ...words: readonly (string | number)[]): Chance {
  let state = 0x811c9dc5 ^ seed;
  for (const char of words.join('\u0000')) {
    state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const between = (chance: Chance, least: number, most: number): number =>
  least + chance() * (most - least);

/** One of the kinds by their shares, which need not add up to one. */
export function pick<Kind extends string>(chance: Chance, shares: Readonly<Record<Kind, number>>): Kind {
  const entries = Object.entries(shares) as [Kind, number][];
  const total = entries.reduce((sum, [, share]) => sum + share, 0);
  let left = chance() * total;
  for (const [kind, share] of entries) {
    left -= share;
    if (left < 0) return kind;
  }
  const [last] = entries.at(-1) ?? [];
  if (last === undefined) throw new Error('nothing to pick from');
  return last;
}
