// Measures how well speech to text hears a folder of recordings: word error rate, short answers, sounds, and time.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { benchMachine } from './bench/machine.ts';
import { HELP, readOptions, UsageError, type Options, type SetName } from './bench/accuracy/arguments.ts';
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

const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

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
  const machine = benchMachine();
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
  const options = readOptions(process.argv.slice(2));
  if (options === null) process.stdout.write(HELP);
  else await bench(options);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof RecordingsError)) throw error;
  process.stderr.write(`${error.message}\n${error instanceof UsageError ? `\n${HELP}` : ''}`);
  process.exitCode = EXIT_USAGE;
}
