// People's own short answers over the telephone, with and without the phrases that were expected.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.ts';
import { resample } from '../../src/audio/resampler.ts';
import { pcm, type Hz } from '../../src/audio/units.ts';
import { parseWav } from '../../src/audio/wav.ts';
import { normalized } from '../../src/inference/expected.ts';
import type { SttText } from '../../src/inference/messages.ts';
import { SttLane } from '../../src/inference/stt-lane.ts';

const folder = fileURLToPath(new URL('../../../shared/audio/', import.meta.url));
const present = existsSync(`${folder}MANIFEST.tsv`);
if (!present) console.warn(`No recordings at ${folder}: the tests over recorded words are left out.`);

const YES = ['Yes', 'Yeah', 'Yep'];
const NO = ['No', 'Nope'];
const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

interface Clip {
  readonly path: string;
  readonly kind: string;
  readonly words: string;
  readonly seconds: number;
}

function clips(): Clip[] {
  if (!present) return [];
  const rows = readFileSync(`${folder}MANIFEST.tsv`, 'utf8').trimEnd().split('\n').slice(1);
  return rows.map((row) => {
    const [path = '', kind = '', words = '', , seconds = '0'] = row.split('\t');
    return { path, kind, words, seconds: Number(seconds) };
  });
}

const all = clips();
let stt: SttLane;

/** As the server gets it: 8 kHz mu-law. */
async function heard({ path }: Clip, expected: readonly string[]): Promise<SttText> {
  const wav = parseWav(readFileSync(folder + path));
  if (!wav.ok) throw new Error(`${path}: ${wav.message}`);
  const line = encodeMulaw(resample(pcm(wav.rate as Hz, wav.channels[0]!), 8000));
  const { items } = await stt.run({ items: [{ samples: decodeMulaw(line).samples, expected }] });
  return items[0]!;
}

/** Clips that came out right, with the others' names in the test's output. */
async function countRight(
  of: readonly Clip[],
  expected: readonly string[],
  isRight: (clip: Clip, item: SttText) => boolean,
): Promise<number> {
  const wrong: string[] = [];
  for (const clip of of) {
    const item = await heard(clip, expected);
    if (!isRight(clip, item)) wrong.push(`${clip.path} "${item.text}"`);
  }
  console.info(`${of.length - wrong.length} of ${of.length} right; wrong: ${wrong.join(', ') || 'none'}`);
  return of.length - wrong.length;
}

describe.runIf(present)('recorded short answers', () => {
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
      (clip, { matched }) => matched !== null && sideOf(clip.words).includes(matched),
    );
    const free = await countRight(answers, [], (clip, { text }) =>
      sideOf(clip.words).some((word) => normalized(word) === normalized(text)),
    );
    expect(answers.length).toBeGreaterThanOrEqual(16);
    expect(expected).toBe(answers.length);
    expect(free).toBeLessThan(expected);
  }, 60_000);

  it('digits: at least 80 % right when digits are expected; measured 71 of 82', async () => {
    const digits = all.filter(({ kind }) => kind === 'digit');
    const right = await countRight(digits, DIGITS, (clip, { matched }) => matched === normalized(clip.words));
    expect(right / digits.length).toBeGreaterThanOrEqual(0.8);
  }, 60_000);

  it('free speech is never taken for one of the short answers expected', async () => {
    const sentences = all.filter(
      ({ kind, words, seconds }) => kind === 'utterance' && words.split(' ').length >= 4 && seconds < 8,
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
  const words = all.find((clip) => clip.path === path)?.words.replace('.', '') ?? '';
  return [...YES, ...NO].includes(words);
}
