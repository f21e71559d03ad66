// The real voice activity model: right values, a state per slot, and batches that change nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VadLane } from '../../src/inference/vad-lane.ts';
import { appointmentClip, storedProbabilities, windowsOf, WINDOW } from '../support/inference.ts';
import { noise } from '../support/tones.ts';

let lane: VadLane;
const speech = windowsOf(appointmentClip().samples);
const hiss = windowsOf(noise(speech.length * WINDOW, 3_000));

beforeAll(async () => {
  lane = await VadLane.load(80);
  await lane.warmUp();
});
afterAll(() => lane.release());

/** Row i of each step goes to slots[i]. */
async function judge(
  slots: readonly number[],
  steps: readonly (readonly Int16Array[])[],
): Promise<number[][]> {
  const found: number[][] = slots.map(() => []);
  for (const step of steps) {
    const samples = new Int16Array(step.length * WINDOW);
    step.forEach((window, row) => {
      samples.set(window, row * WINDOW);
    });
    const { probabilities } = await lane.run({ slots: Uint16Array.from(slots), samples });
    probabilities.forEach((probability, row) => found[row]!.push(probability));
  }
  return found;
}

async function judgeAlone(slot: number, windows: readonly Int16Array[]): Promise<number[]> {
  lane.forget(slot);
  const [found] = await judge(
    [slot],
    windows.map((window) => [window]),
  );
  return found!;
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

describe('the vad lane', () => {
  it('gives the stored probabilities', async () => {
    expect(largestDifference(await judgeAlone(0, speech), storedProbabilities())).toBeLessThan(1e-3);
  });

  it('forgets everything at a reset, and nothing without one', async () => {
    const first = await judgeAlone(1, speech);
    const [continued] = await judge(
      [1],
      speech.map((window) => [window]),
    );
    expect(largestDifference(first, continued!)).toBeGreaterThan(1e-3);
    expect(largestDifference(first, await judgeAlone(1, speech))).toBe(0);
  });

  it('does not mix two calls whose windows arrive in turns', async () => {
    const aloneSpeech = await judgeAlone(2, speech);
    const aloneHiss = await judgeAlone(3, hiss);
    lane.forget(2);
    lane.forget(3);
    const found: [number[], number[]] = [[], []];
    for (const [i, window] of speech.entries()) {
      found[0].push((await judge([2], [[window]]))[0]![0]!);
      found[1].push((await judge([3], [[hiss[i]!]]))[0]![0]!);
    }
    expect(largestDifference(found[0], aloneSpeech)).toBe(0);
    expect(largestDifference(found[1], aloneHiss)).toBe(0);
  });

  it('gives the same in a batch of 70 calls as alone, whatever the others hear', async () => {
    const slots = Array.from({ length: 70 }, (_, i) => i + 5);
    for (const slot of slots) lane.forget(slot);
    const count = 40;
    const windowFor = (slot: number, step: number): Int16Array =>
      slot % 2 === 0 ? speech[(step + slot) % speech.length]! : hiss[(step * slot) % hiss.length]!;
    const steps = Array.from({ length: count }, (_, step) => slots.map((slot) => windowFor(slot, step)));
    const batched = await judge(slots, steps);
    for (const slot of [5, 6, 37, 68, 69, 74]) {
      const alone = await judgeAlone(
        slot,
        Array.from({ length: count }, (_, step) => windowFor(slot, step)),
      );
      expect(largestDifference(batched[slot - 5]!, alone)).toBeLessThan(1e-4);
    }
  });

  it('refuses jobs that cannot be right', async () => {
    const samples = new Int16Array(2 * WINDOW);
    await expect(lane.run({ slots: Uint16Array.of(1, 1), samples })).rejects.toThrow('twice');
    await expect(lane.run({ slots: Uint16Array.of(1), samples })).rejects.toThrow('do not fit');
    await expect(lane.run({ slots: Uint16Array.of(1, 99), samples })).rejects.toThrow('no slot 99');
  });
});
