// Evidence of a voice: what counts, from when on silence about the words is worth a question, and which words to believe.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ms } from '../../src/audio/units.ts';
import {
  addWindow,
  CERTAIN_PROBABILITY,
  credible,
  LEAST_CERTAIN_MS,
  LEAST_CONFIDENCE,
  NO_EVIDENCE,
  worthAsking,
  type Evidence,
} from '../../src/turn/evidence.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';

const WINDOW_MS = 32;
const probability = fc.double({ min: 0, max: 1, noNaN: true });

function evidenceOf(probabilities: readonly number[]): Evidence {
  return probabilities.reduce((evidence, one, i) => {
    const window = { from: ms(i * WINDOW_MS), to: ms((i + 1) * WINDOW_MS), probability: one };
    return addWindow(evidence, window);
  }, NO_EVIDENCE);
}

// Windows as Silero judged recordings on a line with noise at -50 dBFS, from the onset to the last speech.
const GUITAR = [0.62, 0.78, 0.41, 0.36];
const HUM = [0.54, 0.59, 0.51];
const SOFT_WOW = [0.6, 0.93, 0.8, 0.78];
const STOP = [0.55, 0.91, 0.98, 1, 1, 0.99, 0.97, 0.9, 0.8, 0.6, 0.4];

describe('evidence', () => {
  it('is how long the detector was certain', () => {
    expect(evidenceOf(STOP).certainMs).toBe(7 * WINDOW_MS);
    expect(evidenceOf([...GUITAR, ...HUM]).certainMs).toBe(0);
  });

  it('makes a question of a voice without words, and nothing of a noise', () => {
    expect([STOP, SOFT_WOW].map((windows) => worthAsking(evidenceOf(windows)))).toEqual([true, true]);
    expect([GUITAR, HUM, []].map((windows) => worthAsking(evidenceOf(windows)))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('never shrinks, and does not depend on the order of the windows', () => {
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 40 }), probability, (windows, one) => {
        const before = evidenceOf(windows);
        expect(evidenceOf([...windows, one]).certainMs).toBeGreaterThanOrEqual(before.certainMs);
        expect(evidenceOf(windows.toReversed())).toEqual(before);
        expect(worthAsking(before)).toBe(windows.some((value) => value >= CERTAIN_PROBABILITY));
      }),
    );
  });

  it('takes one window of the detector, above what begins speech', () => {
    expect(CERTAIN_PROBABILITY).toBeGreaterThan(DEFAULT_TURN_POLICY.speechOn);
    expect(LEAST_CERTAIN_MS).toBeGreaterThan(0);
    expect(LEAST_CERTAIN_MS).toBeLessThanOrEqual(WINDOW_MS);
  });
});

describe('words', () => {
  it.each([
    ['Yes.', 0.93, STOP, true],
    ['Babe,', 0.31, STOP, true],
    ['Mm-hmm.', 0.4, STOP, true],
    ['', 0, STOP, false],
    ['...', 0.9, STOP, false],
    ['No.', 0.93, GUITAR, true],
    ['Yeah.', 0.8, GUITAR, true],
    ['Babe,', 0.45, GUITAR, false],
    ['Mm-Hmm', 0.7, HUM, false],
    ['Uh-huh.', 0.85, HUM, false],
    ['Oh, you.', 0.85, HUM, true],
  ])('%j at %d are believed: see the table', (text, confidence, windows, believed) => {
    expect(credible(text, confidence, evidenceOf(windows))).toBe(believed);
  });

  it('are believed no less when the voice is more certain or the model surer', () => {
    const windows = fc.array(probability, { maxLength: 20 });
    const text = fc.constantFrom('', 'Mm.', 'Yes.', 'No.', 'I would like a room.');
    fc.assert(
      fc.property(text, probability, probability, windows, (words, one, other, list) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const at = (confidence: number, of: readonly number[]): number =>
          Number(credible(words, confidence, evidenceOf(of)));
        expect(at(high, list)).toBeGreaterThanOrEqual(at(low, list));
        expect(at(low, [...list, 1])).toBeGreaterThanOrEqual(at(low, list));
      }),
    );
  });

  it('of a doubtful sound are believed from the confidence that the constant names', () => {
    expect(credible('Two.', LEAST_CONFIDENCE, NO_EVIDENCE)).toBe(true);
    expect(credible('Two.', LEAST_CONFIDENCE - 0.01, NO_EVIDENCE)).toBe(false);
  });
});
