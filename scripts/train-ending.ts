// Fits the weights by which the speech model's encoder tells the end of a turn, on all speakers of a folder.
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { RecordingsError } from './bench/accuracy/recordings.ts';
import { readSpokenClips } from './bench/turns/clips.ts';
import { examplesOf } from './bench/turns/folds.ts';
import { hearAll } from './bench/turns/hear-all.ts';
import { fitLogistic } from './bench/turns/logistic.ts';
import { makeTurns } from './bench/turns/recipe.ts';

const WEIGHTS_FILE = 'src/inference/moonshine/ending-weights.ts';
/** The bench's own turns: it judges them by weights of its own, which it fits without the speaker of each (folds.ts). */
const SEED = 1;
const DIGITS = 4;

const folder = process.argv[2] ?? '../shared/audio';

try {
  await train();
} catch (error) {
  if (!(error instanceof RecordingsError)) throw error;
  process.stderr.write(`${error.message}\nUsage: npm run train:ending -- [DIR]\n`);
  process.exitCode = 2;
}

async function train(): Promise<void> {
  const heard = await hearAll(makeTurns(readSpokenClips(folder).clips, SEED));
  if (heard === null) return;
  const examples = examplesOf(heard);
  const { bias, weights } = fitLogistic(examples);
  const ends = examples.filter(({ isPositive }) => isPositive).length;
  const rounded = Array.from(weights, (weight) => Number(weight.toPrecision(DIGITS))).join(', ');
  const source = `// The weights of ending.ts, written by \`npm run train:ending\` from ${ends} ends of turns and ${examples.length - ends} silences inside them.

export const ENDING_BIAS = ${Number(bias.toPrecision(DIGITS))};

export const ENDING_WEIGHTS: readonly number[] = [${rounded}];
`;
  const style = await resolveConfig(WEIGHTS_FILE);
  writeFileSync(WEIGHTS_FILE, await format(source, { ...style, parser: 'typescript' }));
  process.stdout.write(`${examples.length} examples; written to ${WEIGHTS_FILE}\n`);
}
