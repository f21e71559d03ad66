// The decoder that is written anew against the published one: the same words, nearly the same probabilities.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelFile } from '../../src/inference/model-files.ts';
import { crossGraph, stepGraph } from '../../src/inference/moonshine/graphs.ts';
import { loadMoonshine } from '../../src/inference/moonshine/load.ts';
import type { Moonshine } from '../../src/inference/moonshine/moonshine.ts';
import { readOnnx } from '../../src/inference/onnx-file.ts';
import { speechInput } from '../../src/inference/speech-input.ts';
import { textOf } from '../../src/inference/tokenizer.ts';
import { appointmentClip } from '../support/inference.ts';

const BOS = 1;
const LAYERS = [0, 1, 2, 3, 4, 5];

describe('the rewritten decoder', () => {
  let moonshine: Moonshine;
  beforeAll(async () => {
    ({ moonshine } = await loadMoonshine({ threads: 1, device: 'cpu', cacheFolder: null }));
  });
  afterAll(() => moonshine.release());

  it('gives the text of the published one, each token as likely to within half a nat', async () => {
    const input = speechInput(appointmentClip().samples)!;
    const [hypothesis] = await moonshine.decode([
      { speech: await moonshine.encode(input.samples), maxTokens: 40 },
    ]);
    expect(textOf(hypothesis!.tokens)).toBe('I would like to book an appointment.');
    const published = await publishedLogProbs(input.samples, hypothesis!.tokens);
    expect(hypothesis!.logProbs).toHaveLength(published.length);
    published.forEach(({ best, logProb }, i) => {
      expect(best).toBe(hypothesis!.tokens[i] ?? 2);
      expect(Math.abs(logProb - hypothesis!.logProbs[i]!)).toBeLessThan(0.5);
    });
  });

  it('is written the same each time, so that it can be kept under a name', async () => {
    const { readFile } = await import('node:fs/promises');
    const bytes = await readFile(modelFile('moonshineDecoder'));
    expect(Buffer.compare(stepGraph(bytes), stepGraph(bytes))).toBe(0);
    const { graph } = readOnnx(crossGraph(bytes));
    expect(graph.output.map(({ name }) => name)).toEqual(
      LAYERS.flatMap((layer) => [`cross.${layer}.key`, `cross.${layer}.value`]),
    );
  });

  it('says which layer is missing from a file that is another model', async () => {
    const { readFile } = await import('node:fs/promises');
    const bytes = await readFile(modelFile('moonshineEncoder'));
    expect(() => stepGraph(bytes)).toThrow('The decoder has no branch for a first step.');
  });
});

/** Of the published decoder, over the whole text at once: the best token after each, and how likely it is. */
async function publishedLogProbs(
  samples: Float32Array,
  tokens: readonly number[],
): Promise<{ best: number; logProb: number }[]> {
  const encoder = await InferenceSession.create(modelFile('moonshineEncoder'));
  const decoder = await InferenceSession.create(modelFile('moonshineDecoder'));
  const encoded = await encoder.run({
    input_values: new Tensor('float32', samples, [1, samples.length]),
  });
  const ids = BigInt64Array.from([BOS, ...tokens], BigInt);
  const empty = new Tensor('float32', new Float32Array(0), [1, 8, 0, 36]);
  const past = LAYERS.flatMap((layer) =>
    ['decoder', 'encoder'].flatMap((part) =>
      ['key', 'value'].map((kind) => [`past_key_values.${layer}.${part}.${kind}`, empty] as const),
    ),
  );
  const { logits } = await decoder.run({
    input_ids: new Tensor('int64', ids, [1, ids.length]),
    encoder_hidden_states: encoded['last_hidden_state']!,
    use_cache_branch: new Tensor('bool', [false], [1]),
    ...Object.fromEntries(past),
  });
  const [, length, width] = logits!.dims as [number, number, number];
  const values = logits!.data as Float32Array;
  await encoder.release();
  await decoder.release();
  return Array.from({ length }, (_, at) => {
    const row = values.subarray(at * width, (at + 1) * width);
    const top = row.reduce((most, value) => Math.max(most, value), -Infinity);
    const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
    return { best: row.indexOf(top), logProb: -Math.log(sum) };
  });
}
