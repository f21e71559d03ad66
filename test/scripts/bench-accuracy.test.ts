// What the accuracy bench counts, which clips it takes, and what it refuses.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOptions, UsageError } from '../../scripts/bench/accuracy/arguments.ts';
import { countAnswers, hearingOf, type Answer } from '../../scripts/bench/accuracy/answers.ts';
import { percentile, spreadOf } from '../../scripts/bench/percentiles.ts';
import { meaningOf, wordsOf } from '../../scripts/bench/accuracy/phrase-lists.ts';
import { readRecordings, RecordingsError, type Clip } from '../../scripts/bench/accuracy/recordings.ts';
import { countWordErrors, errorsOf } from '../../scripts/bench/accuracy/word-errors.ts';
import { encodeWav } from '../../src/audio/wav.ts';
import { preparePhrases } from '../../src/inference/expected.ts';
import { wordErrors } from '../../src/simulator/word-error-rate.ts';

describe('word errors', () => {
  it('tell substitutions, deletions and insertions apart', () => {
    const counts = (reference: string, heard: string): number[] => {
      const { words, substitutions, deletions, insertions } = countWordErrors(reference, heard);
      return [words, substitutions, deletions, insertions];
    };
    expect(counts('Book a room, please.', 'book a room please')).toEqual([4, 0, 0, 0]);
    expect(counts('book a room', 'cook a room')).toEqual([3, 1, 0, 0]);
    expect(counts('book a room', 'book room')).toEqual([3, 0, 1, 0]);
    expect(counts('book a room', 'book a red room')).toEqual([3, 0, 0, 1]);
    expect(counts('twenty three', '23')).toEqual([1, 0, 0, 0]);
    expect(counts('book a room', '')).toEqual([3, 0, 3, 0]);
    expect(counts('', 'yes')).toEqual([0, 0, 0, 1]);
  });

  it('are as many as the shortest way from one text to the other', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 })
      .map((words) => words.join(' '));
    fc.assert(
      fc.property(text, text, (reference, heard) => {
        const counts = countWordErrors(reference, heard);
        expect(errorsOf(counts)).toBe(wordErrors(reference, heard).errors);
        const heardWords = heard === '' ? 0 : heard.split(' ').length;
        expect(counts.words - counts.deletions + counts.insertions).toBe(heardWords);
      }),
    );
  });
});

