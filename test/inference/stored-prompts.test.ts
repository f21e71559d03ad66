// Prompts on disk: read as they were written, not at all when anything has changed, and never in the way of a start.
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mulaw8k, type Mulaw8k } from '../../src/audio/units.ts';
import { readPrompts, writePrompts, type ReadyPrompt } from '../../src/inference/prompt-file.ts';
import type { ClauseSource } from '../../src/inference/speech-cache.ts';
import { StoredPrompts } from '../../src/inference/stored-prompts.ts';
import { RecordingLogger } from '../support/recorded-telemetry.ts';

const MAX_BYTES = 1_000_000;
const never = new AbortController().signal;
let folder: string;
let file: string;
let logger: RecordingLogger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-prompts-'));
  file = join(folder, 'prompts.bin');
  logger = new RecordingLogger();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clause = (text: string, voice = 'slt', bytes = 100): ReadyPrompt => ({
  text,
  voice,
  audio: mulaw8k(new Uint8Array(bytes).fill(text.length)),
});

/** A voice whose sound can change. */
class PaperVoice implements ClauseSource {
  sound = 1;
  said = 0;

  speak(): Promise<Mulaw8k> {
    this.said += 1;
    return Promise.resolve(mulaw8k(new Uint8Array(50).fill(this.sound)));
  }
}

const stored = (source: ClauseSource, maxBytes = MAX_BYTES, to: string | null = folder): StoredPrompts =>
  new StoredPrompts({ source, logger, folder: to, maxBytes });

/** What a start with these prompts finds; it stores what it does not. */
async function start(source: ClauseSource, prompts: readonly ReadyPrompt[]): Promise<readonly boolean[]> {
  const shelf = stored(source);
  await shelf.load([...new Set(prompts.map(({ voice }) => voice))], never);
  const found = prompts.map((prompt) => shelf.find(prompt));
  found.forEach((audio, i) => {
    if (audio !== null) expect(audio).toEqual(prompts[i]!.audio);
  });
  await shelf.save(prompts);
  return found.map((audio) => audio !== null);
}

describe('the prompt file', () => {
  it('gives back what was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ text: fc.string(), voice: fc.string(), audio: fc.uint8Array({ maxLength: 50 }) }),
        ),
        async (clauses) => {
          const prompts = clauses.map((one) => ({ ...one, audio: mulaw8k(one.audio) }));
          await writePrompts(folder, prompts);
          expect(await readPrompts(folder, MAX_BYTES)).toEqual(prompts);
        },
      ),
      { numRuns: 50 },
    );
    expect(readdirSync(folder)).toEqual(['prompts.bin']);
  });

  it('is refused when it is cut off, and when a byte of its audio is not the one written', async () => {
    await writePrompts(folder, [clause('Hello.'), clause('Goodbye.')]);
    const whole = readFileSync(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.boolean(), async (at, cut) => {
        const audio = Math.max(at, whole.length - 200);
        const flipped = Buffer.from(whole);
        flipped[audio] = (flipped[audio] ?? 0) ^ 0x10;
        writeFileSync(file, cut ? whole.subarray(0, at) : flipped);
        await expect(readPrompts(folder, MAX_BYTES)).rejects.toThrow();
      }),
      { numRuns: 50 },
    );
  });

  it('is not read when it is larger than it may be, and is none where there is no folder', async () => {
    await writePrompts(folder, [clause('Hello.', 'slt', 5_000)]);
    await expect(readPrompts(folder, 5_000)).rejects.toThrow('at most 5000 are read');
    expect(await readPrompts(join(folder, 'nowhere'), MAX_BYTES)).toEqual([]);
  });
});

describe('stored prompts', () => {
  const prompts = [clause('Hello.'), clause('Hello.', 'rms', 30), clause('Goodbye now.')];

  it('are found by the next start', async () => {
    const voice = new PaperVoice();
    expect(await start(voice, prompts)).toEqual([false, false, false]);
    expect(await start(voice, prompts)).toEqual([true, true, true]);
    expect(voice.said).toBe(4);
  });

  it('are found only as far as the voice sounds as it did', async () => {
    const voice = new PaperVoice();
    await start(voice, prompts);
    voice.sound = 2;
    expect(await start(voice, prompts)).toEqual([false, false, false]);
    expect(await start(voice, prompts)).toEqual([true, true, true]);
  });

  it('of other agents stay beside the new ones', async () => {
    const voice = new PaperVoice();
    await start(voice, prompts);
    expect(await start(voice, [clause('Another agent.')])).toEqual([false]);
    expect(await start(voice, [...prompts, clause('Another agent.')])).toEqual([true, false, true, true]);
  });

  it('that are broken are made again, and said to be', async () => {
    const voice = new PaperVoice();
    await start(voice, prompts);
    writeFileSync(file, 'nonsense');
    expect(await start(voice, prompts)).toEqual([false, false, false]);
    expect(logger.of('stored prompts cannot be read and are made again')).toHaveLength(1);
    expect(await start(voice, prompts)).toEqual([true, true, true]);
  });

  it('do not fail a start whose folder cannot be written', async () => {
    writeFileSync(join(folder, 'plain'), '');
    const shelf = stored(new PaperVoice(), MAX_BYTES, join(folder, 'plain', 'below'));
    await shelf.load(['slt'], never);
    expect(shelf.find(prompts[0]!)).toBeNull();
    await shelf.save(prompts);
    expect(logger.of('prompts cannot be stored')).toHaveLength(1);
  });

  it('are as many as there is room for', async () => {
    const shelf = stored(new PaperVoice(), 2_000);
    await shelf.load(['slt'], never);
    const many = Array.from({ length: 20 }, (_, index) => clause('x'.repeat(index + 1)));
    for (const one of many) shelf.find(one);
    await shelf.save(many);
    expect(await readPrompts(folder, 2_000)).toHaveLength(10);
  });

  it('are none without a folder, and cost nothing then', async () => {
    const voice = new PaperVoice();
    const shelf = stored(voice, MAX_BYTES, null);
    await shelf.load(['slt'], never);
    expect(shelf.find(prompts[0]!)).toBeNull();
    await shelf.save(prompts);
    expect([voice.said, readdirSync(folder)]).toEqual([0, []]);
  });
});
