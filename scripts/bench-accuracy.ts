// Measures how well speech to text hears a folder of recordings: word error rate, short answers, sounds, and time.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { measurePhraseCost, type PhraseCost } from './bench/accuracy/phrase-cost.ts';
import { wordsOf } from './bench/accuracy/phrase-lists.ts';
import {
  printCost,
  printGroups,
  printSentenceHead,
  printSentences,
  printTexts,
  printWordSet,
} from './bench/accuracy/print.ts';
import { readRecordings, RecordingsError, type Clip } from './bench/accuracy/recordings.ts';
import { measureSentences, type SentenceFigures } from './bench/accuracy/sentences.ts';
import {
  countTexts,
  measureShortAnswers,
  type WordSet,
  type WordSetName,
} from './bench/accuracy/short-answers.ts';
import { openLane, VARIANTS } from './bench/accuracy/variants.ts';
import type { Watch } from './bench/accuracy/watch.ts';

const SETS = ['sentences', 'yes-no', 'single-words', 'noise', 'all'] as const;
type SetName = (typeof SETS)[number];

const HELP = `Usage: npm run bench:accuracy -- DIR [--set NAME] [--limit N] [--json FILE] [--help]

Lets speech to text hear the recordings of a folder as a call would bring them (8 kHz, mu-law), in this process.
DIR holds MANIFEST.tsv with the columns path and transcript, and may have kind, speaker_accent and transcript_basis.

  --set NAME    sentences: word error rate, real-time factor and time to text for each setting
                yes-no, single-words: short answers with and without the phrases expected, and what they cost
                noise: sounds without words, with phrases expected
                all (default): a quarter of an hour for 600 clips on 2 cores
  --limit N     at most N clips of each kind, spread over the folder
  --json FILE   where the figures are written as JSON (default: out/bench/accuracy.json)
  --help        print this text

Exit codes: 0 measured, 2 the folder or an option is of no use, 130 interrupted (what was finished is written).
`;

const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

interface Options {
  readonly folder: string;
  readonly set: SetName;
  readonly limit: number;
  readonly json: string;
}

class UsageError extends Error {}

/** Null when only help was asked for. @throws UsageError */
function readOptions(): Options | null {
  const { values, positionals } = parse();
  if (values.help) return null;
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) {
    throw new UsageError(`found ${positionals.length} folders, expected one`);
  }
  const set = SETS.find((name) => name === values.set);
  if (set === undefined) throw new UsageError(`--set: found "${values.set}", expected ${SETS.join(', ')}`);
  const limit = values.limit === undefined ? Infinity : Number(values.limit);
  if (limit !== Infinity && !(Number.isInteger(limit) && limit > 0)) {
    throw new UsageError(`--limit: found "${values.limit ?? ''}", expected a whole number above 0`);
  }
  return { folder, set, limit, json: values.json };
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        set: { type: 'string', default: 'all' },
        limit: { type: 'string' },
        json: { type: 'string', default: 'out/bench/accuracy.json' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

class TerminalWatch implements Watch {
  interrupted = false;

  constructor() {
    process.once('SIGINT', () => {
      this.interrupted = true;
      process.stderr.write('\nStopping after this clip; once more to stop at once.\n');
    });
  }

  progress(done: number, of: number): void {
    if (!process.stderr.isTTY) return;
    process.stderr.write(done < of ? `\r  ${done} of ${of}` : `\r${' '.repeat(24)}\r`);
  }
}

interface Figures {
  sentences: SentenceFigures[];
  shortAnswers: WordSet[];
  soundsWithText: { n: number; withText: number } | null;
  phraseCost: PhraseCost | null;
}

/** N of each kind, evenly over the folder. */
function limited(clips: readonly Clip[], limit: number): readonly Clip[] {
  return (['sentence', 'word', 'sound'] as const).flatMap((kind) => {
    const of = clips.filter((clip) => clip.kind === kind);
    if (of.length <= limit) return of;
    return Array.from({ length: limit }, (_, i) => of[Math.floor((i * of.length) / limit)]!);
  });
}

const WORD_SETS: Readonly<Record<SetName, readonly WordSetName[]>> = {
  sentences: [],
  'yes-no': ['yes-no'],
  'single-words': ['digits', 'words'],
  noise: ['yes-no', 'digits', 'words'],
  all: ['yes-no', 'digits', 'words'],
};

async function bench({ folder, set, limit, json }: Options): Promise<void> {
  const recordings = readRecordings(folder);
  const clips = limited(recordings.clips, limit);
  const machine = { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  process.stdout.write(`${machine.processor}, ${machine.cores} cores, Node ${machine.node}\n`);
  const count = (kind: Clip['kind']): number => clips.filter((clip) => clip.kind === kind).length;
  process.stdout.write(
    `${count('sentence')} sentences, ${count('word')} single words, ${count('sound')} sounds without words\n`,
  );
  for (const [reason, left] of Object.entries(recordings.leftOut)) {
    process.stdout.write(`left out: ${left} ${reason}\n`);
  }
  const watch = new TerminalWatch();
  const figures: Figures = { sentences: [], shortAnswers: [], soundsWithText: null, phraseCost: null };
  if (set !== 'sentences') await benchShort(figures, { clips, set, watch });
  if (set === 'sentences' || set === 'all') await benchSentences(figures, clips, watch);
  mkdirSync(dirname(json), { recursive: true });
  const { leftOut } = recordings;
  writeFileSync(json, `${JSON.stringify({ machine, clips: clips.length, leftOut, ...figures }, null, 2)}\n`);
  process.stdout.write(`\nWritten to ${json}\n`);
  if (watch.interrupted) process.exitCode = EXIT_INTERRUPTED;
}

interface ShortPlan {
  readonly clips: readonly Clip[];
  readonly set: SetName;
  readonly watch: Watch;
}

async function benchShort(figures: Figures, { clips, set, watch }: ShortPlan): Promise<void> {
  const lane = await openLane(VARIANTS[0]!);
  const sounds = clips.filter(({ kind }) => kind === 'sound');
  if (set === 'noise' || set === 'all') {
    const withText = await countTexts(lane, sounds, watch);
    if (!watch.interrupted) {
      figures.soundsWithText = { n: sounds.length, withText };
      printTexts(withText, sounds.length);
    }
  }
  const plan = {
    clips: set === 'noise' ? sounds : clips,
    words: wordsOf(clips),
    sets: WORD_SETS[set],
    watch,
  };
  await measureShortAnswers(lane, plan, (wordSet) => {
    figures.shortAnswers.push(wordSet);
    printWordSet(wordSet);
  });
  if (set !== 'noise' && !watch.interrupted) {
    figures.phraseCost = await measurePhraseCost(lane, clips, watch);
    if (figures.phraseCost !== null) printCost(figures.phraseCost);
  }
  await lane.release();
}

async function benchSentences(figures: Figures, clips: readonly Clip[], watch: Watch): Promise<void> {
  const sentences = clips.filter(({ kind }) => kind === 'sentence');
  if (sentences.length === 0 || watch.interrupted) return;
  printSentenceHead();
  await measureSentences(sentences, watch, (one) => {
    figures.sentences.push(one);
    printSentences(one);
  });
  const [first] = figures.sentences;
  if (first !== undefined) printGroups(first);
}

try {
  const options = readOptions();
  if (options === null) process.stdout.write(HELP);
  else await bench(options);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof RecordingsError)) throw error;
  process.stderr.write(`${error.message}\n${error instanceof UsageError ? `\n${HELP}` : ''}`);
  process.exitCode = EXIT_USAGE;
}
