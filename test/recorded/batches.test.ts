// Recorded people, alone and in batches: a text must not depend on the other texts of its batch.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMoonshine } from '../../src/inference/moonshine/load.ts';
import type { Decoded, DecodeRequest, Moonshine } from '../../src/inference/moonshine/moonshine.ts';
import { speechInput } from '../../src/inference/speech-input.ts';
import { tokensOf } from '../../src/inference/tokenizer.ts';
import { overTheLine, recordings } from '../support/recordings.ts';

const MAX_TOKENS = 60;
const clips = recordings()
  .filter(({ kind, seconds }) => kind === 'utterance' && seconds < 12)
  .slice(0, 64);

describe.skipIf(clips.length === 0)('texts of recorded people', () => {
  let moonshine: Moonshine;
  const alone: Decoded[] = [];
  const requests: DecodeRequest[] = [];

  beforeAll(async () => {
    ({ moonshine } = await loadMoonshine({ threads: 1, device: 'cpu', cacheFolder: null }));
    for (const clip of clips) {
      const input = speechInput(overTheLine(clip));
      if (input === null) continue;
      const request = { speech: await moonshine.encode(input.samples), maxTokens: MAX_TOKENS };
      requests.push(request);
      alone.push(...(await moonshine.decode([request])));
    }
  }, 60_000);
  afterAll(() => moonshine.release());

  it.each([2, 3, 8])(
    'are the same in batches of %i, to the log-probability',
    { timeout: 60_000 },
    async (rows) => {
      for (let first = 0; first < requests.length; first += rows) {
        const together = await moonshine.decode(requests.slice(first, first + rows));
        together.forEach(({ tokens, logProbs, ended, lastKey }, row) => {
          const one = alone[first + row]!;
          expect({ tokens, ended }).toEqual({ tokens: one.tokens, ended: one.ended });
          const distances = logProbs.map((value, i) => Math.abs(value - one.logProbs[i]!));
          expect(Math.max(...distances)).toBeLessThan(1e-3);
          expect(Math.max(...lastKey.map((value, i) => Math.abs(value - one.lastKey[i]!)))).toBeLessThan(
            1e-2,
          );
          expect(lastKey.some((value) => value !== 0)).toBe(true);
        });
      }
      expect(requests.length).toBeGreaterThan(50);
    },
  );

  it('score a text as they decode it', async () => {
    for (const [i, { tokens, logProbs, ended }] of alone.slice(0, 8).entries()) {
      const [own, other] = await moonshine.score(requests[i]!.speech, [tokens, tokensOf('Something else.')]);
      expect(ended).toBe(true);
      const scored = [...own!.steps, own!.ends.at(-1)!];
      expect(scored).toHaveLength(logProbs.length);
      scored.forEach((value, at) => {
        // One run over all tokens adds in another order, and 8-bit rounding makes that visible.
        expect(Math.abs(value - logProbs[at]!)).toBeLessThan(0.2);
      });
      expect(other!.steps.reduce((a, b) => a + b)).toBeLessThan(own!.steps.reduce((a, b) => a + b));
    }
  });

  it('leave a batch when nobody wants them any more, without a trace in the others', async () => {
    const wanted = requests.slice(0, 4);
    let steps = 0;
    const dropped = {
      ...requests[4]!,
      isCancelled: () => {
        steps += 1;
        return steps > 3;
      },
    };
    const texts = await moonshine.decode([dropped, ...wanted]);
    expect(texts.slice(1).map(({ tokens }) => tokens)).toEqual(alone.slice(0, 4).map(({ tokens }) => tokens));
    expect(texts[0]!.tokens.length).toBeLessThanOrEqual(4);
  });
});
