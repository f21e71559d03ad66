// Which words were spoken when part of a clause was played: by letters, without the silence, and never too many.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordsHeard } from '../../src/audio/heard-words.ts';
import { encodeMulaw } from '../../src/audio/mulaw.ts';
import { mulaw8k, pcm, type Mulaw8k } from '../../src/audio/units.ts';
import { sine } from '../support/tones.ts';

const TONE = encodeMulaw(pcm(8000, sine(200, 8000, 3000 * 8, 8000)));
const HUSH = encodeMulaw(pcm(8000, new Int16Array(3000 * 8)));
const voice = (durationMs: number): Mulaw8k => mulaw8k(TONE.subarray(0, durationMs * 8));
const silence = (durationMs: number): Mulaw8k => mulaw8k(HUSH.subarray(0, durationMs * 8));
const heard = (text: string, audio: readonly Mulaw8k[], playedMs: number, whole = true): string =>
  wordsHeard({ text, audio, whole }, playedMs * 8);

describe('the words of a whole clause', () => {
  it('share the time by their letters, and count at their end', () => {
    // 2, 5 and 6 thirteenths of the time: a word is a letter more than it has, and so is the end of a sentence.
    const audio = [voice(1300)];
    const at = (playedMs: number): string => heard('a bbbb cccc.', audio, playedMs);
    expect(at(0)).toBe('');
    expect(at(199)).toBe('');
    expect(at(200)).toBe('a');
    expect(at(699)).toBe('a');
    expect(at(700)).toBe('a bbbb');
    expect(at(1299)).toBe('a bbbb');
    expect(at(1300)).toBe('a bbbb cccc.');
  });

  it.each([
    { name: 'in front', audio: [silence(400), voice(1000)], firstAt: 900 },
    { name: 'behind', audio: [voice(1000), silence(400)], firstAt: 500 },
    { name: 'in between', audio: [voice(200), silence(600), voice(800)], firstAt: 1100 },
  ])('do not stretch over silence $name', ({ audio, firstAt }) => {
    expect(heard('seven eight', audio, firstAt - 21)).toBe('');
    expect(heard('seven eight', audio, firstAt + 21)).toBe('seven');
  });

  it('go on over a stop consonant as over the rest of the speech', () => {
    const audio = [voice(200), silence(140), voice(660)];
    expect(heard('seven eight', audio, 490)).toBe('');
    expect(heard('seven eight', audio, 510)).toBe('seven');
  });

  it('are all heard while the silence behind them is played', () => {
    expect(heard('all of it.', [voice(500), silence(400)], 520)).toBe('all of it.');
  });

  it('take longer with digits, and keep their signs and spaces', () => {
    expect(heard('at  10:30, yes', [voice(1000)], 850)).toBe('at  10:30,');
    expect(heard('at  10:30, yes', [voice(1000)], 830)).toBe('at');
    expect(heard('wait - what', [voice(1000)], 500)).toBe('wait -');
  });

  it('are all heard at the end of audio that is silent or empty, and none before', () => {
    expect(heard('not a sound', [silence(300)], 300)).toBe('not a sound');
    expect(heard('not a sound', [silence(300)], 0)).toBe('');
  });
});

describe('the words of a clause that is still being synthesized', () => {
  it('are no more than the fastest speaker would have said', () => {
    const text = 'twelve thirteen fourteen fifteen';
    expect(heard(text, [voice(300)], 300, false)).toBe('twelve');
    expect(heard(text, [voice(300)], 200, false)).toBe('');
  });

  it('are all of them when the audio turns out to be all there is', () => {
    const text = 'twelve thirteen fourteen fifteen';
    expect(heard(text, [voice(2000)], 2000, false)).toBe(text);
  });
});

describe('over random clauses', () => {
  const clause = fc.record({
    words: fc.array(fc.stringMatching(/^[a-z]{1,12}[,.]?$/u), { minLength: 1, maxLength: 12 }),
    pieces: fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 600 })), { maxLength: 8 }),
    whole: fc.boolean(),
  });

  it('more audio never takes a word back, and every answer is a beginning of the text', () => {
    fc.assert(
      fc.property(clause, ({ words, pieces, whole }) => {
        const text = words.join(' ');
        const audio = pieces.map(([loud, durationMs]) => (loud ? voice(durationMs) : silence(durationMs)));
        const totalMs = pieces.reduce((sum, [, durationMs]) => sum + durationMs, 0);
        let before = '';
        for (let playedMs = 0; playedMs <= totalMs; playedMs += 37) {
          const now = heard(text, audio, playedMs, whole);
          expect(text.startsWith(now)).toBe(true);
          expect(now.length).toBeGreaterThanOrEqual(before.length);
          before = now;
        }
        if (whole) expect(heard(text, audio, totalMs)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});
