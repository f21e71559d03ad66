// What the turns bench is told, the recipe of its turns, and how a policy is replayed over them.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingsError } from '../../scripts/bench/accuracy/recordings.ts';
import { readOptions, UsageError } from '../../scripts/bench/turns/arguments.ts';
import { readSpokenClips, type SpokenClip } from '../../scripts/bench/turns/clips.ts';
import { compare } from '../../scripts/bench/turns/compare.ts';
import { crossValidated } from '../../scripts/bench/turns/folds.ts';
import { figuresOf } from '../../scripts/bench/turns/figures.ts';
import { silencesOf, type HeardSilence } from '../../scripts/bench/turns/listen.ts';
import { fitLogistic } from '../../scripts/bench/turns/logistic.ts';
import { plotOf } from '../../scripts/bench/turns/plot.ts';
import { tableOf } from '../../scripts/bench/turns/print.ts';
import { digitsIn, fitOf } from '../../scripts/bench/turns/questions.ts';
import { makeTurns } from '../../scripts/bench/turns/recipe.ts';
import { replay, type ReplayTurn } from '../../scripts/bench/turns/replay.ts';
import { ms } from '../../src/audio/units.ts';
import { encodeWav } from '../../src/audio/wav.ts';
import { DEFAULT_END_OF_TURN_POLICY } from '../../src/turn/end-of-turn.ts';
import { DEFAULT_TURN_POLICY } from '../../src/turn/policy.ts';

const HZ = 8_000;
/** Words of a tone with gaps between them, a little noise everywhere. */
function speech(...partsMs: readonly number[]): Int16Array {
  const parts = partsMs.map((lengthMs, part) => {
    const loud = part % 2 === 1 ? 8_000 : 0;
    return Array.from({ length: (lengthMs * HZ) / 1_000 }, (_, i) =>
      Math.round(loud * Math.sin(i / 3) + 20 * Math.sin(i * i)),
    );
  });
  return Int16Array.from(parts.flat());
}

const clip = (name: string, more: Partial<SpokenClip> = {}): SpokenClip => ({
  name,
  group: 'utterance',
  speaker: null,
  voice: name,
  question: { kind: 'free' },
  samples: speech(200, 600, 150, 600, 150, 600, 200),
  speech: { first: 200 * 8, last: 2_300 * 8 - 1 },
  ...more,
});

describe('the recipe', () => {
  it('gives the same turns for the same clips and seed, whatever else there is, and others for another seed', () => {
    const [one, two] = [clip('a.wav'), clip('b.wav')];
    const made = (clips: readonly SpokenClip[], seed: number): string[] =>
      makeTurns(clips, seed).map(({ samples, ...turn }) => JSON.stringify([turn, hashOf(samples)]));
    const turns = made([one, two], 1);
    expect(made([one, two], 1)).toEqual(turns);
    expect(made([one], 1)).toEqual(turns.filter((turn) => turn.includes('a.wav')));
    expect(made([one, two], 2)).not.toEqual(turns);
  });

  it('widens gaps of the speech to pauses of 200 to 1,500 ms and ends in a long silence', () => {
    const turns = Array.from({ length: 6 }, (_, seed) => makeTurns([clip('a.wav')], seed)).flat();
    expect(turns).toHaveLength(18);
    for (const { samples, pauses, endMs } of turns) {
      expect(pauses.length).toBeGreaterThanOrEqual(1);
      expect(pauses.length).toBeLessThanOrEqual(2);
      for (const { kind, fromMs, toMs } of pauses) {
        expect(kind).toBe('made');
        expect(toMs - fromMs).toBeGreaterThanOrEqual(199);
        expect(toMs - fromMs).toBeLessThanOrEqual(1_501);
        expect(loudest(samples, fromMs + 20, toMs - 20)).toBeLessThan(200);
        expect(loudest(samples, toMs, toMs + 200)).toBeGreaterThan(6_000);
      }
      const addedMs = pauses.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs - 150, 0);
      expect(Math.abs(endMs - (300 + 2_100 + addedMs))).toBeLessThan(5);
      expect(loudest(samples, endMs - 100, endMs)).toBeGreaterThan(6_000);
      expect(loudest(samples, endMs + 20, samples.length / 8)).toBeLessThan(200);
      expect(samples.length / 8 - endMs).toBeGreaterThan(2_500);
    }
  });

  it('joins clips of one speaker only, and leaves a clip without gaps alone', () => {
    const short = { samples: speech(200, 600, 200), speech: { first: 1_600, last: 6_399 } };
    const unknown = [clip('a.wav', short), clip('b.wav', short)];
    expect(makeTurns(unknown, 1).map(({ pauses }) => pauses)).toEqual([[], []]);
    const known = unknown.map((one) => ({ ...one, speaker: 'Ann' }));
    const joined = Array.from({ length: 10 }, (_, seed) => makeTurns(known, seed)).flat();
    const kinds = new Set(joined.flatMap(({ pauses }) => pauses.map(({ kind }) => kind)));
    expect([...kinds]).toEqual(['joined']);
  });
});

