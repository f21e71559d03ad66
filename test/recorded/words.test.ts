// People's own short answers over the telephone, with and without the phrases that were expected.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normalized } from '../../src/inference/expected.ts';
import type { SttText } from '../../src/inference/messages.ts';
import { SttLane } from '../../src/inference/stt-lane.ts';
import { overTheLine, recordings, type Recording } from '../support/recordings.ts';

const YES = ['Yes', 'Yeah', 'Yep'];
const NO = ['No', 'Nope'];
const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

const all = recordings();
let stt: SttLane;

async function heard(clip: Recording, expected: readonly string[]): Promise<SttText> {
  const { items } = await stt.run({ items: [{ samples: overTheLine(clip), expected }] });
  return items[0]!;
}

/** Clips that came out right, with the others' names in the test's output. */
async function countRight(
  of: readonly Recording[],
  expected: readonly string[],
  isRight: (clip: Recording, item: SttText) => boolean,
): Promise<number> {
  const wrong: string[] = [];
  for (const clip of of) {
    const item = await heard(clip, expected);
    if (!isRight(clip, item)) wrong.push(`${clip.path} "${item.text}"`);
  }
  console.info(`${of.length - wrong.length} of ${of.length} right; wrong: ${wrong.join(', ') || 'none'}`);
  return of.length - wrong.length;
}

describe.runIf(all.length > 0)('recorded short answers', () => {
  beforeAll(async () => {
    stt = await SttLane.load(1);
  });
  afterAll(() => stt.release());

  const answers = all.filter(({ path }) => /\/(word|dograh|cv)_/.test(path) && isYesOrNo(path));
  const sideOf = (words: string): readonly string[] => (YES.includes(words.replace('.', '')) ? YES : NO);

  it('yes or no: every one right when they are expected; measured 42 of 42, and 36 heard freely', async () => {
    const expected = await countRight(
      answers,
      [...YES, ...NO],
      (clip, { matched }) => matched !== null && sideOf(clip.transcript).includes(matched),
    );
    const free = await countRight(answers, [], (clip, { text }) =>
      sideOf(clip.transcript).some((word) => normalized(word) === normalized(text)),
    );
    expect(answers.length).toBeGreaterThanOrEqual(16);
    expect(expected).toBe(answers.length);
    expect(free).toBeLessThan(expected);
  }, 60_000);

  it('digits: at least 80 % right when digits are expected; measured 71 of 82', async () => {
    const digits = all.filter(({ kind }) => kind === 'digit');
    const right = await countRight(
      digits,
      DIGITS,
      (clip, { matched }) => matched === normalized(clip.transcript),
    );
    expect(right / digits.length).toBeGreaterThanOrEqual(0.8);
  }, 60_000);

  it('free speech is never taken for one of the short answers expected', async () => {
    const sentences = all.filter(
      ({ kind, transcript, seconds }) =>
        kind === 'utterance' && transcript.split(' ').length >= 4 && seconds < 8,
    );
    const sample = sentences.filter((_, i) => i % 3 === 0);
    const free = await countRight(sample, [...YES, ...NO, ...DIGITS], (_, { matched }) => matched === null);
    expect(sample.length).toBeGreaterThanOrEqual(30);
    expect(free).toBe(sample.length);
  }, 90_000);

  it('noise and music are neither words nor a short answer', async () => {
    const sounds = all.filter(({ kind, seconds }) => /noise|music/.test(kind) && seconds < 10);
    const silent = await countRight(sounds, [...YES, ...NO], (_, { text }) => text === '');
    expect(sounds.length).toBeGreaterThanOrEqual(30);
    expect(silent).toBe(sounds.length);
  }, 60_000);
});

function isYesOrNo(path: string): boolean {
  const words = all.find((clip) => clip.path === path)?.transcript.replace('.', '') ?? '';
  return [...YES, ...NO].includes(words);
}
