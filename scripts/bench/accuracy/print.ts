// The figures of speech to text as tables.
import { LEAST_MARGIN } from '../../../src/inference/expected.ts';
import type { AnswerCounts } from './answers.ts';
import { SPREAD_AT, type Spread } from '../percentiles.ts';
import type { ExtraTime, PhraseCost } from './phrase-cost.ts';
import type { SentenceFigures } from './sentences.ts';
import type { ThresholdFigures, WordSet } from './short-answers.ts';
import { nameOf } from './variants.ts';

const print = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const ofAll = ({ right, n }: AnswerCounts): string =>
  `${right}/${n}${n === 0 ? '' : ` ${percent(right / n)}`}`;
const falsely = ({ n, wrong, right }: AnswerCounts): string => {
  const matched = wrong + right;
  return `${matched}/${n}${n === 0 ? '' : ` ${percent(matched / n)}`}`;
};

/** The first cell to the left, the others to the right. */
function printRow(cells: readonly string[], widths: readonly number[]): void {
  print(
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i] ?? 10))).join(''),
  );
}

const SENTENCE_WIDTHS = [34, 7, 9, 15, 8, 7, 9, 9, 10];

export function printSentenceHead(): void {
  print('\nSentences');
  printRow(['', 'clips', 'WER', 'S/D/I', 'empty', 'RTF', 'p50 ms', 'p95 ms', 'changed'], SENTENCE_WIDTHS);
}

export function printSentences(figures: SentenceFigures): void {
  const { substitutions, deletions, insertions, textMs } = figures;
  printRow(
    [
      nameOf(figures),
      String(figures.clips),
      `${(figures.wordErrorRate * 100).toFixed(2)} %`,
      `${substitutions}/${deletions}/${insertions}`,
      String(figures.empty),
      figures.realTimeFactor.toFixed(3),
      textMs.p50.toFixed(0),
      textMs.p95.toFixed(0),
      String(figures.textsChanged),
    ],
    SENTENCE_WIDTHS,
  );
}

export function printGroups({ groups }: SentenceFigures): void {
  print('\n  of the first setting, by kind');
  for (const [group, { clips, wordErrorRate }] of Object.entries(groups)) {
    print(`  ${group.padEnd(36)}${String(clips).padStart(5)}${percent(wordErrorRate).padStart(9)}`);
  }
}

const MARGIN_WIDTHS = [24, 6, ...SPREAD_AT.map(() => 8)];
const THRESHOLD_WIDTHS = [24, 16, 16, 16, 16, 16];

export function printWordSet(set: WordSet): void {
  const { asked, check, tuning } = set;
  print(`\n${set.name}: ${set.phrases.length} phrases expected`);
  if (asked.n > 0) {
    print(
      `  right with expected        ${ofAll(asked)}, wrong ${asked.wrong}, left to the free transcript ${asked.unmatched}`,
    );
    print(`  tuning half / check half   ${ofAll(tuning)} / ${ofAll(check)}`);
    print(`  right without              ${set.freelyRight}/${asked.n} ${percent(set.freelyRight / asked.n)}`);
    print(`  other in jobs of eight     ${set.changedInBatches}`);
  }
  print(`  other words matched        ${falsely(set.otherWords)}`);
  print(`  sounds matched             ${falsely(set.sounds)}`);
  print(`  1.2 s pieces of sounds     ${falsely(set.soundPieces)}`);
  printMargins(set.margins);
  if (asked.n === 0) return;
  print('');
  printRow(['  least margin', 'tuning', 'check', 'other words', 'sounds', 'pieces'], THRESHOLD_WIDTHS);
  for (const threshold of set.thresholds) printThreshold(threshold);
  const shares = set.confidence.filter(({ n }) => n > 0);
  print(
    `\n  right by confidence: ${shares.map(({ from, n, right }) => `from ${from}: ${right}/${n}`).join(', ')}`,
  );
  print(`  missed: ${set.missed.map(({ name, heard }) => `${name} ${heard}`).join(', ') || 'none'}`);
}

function printMargins(margins: WordSet['margins']): void {
  print('');
  printRow(['  margins, nats', 'n', ...SPREAD_AT.map((share) => `${share * 100} %`)], MARGIN_WIDTHS);
  const names: Record<keyof WordSet['margins'], string> = {
    right: 'right phrase best',
    wrong: 'wrong phrase best',
    otherWords: 'other words',
    sounds: 'sounds',
    soundPieces: 'pieces of sounds',
  };
  for (const [key, name] of Object.entries(names)) {
    const { n, at }: Spread = margins[key as keyof typeof margins];
    if (n === 0) continue;
    printRow([`  ${name}`, String(n), ...at.map((value) => value.toFixed(1))], MARGIN_WIDTHS);
  }
}

function printThreshold({ leastMargin, tuning, check, ...rest }: ThresholdFigures): void {
  const inUse = leastMargin === LEAST_MARGIN ? ' in use' : '';
  const counts = [rest.otherWords, rest.sounds, rest.soundPieces];
  printRow(
    [`  ${leastMargin}${inUse}`, ofAll(tuning), ofAll(check), ...counts.map(falsely)],
    THRESHOLD_WIDTHS,
  );
}

export function printCost({ all, scored, withoutPhrasesMs }: PhraseCost): void {
  const range = ({ p50, p95 }: { p50: number; p95: number }): string =>
    `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`;
  const extra = ({ n, ms, processorMs }: ExtraTime): string =>
    `${range(ms)}; of the processor ${range(processorMs)} (${n} pairs)`;
  print('\nEight expected phrases, extra time per single word');
  print(`  all                        ${extra(all)}`);
  print(`  where phrases were scored  ${extra(scored)}`);
  print(`  without phrases it takes   ${range(withoutPhrasesMs)}`);
}

export function printTexts(withText: number, n: number): void {
  print(`\nNoise, music and tones with any text, nothing expected: ${withText}/${n}`);
}