function hashOf(samples: Int16Array): string {
  return createHash('sha256').update(new Uint8Array(samples.buffer)).digest('hex');
}

function loudest(samples: Int16Array, fromMs: number, toMs: number): number {
  return samples
    .subarray(Math.round(fromMs * 8), Math.round(toMs * 8))
    .reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

describe('questions', () => {
  it('know how many digits were asked for', () => {
    expect(digitsIn('Seven, three, 30 one.')).toBe(5);
    expect(digitsIn('nineteen 99')).toBe(4);
    const five = { kind: 'digits', count: 5 } as const;
    expect(fitOf(five, 'Seven, three, three')).toBe('part');
    expect(fitOf(five, '73301.')).toBe('whole');
    expect(fitOf(five, 'Well')).toBe('unknown');
    expect(fitOf({ kind: 'yes-no' }, 'Yeah.')).toBe('whole');
    expect(fitOf({ kind: 'free' }, 'Yeah.')).toBe('unknown');
  });
});

describe('silences', () => {
  it('are those of the turn machine, with the moments in which speech may be beginning again', () => {
    const on = [0.9, 0.9, 0.9, 0.9];
    const off = [0.1, 0.1, 0.1];
    const longer = { ...DEFAULT_TURN_POLICY, minSilenceMs: ms(192), minSpeechMs: ms(96) };
    const { silences, doubtMs } = silencesOf([...on, ...off, 0.9, ...off, ...on, ...off], longer);
    const policy = { ...DEFAULT_TURN_POLICY, minSilenceMs: ms(96), minSpeechMs: ms(96) };
    expect(silences).toEqual([]);
    const heard = silencesOf([...on, ...off, 0.9, ...off, ...on, ...off], policy);
    expect(heard.silences).toEqual([
      { onsetMs: 0, lastSpeechMs: 128, askedMs: 224, resumedMs: 448 },
      { onsetMs: 0, lastSpeechMs: 480, askedMs: 576, resumedMs: null },
    ]);
    expect(heard.doubtMs).toEqual([32, 64, 256, 384, 416]);
    expect(doubtMs).toEqual([32, 64]);
  });
});

describe('a replay', () => {
  const silence = (
    lastSpeechMs: number,
    resumedMs: number | null,
    more: Partial<HeardSilence> = {},
  ): HeardSilence => ({
    onsetMs: 300,
    lastSpeechMs,
    askedMs: lastSpeechMs + 64,
    resumedMs,
    text: 'I would like a table.',
    ending: 0,
    features: null,
    inferMs: 30,
    ...more,
  });
  const turn: ReplayTurn = {
    name: 'a.wav#1',
    group: 'utterance',
    voice: 'a.wav',
    question: { kind: 'free' },
    pauses: [{ kind: 'made', fromMs: 900, toMs: 1_700 }],
    endMs: 2_500,
    heard: { silences: [silence(992, 1_824), silence(2_592, null)], doubtMs: [] },
    lastSoundMs: [null, null],
  };
  const fixed = (silenceMs: number) => replay(turn, { kind: 'fixed', silenceMs });

  it('counts a plain timer from the last window of speech, in whole windows', () => {
    expect(fixed(300)).toMatchObject({ cut: turn.pauses, cutElsewhere: 0, delayMs: 412 });
    expect(fixed(831)).toMatchObject({ cut: [], delayMs: 924 });
    expect(fixed(800)).toMatchObject({ cut: turn.pauses });
  });

  it('waits by the words, but never without an end for words that are late', () => {
    const policy = DEFAULT_END_OF_TURN_POLICY;
    const words = (more: Partial<HeardSilence>) => {
      const silences = [silence(2_592, null, more)];
      return replay({ ...turn, heard: { silences, doubtMs: [] } }, { kind: 'words', policy }).delayMs ?? NaN;
    };
    const after = (waitMs: number): number => Math.ceil((2_592 + waitMs) / 32) * 32 - turn.endMs;
    expect(words({ ending: 0 })).toBe(after(policy.longWaitMs));
    expect(words({ ending: policy.finishedFrom })).toBe(after(policy.baseWaitMs));
    expect(words({ inferMs: 5_000, ending: 1 })).toBe(after(policy.longWaitMs));
    expect(words({ ending: 1, inferMs: 400 })).toBeGreaterThanOrEqual(after(464));
  });

  it('decides nothing while speech may be beginning, and finds what was no pause', () => {
    const doubtMs = [1_312];
    const heard = { silences: [silence(992, 1_824)], doubtMs };
    expect(replay({ ...turn, heard }, { kind: 'fixed', silenceMs: 310 }).cut).toEqual(turn.pauses);
    const lost = { silences: [silence(400, 1_824)], doubtMs: [] };
    expect(replay({ ...turn, heard: lost }, { kind: 'fixed', silenceMs: 300 })).toMatchObject({
      cut: [],
      cutElsewhere: 1,
      delayMs: null,
    });
  });

  it('is added up, compared, printed and drawn', () => {
    expect(figuresOf([turn, turn], { kind: 'fixed', silenceMs: 300 })).toMatchObject({
      pauses: 2,
      cut: 2,
      cutShare: 1,
      ends: 2,
      medianMs: 412,
    });
    const comparison = compare([turn], DEFAULT_END_OF_TURN_POLICY);
    const table = tableOf(comparison);
    expect(table).toMatch(/all\s+fixed 300 ms\s+1\s+1\s+100\.0 %\s+1 of 1\s+0 of 0\s+0 of 0/);
    expect(table).toMatch(/all\s+by what was heard\s+1\s+0\s+0\.0 %/);
    const plot = plotOf(comparison);
    expect(plot.match(/<polyline/g)).toHaveLength(2);
    expect(plot).not.toContain('NaN');
  });
});

describe('cross-validation', () => {
  /** Ends and pauses of a voice lie on both sides of 0, but one voice has them the other way round. */
  const said = (voice: string, sign: number): ReplayTurn => {
    const silence = (value: number, resumedMs: number | null): HeardSilence => ({
      ...{ onsetMs: 0, lastSpeechMs: 500, askedMs: 564, resumedMs, text: 'Yes.', ending: 0.5, inferMs: 30 },
      features: Float32Array.of(value),
    });
    const silences = [silence(-sign, 900), silence(sign, null)];
    const rest = { group: 'utterance', question: { kind: 'free' }, pauses: [], endMs: 500 } as const;
    return { ...rest, name: `${voice}.wav#1`, voice, heard: { silences, doubtMs: [] }, lastSoundMs: [] };
  };

  it('judges a voice by what was fitted to the others', () => {
    const turns = [said('odd', -1), ...['a', 'b', 'c', 'd'].map((voice) => said(voice, 1))];
    const judged = new Map(crossValidated(turns).map((turn) => [turn.voice, turn.heard.silences]));
    expect(judged.size).toBe(5);
    for (const [voice, silences] of judged) {
      const [pause, end] = silences;
      // Fitted to itself as well, the odd voice would be judged less wrongly than the others are rightly.
      expect(end!.ending > pause!.ending).toBe(voice !== 'odd');
    }
    const [pause, end] = judged.get('odd')!;
    expect(pause!.ending).toBeGreaterThan(judged.get('a')![1]!.ending);
    expect(end!.ending).toBeLessThan(judged.get('a')![0]!.ending);
  });

  it('leaves alone what cannot be judged: one voice, and silences without words', () => {
    const turn = said('a', 1);
    expect(crossValidated([turn])).toEqual([turn]);
    const silences = turn.heard.silences.map((silence) => ({ ...silence, text: '', ending: 0 }));
    const wordless = { ...said('c', 1), heard: { silences, doubtMs: [] } };
    expect(crossValidated([turn, said('b', 1), wordless])).toContainEqual(wordless);
  });
});

describe('the logistic regression', () => {
  it('finds what tells two classes apart, and the same weights each time', () => {
    const examples = Array.from({ length: 40 }, (_, i) => ({
      features: Float32Array.of(i % 2 === 0 ? 5 : 3, (i * 7) % 11, 2),
      isPositive: i % 2 === 0,
      weight: 1,
    }));
    const { bias, weights } = fitLogistic(examples);
    const score = (features: readonly number[]): number =>
      features.reduce((sum, value, i) => sum + value * weights[i]!, bias);
    expect(score([5, 5, 2])).toBeGreaterThan(1);
    expect(score([3, 5, 2])).toBeLessThan(-1);
    expect(Math.abs(weights[2]!)).toBeLessThan(1e-6);
    expect(fitLogistic(examples)).toEqual({ bias, weights });
  });
});

describe('the command line', () => {
  it('takes a folder and options', () => {
    expect(readOptions(['clips', '--seed', '7', '--limit', '3', '--json', 'x.json'])).toEqual({
      folder: 'clips',
      seed: 7,
      limit: 3,
      json: 'x.json',
    });
    expect(readOptions([])).toMatchObject({ folder: '../shared/audio', seed: 1, limit: Infinity });
    expect(readOptions(['--help'])).toBeNull();
  });

  it.each([
    [['a', 'b'], /2 folders, expected one/],
    [['--limit', '0'], /--limit: found "0", expected a whole number from 1 on/],
    [['--seed', '1.5'], /--seed: found "1.5", expected a whole number from 0 on/],
    [['--depth', '1'], /--depth/],
  ])('refuses %j', (args, message) => {
    const read = (): unknown => readOptions(args);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });
});

describe('a folder of recordings', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'turns-'));
    mkdirSync(join(folder, 'a'));
    writeFileSync(join(folder, 'a/clip.wav'), encodeWav([speech(300, 600, 150, 600, 300)], HZ));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const manifest = (...rows: readonly string[]): void => {
    writeFileSync(
      join(folder, 'MANIFEST.tsv'),
      ['path\tkind\ttranscript\tspeaker_accent', ...rows.map((row) => row.replaceAll('|', '\t'))].join('\n'),
    );
  };

  it('gives what callers may say, with the bounds of the speech', () => {
    manifest(
      'a/clip.wav|utterance|A table for two.|Ann, with a cold',
      'a/clip.wav|utterance|Yes.|Ben',
      'a/clip.wav|utterance|Marvin.|Ben',
      'a/clip.wav|noise||',
      'a/none.wav|digit-sequence|one two|Ann',
    );
    const { clips, leftOut } = readSpokenClips(folder);
    expect(clips.map(({ question }) => question.kind)).toEqual(['free', 'yes-no']);
    const [first] = clips;
    const spokenMs = (first!.speech.last - first!.speech.first) / 8;
    expect(Math.abs(spokenMs - 1_350)).toBeLessThan(30);
    expect(Object.values(leftOut)).toEqual([1, 1, 1]);
  });

  it('is refused with what was found and expected', () => {
    expect(() => readSpokenClips(folder)).toThrow(RecordingsError);
    expect(() => readSpokenClips(folder)).toThrow(/found no MANIFEST\.tsv, expected a tab-separated one/);
    manifest('a/none.wav|utterance|A table.|');
    expect(() => readSpokenClips(folder)).toThrow(/no clip can be used: 1 missing/);
  });
});
