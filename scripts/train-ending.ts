// Fits the weights by which the speech model's encoder tells the end of a turn, on the tuning half of a folder's speakers.
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { RecordingsError } from './bench/accuracy/recordings.ts';
import { readSpokenClips } from './bench/turns/clips.ts';
import { MIN_SILENCE_MS, silenceAudio, TurnListener } from './bench/turns/listen.ts';
import { fitLogistic, type Example } from './bench/turns/logistic.ts';
import { makeTurns } from './bench/turns/recipe.ts';
import { loadMoonshine } from '../src/inference/moonshine/load.ts';
import { speechInput } from '../src/inference/speech-input.ts';

const WEIGHTS_FILE = 'src/inference/moonshine/ending-weights.ts';
/** The turns of the bench are made from seed 1 unless it is told otherwise; nobody of its test half is heard here. */
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
  // Single words say nothing of how a sentence ends.
  const turns = makeTurns(readSpokenClips(folder).clips, SEED).filter(
    ({ half, question }) => half === 'tuning' && question.kind !== 'yes-no',
  );
  const examples: Example[] = [];
  const listener = await TurnListener.open(MIN_SILENCE_MS);
  const { moonshine } = await loadMoonshine({ threads: 1, device: 'cpu', cacheFolder: null });
  for (const [done, turn] of turns.entries()) {
    for (const silence of (await listener.silences(turn)).silences) {
      const input = speechInput(silenceAudio(turn, silence));
      if (input === null) continue;
      const { endingFeatures } = await moonshine.encode(input.samples);
      examples.push({ features: endingFeatures, isPositive: silence.resumedMs === null });
    }
    if (process.stderr.isTTY) process.stderr.write(`\r  ${done + 1} of ${turns.length} turns heard `);
  }
  await moonshine.release();
  await listener.close();
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