describe('answers', () => {
  const [yes, no] = preparePhrases(['yes', 'no']);
  const clip: Clip = {
    name: 'x.wav',
    kind: 'word',
    group: '',
    transcript: 'Yeah.',
    half: 'check',
    seconds: 1,
    samples: new Int16Array(0),
  };
  const weighed = (best: typeof yes, margin: number): Answer => {
    const wins = margin >= 0;
    const matched = wins ? best!.given : null;
    return { clip, text: '', matched, confidence: 1, verdict: { best: best!, margin, wins, share: 1 } };
  };

  it('are right by what they mean, wrong with another phrase, and unmatched without one', () => {
    expect(hearingOf(weighed(yes, 1), meaningOf)).toBe('right');
    expect(hearingOf(weighed(no, 1), meaningOf)).toBe('wrong');
    expect(hearingOf(weighed(yes, -1), meaningOf)).toBe('unmatched');
  });

  it('are counted as any other threshold would have it', () => {
    const answers = [weighed(yes, -1), weighed(no, -2), weighed(yes, 3)];
    const at = (leastMargin: number): unknown => countAnswers(answers, meaningOf, leastMargin);
    expect(at(-3)).toEqual({ n: 3, right: 2, wrong: 1, unmatched: 0 });
    expect(at(-1)).toEqual({ n: 3, right: 2, wrong: 0, unmatched: 1 });
    expect(at(4)).toEqual({ n: 3, right: 0, wrong: 0, unmatched: 3 });
    const freely: Answer = { clip, text: 'Yes.', matched: 'yes', confidence: 0.9, verdict: null };
    expect(hearingOf(freely, meaningOf, 99)).toBe('right');
  });

  it('lie where their percentiles say', () => {
    const values = Array.from({ length: 101 }, (_, i) => 100 - i);
    expect(spreadOf(values).at).toEqual([0, 5, 25, 50, 75, 95, 100]);
    expect(percentile([7], 0.95)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('a folder of recordings', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'recordings-'));
    mkdirSync(join(folder, 'a'));
    const wav = encodeWav([new Int16Array(8_000)], 8_000);
    writeFileSync(join(folder, 'a/clip.wav'), wav);
    writeFileSync(join(folder, 'a/text.wav'), 'not audio');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const manifest = (...rows: string[][]): void => {
    const head = ['path', 'kind', 'transcript', 'speaker_accent', 'transcript_basis'];
    writeFileSync(
      join(folder, 'MANIFEST.tsv'),
      `${[head, ...rows].map((row) => row.join('\t')).join('\n')}\n`,
    );
  };

  it('is sorted into sentences, words and sounds; what says nothing about accuracy is left out and counted', () => {
    manifest(
      ['a/clip.wav', 'utterance', 'Book a room.', 'Ann', 'given'],
      ['a/clip.wav', 'digit', 'Five.', 'Ann', 'given'],
      ['a/clip.wav', 'noise', '', '', ''],
      ['a/clip.wav', 'dtmf', '1234#', '', ''],
      ['a/clip.wav', 'utterance (other language)', 'hasta pronto', '', ''],
      ['a/clip.wav', 'utterance', 'Book [noise] a room', '', ''],
      ['a/clip.wav', 'utterance', 'Book a room', '', 'asr-draft'],
      ['a/none.wav', 'utterance', 'Book a room', '', ''],
      ['a/text.wav', 'utterance', 'Book a room', '', ''],
    );
    const { clips, leftOut } = readRecordings(folder);
    expect(clips.map(({ kind }) => kind)).toEqual(['sentence', 'word', 'sound', 'sound']);
    expect(clips[0]).toMatchObject({ name: 'a/clip.wav', seconds: 1, transcript: 'Book a room.' });
    expect(clips[0]?.half).toBe(clips[1]?.half);
    expect(wordsOf(clips)).toEqual(['five']);
    expect(Object.values(leftOut).toSorted()).toEqual([1, 1, 1, 2]);
  });

  it('is refused with what was found and expected', () => {
    const refusal = (): string => {
      try {
        readRecordings(folder);
      } catch (error) {
        if (error instanceof RecordingsError) return error.message;
      }
      return '';
    };
    expect(refusal()).toMatch(/found no MANIFEST\.tsv, expected one.*path and transcript/);
    writeFileSync(join(folder, 'MANIFEST.tsv'), 'file\ttranscript\na.wav\tyes\n');
    expect(refusal()).toMatch(/found the columns file, transcript, expected path among them/);
    manifest(['a/none.wav', 'utterance', 'Book a room', '', '']);
    expect(refusal()).toMatch(/no clip can be used: 1 missing/);
  });
});

describe('the command line', () => {
  it('takes a folder and options', () => {
    expect(readOptions(['clips', '--set', 'noise', '--limit', '3', '--json', 'x.json'])).toEqual({
      folder: 'clips',
      set: 'noise',
      limit: 3,
      json: 'x.json',
    });
    expect(readOptions(['clips'])).toMatchObject({ set: 'all', limit: Infinity });
    expect(readOptions(['--help'])).toBeNull();
  });

  it.each([
    [[], /0 folders, expected one/],
    [['a', 'b'], /2 folders, expected one/],
    [['a', '--set', 'music'], /--set: found "music", expected sentences/],
    [['a', '--limit', '0'], /--limit: found "0", expected a whole number/],
    [['a', '--depth', '1'], /--depth/],
  ])('refuses %j', (args, message) => {
    const read = (): unknown => readOptions(args);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });
});
