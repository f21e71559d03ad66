// Recorded people with pauses in what they say: how often a pause is taken for the end, and how late the end is noticed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSpokenClips } from '../../scripts/bench/turns/clips.ts';
import { figuresOf } from '../../scripts/bench/turns/figures.ts';
import { MIN_SILENCE_MS, TurnListener } from '../../scripts/bench/turns/listen.ts';
import { heardTurn } from '../../scripts/bench/turns/hear-all.ts';
import { makeTurns } from '../../scripts/bench/turns/recipe.ts';
import type { ReplayTurn, Waiting } from '../../scripts/bench/turns/replay.ts';
import { DEFAULT_END_OF_TURN_POLICY } from '../../src/turn/end-of-turn.ts';
import { RECORDINGS, recordings } from '../support/recordings.ts';

/** Every so many of the clips. The shipped weights know their speakers, so the figures flatter: `bench:turns` is the measure. */
const STRIDE = 4;
const SEED = 1;
const words: Waiting = { kind: 'words', policy: DEFAULT_END_OF_TURN_POLICY };

describe.runIf(recordings().length > 0)('recorded turns with pauses', () => {
  let listener: TurnListener;
  const turns: ReplayTurn[] = [];

  beforeAll(async () => {
    const { clips } = readSpokenClips(RECORDINGS);
    listener = await TurnListener.open(MIN_SILENCE_MS);
    const some = clips.filter((_, i) => i % STRIDE === 0);
    // The first take of each: the others have the same words with other pauses.
    for (const turn of makeTurns(some, SEED).filter(({ name }) => name.endsWith('#1'))) {
      turns.push(heardTurn(turn, await listener.hear(turn)));
    }
  }, 120_000);
  afterAll(() => listener.close());

  it('are ended half as often too early as a fixed silence of the same delay would end them; measured 3 % and 30 %', () => {
    const ours = figuresOf(turns, words);
    const fixed = figuresOf(turns, { kind: 'fixed', silenceMs: 600 });
    console.info({ ours, fixed });
    expect(ours.pauses).toBeGreaterThanOrEqual(60);
    expect(ours.ends).toBeGreaterThanOrEqual(60);
    expect(ours.cutShare).toBeLessThanOrEqual(0.1);
    expect(ours.cutShare).toBeLessThan(fixed.cutShare / 2);
  });

  it('are answered soon where they have ended: half of them within 700 ms, measured 674', () => {
    expect(figuresOf(turns, words).medianMs).toBeLessThanOrEqual(760);
    const asked = turns.filter(({ question }) => question.kind === 'yes-no');
    expect(asked.length).toBeGreaterThanOrEqual(5);
    expect(figuresOf(asked, words).medianMs).toBeLessThanOrEqual(400);
  });
});
